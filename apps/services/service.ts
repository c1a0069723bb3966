/**
 * What the services of a stack have in common.
 *
 * @module
 */
import { int, timeval } from "../../stack/inet/abi.ts";
import { SO_KEEPALIVE, SO_RCVTIMEO, SOL_SOCKET } from "../../stack/inet/constants.ts";
import { ECANCELED } from "../../stack/inet/errno.ts";
import { SocketError } from "../../runtime/socket_error.ts";
import type { Datagram, DatagramSocket, Sockets, StreamListener, StreamSocket } from "../../runtime/sockets.ts";
import type { SystemCaller } from "../../runtime/sockets.ts";

/** What a service is started with. */
export interface ServiceContext {
  readonly sockets: Sockets;
  /** For options of sockets. */
  readonly caller: SystemCaller;
  /** Told what a person may want to know. */
  readonly log: (line: string) => void;
}

/** A running service. */
export interface RunningService {
  /** Stops taking connections and datagrams; connections under way are closed. */
  close(): void;
}

/** A service of a stack. Throws `SocketError` (EADDRINUSE …) where it can't start. */
export type Service = (context: ServiceContext) => RunningService;

/** Connections of one service at a time; more wait in the backlog. */
const MAX_CONNECTIONS = 1000;
/** A connection on which nothing arrives for so long is closed. */
const PATIENCE_US = 300_000_000;

/** Serves each connection with `handler`. A connection that breaks ends alone; it is closed when `handler` is done. */
export function serveStreams(
  context: ServiceContext,
  listener: StreamListener,
  name: string,
  handler: (socket: StreamSocket) => Promise<void>,
): RunningService {
  const open = new Set<StreamSocket>();
  let closed = false;
  let room: (() => void) | undefined;
  const serve = async (socket: StreamSocket) => {
    open.add(socket);
    try {
      prepare(context.caller, socket);
      await handler(socket);
      socket.close();
    } catch (error) {
      socket.reset();
      // The peer's resets and silences are its own affair.
      if (!(error instanceof SocketError)) context.log(`${name}: ${error instanceof Error ? error.message : error}`);
    } finally {
      open.delete(socket);
      room?.();
    }
  };
  const accept = async () => {
    while (!closed) {
      while (open.size >= MAX_CONNECTIONS) await new Promise<void>((resolve) => room = resolve);
      let socket: StreamSocket;
      try {
        socket = await listener.accept();
      } catch (error) {
        if (closed) return;
        // Out of descriptors, or a connection that died in the backlog: the next may do better.
        context.log(`${name}: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        continue;
      }
      void serve(socket);
    }
  };
  void accept();
  return {
    close: () => {
      closed = true;
      listener.close();
      for (const socket of open) socket.close();
    },
  };
}

/** A peer that vanished must not hold its connection for ever. */
function prepare(caller: SystemCaller, socket: StreamSocket): void {
  const set = (option: number, value: Uint8Array) =>
    caller.call({ name: "setsockopt", fd: socket.fd, level: SOL_SOCKET, option, value, length: value.length });
  set(SO_RCVTIMEO, timeval(PATIENCE_US));
  set(SO_KEEPALIVE, int(1));
}

/** Answers each datagram with what `handler` returns; `undefined` answers nothing. */
export function serveDatagrams(
  context: ServiceContext,
  socket: DatagramSocket,
  name: string,
  handler: (datagram: Datagram) => Uint8Array | undefined,
): RunningService {
  let closed = false;
  const loop = async () => {
    while (!closed) {
      try {
        const datagram = await socket.recv();
        const answer = handler(datagram);
        if (answer !== undefined) await socket.send(answer, datagram);
      } catch (error) {
        if (closed || (error instanceof SocketError && error.errno === ECANCELED)) return;
        // ICMP errors about earlier answers come in here.
        if (!(error instanceof SocketError)) context.log(`${name}: ${error instanceof Error ? error.message : error}`);
      }
    }
  };
  void loop();
  return {
    close: () => {
      closed = true;
      socket.close();
    },
  };
}

/** Several services as one. When one can't start, those before it are closed. */
export function together(...starts: readonly (() => RunningService)[]): RunningService {
  const running: RunningService[] = [];
  try {
    for (const start of starts) running.push(start());
  } catch (error) {
    for (const service of running) service.close();
    throw error;
  }
  return {
    close: () => {
      for (const service of running) service.close();
    },
  };
}

/**
 * Whether an answer to this source port could start an endless exchange between two services that answer everything
 * (`chargen` to `echo`, the attack that retired both).
 */
export function answersEverything(port: number): boolean {
  return port === 7 || port === 13 || port === 17 || port === 19;
}
