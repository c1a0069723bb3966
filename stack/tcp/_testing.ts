/**
 * Two stacks on a virtual link, for tests.
 *
 * @module
 */
import { connectStacks, type LinkOptions, runTogether } from "../link/pair.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { MSG_DONTWAIT, MSG_NOSIGNAL } from "../../abi/socket_constants.ts";
import type { Sock } from "../inet/sock.ts";
import type { TcpSock } from "./state.ts";
import type { TcpSocket } from "./tcp_sock.ts";
import { insideOldTcp } from "../tcp_old.ts";

/** Addresses of the two ends. */
export const ADDRESS = {
  4: [IpAddress.parse("192.0.2.1"), IpAddress.parse("192.0.2.2")],
  6: [IpAddress.parse("2001:db8::1"), IpAddress.parse("2001:db8::2")],
} as const;

/** A segment that was seen: who sent it, its flags, sequence number, payload. */
export interface Seen {
  readonly end: 0 | 1;
  readonly at_us: number;
  readonly octets: Uint8Array;
}

/** Two hosts and what passed between them. */
export class Pair {
  readonly a: Stack;
  readonly b: Stack;
  readonly seen: Seen[] = [];
  now = 0;

  constructor(
    options: LinkOptions & { readonly sysctl?: Readonly<Record<string, string | number>>; keep?: boolean } = {},
  ) {
    this.a = new Stack({ seed: 11, sysctl: options.sysctl ?? {} });
    this.b = new Stack({ seed: 22, sysctl: options.sysctl ?? {} });
    const link = connectStacks(this.a, this.b, {
      ...options,
      tap: (end, octets, at_us) => {
        if (options.keep !== false) this.seen.push({ end, at_us, octets: octets.slice() });
      },
    });
    for (const family of [4, 6] as const) {
      const width = family === 4 ? 24 : 64;
      this.a.addAddress(link.devices[0], `${ADDRESS[family][0]}/${width}`);
      this.b.addAddress(link.devices[1], `${ADDRESS[family][1]}/${width}`);
    }
    this.run(3_000_000);
    this.seen.length = 0;
  }

  /** Lets `us` pass. */
  run(us: number): void {
    this.now = runTogether([this.a, this.b], this.now + us);
  }

  /** A socket of host 0 or 1. */
  socket(host: 0 | 1, family: 4 | 6 = 4): TcpSocket {
    return insideOldTcp(host === 0 ? this.a : this.b).create(family === 4 ? 2 : 10);
  }

  /** A listener on host 1. */
  listen(port: number, family: 4 | 6 = 4, backlog = 8): TcpSocket {
    const listener = this.socket(1, family);
    listener.bind({ address: ADDRESS[family][1], port });
    listener.listen(backlog);
    return listener;
  }

  /** A client of host 0 connecting to `port`. */
  connect(port: number, family: 4 | 6 = 4): TcpSocket {
    const client = this.socket(0, family);
    client.connect({ address: ADDRESS[family][1], port });
    return client;
  }

  /** A connection: client on host 0, server on host 1. */
  establish(port = 80, family: 4 | 6 = 4): { client: TcpSocket; server: TcpSocket; listener: TcpSocket } {
    const listener = this.listen(port, family);
    const client = this.connect(port, family);
    for (let i = 0; i < 200; i++) {
      const server = listener.accept();
      if (typeof server !== "number") return { client, server: server as TcpSock as TcpSocket, listener };
      this.run(100_000);
    }
    throw new Error("no connection came about");
  }
}

/** Octets that differ from place to place. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Writes what fits; octets taken. */
export function write(sock: Sock, data: Uint8Array, flags = 0): number {
  return sock.sendmsg({ data, flags: flags | MSG_DONTWAIT | MSG_NOSIGNAL });
}

/** Reads what there is, up to `length`; a negative number is `-errno`. */
export function read(sock: Sock, length = 1 << 20): Uint8Array | number {
  const { result, data } = sock.recvmsg({ length, flags: MSG_DONTWAIT });
  return result < 0 ? result : data;
}

/** Transfers `data` from one socket to another, running the pair until it came or time is over; what came. */
export function transfer(pair: Pair, from: Sock, to: Sock, data: Uint8Array, limit_us: number): Uint8Array {
  const got = new Uint8Array(data.length);
  let sent = 0;
  let received = 0;
  const end = pair.now + limit_us;
  while (received < data.length && pair.now < end) {
    if (sent < data.length) sent += Math.max(0, write(from, data.subarray(sent)));
    const piece = read(to);
    if (typeof piece !== "number" && piece.length > 0) {
      got.set(piece, received);
      received += piece.length;
    }
    pair.run(2000);
  }
  return got.subarray(0, received);
}
