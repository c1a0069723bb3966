/**
 * What the services of a stack have in common.
 *
 * @module
 */
import { int, timeval } from "../../abi/memory.ts";
import { IPPROTO_TCP, SO_KEEPALIVE, SO_RCVTIMEO, SOL_SOCKET } from "../../abi/socket_constants.ts";
import { ECANCELED } from "../../abi/errno.ts";
import { TCP_NODELAY } from "../../abi/tcp_constants.ts";
import { SocketError } from "../../runtime/socket_error.ts";
import type { Datagram, DatagramSocket, Sockets, StreamListener, StreamSocket } from "../../runtime/sockets.ts";
import type { SystemCaller } from "../../runtime/sockets.ts";
import type { StreamConnection } from "../stream_connection.ts";

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

/** Connections of one service at a time; for one more, the one on which nothing happened for longest has to go. */
const MAX_CONNECTIONS = 1000;
/** A connection on which nothing arrives for so long is closed. */
const PATIENCE_US = 300_000_000;

/** How connections are served. */
export interface StreamOptions {
  /** Most connections at a time. Default 1000. */
  readonly most?: number;
  /** What is sent does not wait for acknowledgements (TCP_NODELAY). Default false. */
  readonly noDelay?: boolean;
}

/** What a service does with one connection; it is closed when that is done. */
export type StreamHandler = (socket: StreamConnection) => Promise<void>;

/** Serves each connection with `handler`. A connection that breaks ends alone; it is closed when `handler` is done. */
export function serveStreams(
  context: ServiceContext,
  listener: StreamListener,
  name: string,
  handler: StreamHandler,
  { most = MAX_CONNECTIONS, noDelay = false }: StreamOptions = {},
): RunningService {
  /** In the order of the last octets that came or went. */
  const open = new Set<StreamSocket>();
  let closed = false;
  const used = (socket: StreamSocket) => {
    if (open.delete(socket)) open.add(socket);
  };
  const serve = async (socket: StreamSocket) => {
    const [longestIdle] = open;
    if (open.size >= most) longestIdle?.reset();
    open.add(socket);
    try {
      prepare(context.caller, socket, noDelay);
      await handler(observed(socket, () => used(socket)));
      socket.close();
    } catch (error) {
      socket.reset();
      // The peer's resets and silences are its own affair.
      if (!(error instanceof SocketError)) context.log(`${name}: ${error instanceof Error ? error.message : error}`);
    } finally {
      open.delete(socket);
    }
  };
  const accept = async () => {
    while (!closed) {
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

/** `socket` as its handler sees it; `used` is told of all that comes and goes. */
function observed(socket: StreamSocket, used: () => void): StreamConnection {
  return {
    recv: async () => {
      const data = await socket.recv();
      used();
      return data;
    },
    send: async (data) => {
      await socket.send(data);
      used();
    },
    finish: () => socket.finish(),
    close: () => socket.close(),
    reset: () => socket.reset(),
  };
}

/** A peer that vanished must not hold its connection for ever. */
function prepare(caller: SystemCaller, socket: StreamSocket, noDelay: boolean): void {
  const set = (level: number, option: number, value: Uint8Array) =>
    caller.call({ name: "setsockopt", fd: socket.fd, level, option, value, length: value.length });
  set(SOL_SOCKET, SO_RCVTIMEO, timeval(PATIENCE_US));
  set(SOL_SOCKET, SO_KEEPALIVE, int(1));
  if (noDelay) set(IPPROTO_TCP, TCP_NODELAY, int(1));
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
