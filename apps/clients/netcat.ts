/**
 * `connect`: standard input to a peer, what the peer sends to standard output, as `nc` does.
 *
 * @module
 */
import { EPERM } from "../../abi/errno.ts";
import { SystemError } from "../../host/errno.ts";
import { EPOLL, type Reactor, type Watch } from "../../host/reactor.ts";
import { read } from "../../host/syscall.ts";
import type { StreamSocket } from "../../runtime/sockets.ts";

const PIECE = 65_536;

/** Standard input in pieces. Closing it stops waiting. */
export interface Input {
  /** The next piece; `undefined` at the end or once closed. */
  next(): Promise<Uint8Array | undefined>;
  close(): void;
}

/** Reads a descriptor without holding up the reactor. */
export function readDescriptor(fd: number, reactor: Reactor): Input {
  const buffer = new Uint8Array(PIECE);
  let watch: Watch | undefined;
  let stop: (() => void) | undefined;
  const take = (): Uint8Array | undefined => {
    const length = read(fd, buffer);
    if (length < 0) throw new SystemError(-length, "read standard input");
    return length === 0 ? undefined : buffer.slice(0, length);
  };
  const ready = () =>
    new Promise<boolean>((resolve) => {
      stop = () => resolve(false);
      try {
        watch = reactor.watch(fd, EPOLL.IN, () => {
          watch?.close();
          resolve(true);
        });
      } catch (error) {
        // A regular file cannot be waited for: it is always ready.
        if (!(error instanceof SystemError) || error.errno !== EPERM) throw error;
        resolve(true);
      }
    });
  return {
    next: async () => await ready() ? take() : undefined,
    close: () => {
      watch?.close();
      stop?.();
    },
  };
}

/** Copies both ways until the peer has finished. Rejects with `SocketError` where the connection breaks. */
export async function netcat(socket: StreamSocket, input: Input, write: (data: Uint8Array) => void): Promise<void> {
  const sending = async () => {
    for (let piece = await input.next(); piece !== undefined; piece = await input.next()) await socket.send(piece);
    socket.finish();
  };
  let failed: unknown;
  const sender = sending().catch((error) => failed = error);
  try {
    for (let data = await socket.recv(); data !== undefined; data = await socket.recv()) write(data);
  } finally {
    input.close();
  }
  await sender;
  if (failed !== undefined) throw failed;
}
