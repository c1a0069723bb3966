/**
 * `ping`: echo requests from our stack (RFC 792, RFC 4443).
 *
 * @module
 */
import { ECANCELED } from "../../abi/errno.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6 } from "../../abi/socket_constants.ts";
import { SocketError } from "../../runtime/socket_error.ts";
import type { DatagramSocket, Sockets } from "../../runtime/sockets.ts";
// Echo messages of ICMPv6 are laid out as those of ICMP.
import * as icmpv4 from "../../stack/wire/icmpv4.ts";

const HEADER = 8;
const ECHO_REQUEST_4 = 8;
const ECHO_REPLY_4 = 0;
const ECHO_REQUEST_6 = 128;
const ECHO_REPLY_6 = 129;

/** What is sent. */
export interface PingOptions {
  readonly address: string;
  readonly count: number;
  readonly interval_ms: number;
  /** Payload octets. */
  readonly size: number;
  /** How long the last answers may take. */
  readonly timeout_ms: number;
}

/** What came of it. */
export interface PingResult {
  readonly sent: number;
  readonly received: number;
  /** Round trips in ms. */
  readonly min: number;
  readonly average: number;
  readonly max: number;
}

/** Sends echo requests and tells of each answer. Throws `SocketError`. */
export async function ping(
  sockets: Sockets,
  options: PingOptions,
  tell: (line: string) => void,
): Promise<PingResult> {
  const { address, count, size } = options;
  const six = address.includes(":");
  using socket = sockets.datagram({
    address: six ? "::" : "0.0.0.0",
    port: 0,
    protocol: six ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
  });
  const trips: number[] = [];
  const answered = new Set<number>();
  const times = new Map<number, number>();
  let all: () => void = () => {};
  const complete = new Promise<void>((resolve) => all = resolve);
  const receiving = receive(socket, six ? ECHO_REPLY_6 : ECHO_REPLY_4, (sequence, data, from) => {
    const began = times.get(sequence);
    if (began === undefined) return;
    const trip = performance.now() - began;
    const right = data.length === size + HEADER && data.subarray(HEADER).every((octet, i) => octet === (i & 0xff));
    const notes = (answered.has(sequence) ? " (DUP!)" : "") + (right ? "" : " (wrong data)");
    tell(`${data.length} bytes from ${from}: icmp_seq=${sequence} time=${trip.toFixed(3)} ms${notes}`);
    if (answered.has(sequence) || !right) return;
    answered.add(sequence);
    trips.push(trip);
    if (answered.size === count) all();
  }, tell);
  const timers: ReturnType<typeof setTimeout>[] = [];
  const sleep = (ms: number) => new Promise<void>((resolve) => timers.push(setTimeout(resolve, ms)));
  for (let sequence = 1; sequence <= count; sequence++) {
    const message = new Uint8Array(HEADER + size);
    icmpv4.setType(message, 0, six ? ECHO_REQUEST_6 : ECHO_REQUEST_4);
    icmpv4.setSequenceNumber(message, 0, sequence & 0xffff);
    for (let i = 0; i < size; i++) message[HEADER + i] = i & 0xff;
    times.set(sequence & 0xffff, performance.now());
    try {
      await socket.send(message, { address, port: 0 });
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      tell(`icmp_seq=${sequence} ${error.message}`);
    }
    if (sequence < count) await sleep(options.interval_ms);
  }
  await Promise.race([complete, sleep(options.timeout_ms)]);
  for (const timer of timers) clearTimeout(timer);
  socket.close();
  await receiving;
  return {
    sent: count,
    received: trips.length,
    min: Math.min(...trips),
    average: trips.reduce((sum, trip) => sum + trip, 0) / trips.length,
    max: Math.max(...trips),
  };
}

async function receive(
  socket: DatagramSocket,
  type: number,
  take: (sequence: number, data: Uint8Array, from: string) => void,
  tell: (line: string) => void,
): Promise<void> {
  for (;;) {
    try {
      const { data, address } = await socket.recv();
      if (data.length >= HEADER && icmpv4.type(data, 0) === type) take(icmpv4.sequenceNumber(data, 0), data, address);
    } catch (error) {
      if (!(error instanceof SocketError)) throw error;
      if (error.errno === ECANCELED) return;
      tell(error.message);
    }
  }
}
