/**
 * For tests: a stack with this TCP behind a device whose packets are seen as a peer sees them, and two stacks on a virtual link.
 *
 * @module
 */
import { int } from "../../abi/memory.ts";
import { sockaddrIn } from "../inet/sockaddr.ts";
import { CallbackDevice } from "../link/callback_device.ts";
import { connectStacks, type LinkOptions } from "../link/pair.ts";
import { Stack } from "../stack.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import * as tcp from "../wire/tcp.ts";
import { formatOptions } from "../wire/tcp_options.ts";
import { OutgoingOptions } from "./send/options.ts";
import type { Profile } from "../deviations.ts";

const LOCAL = IpAddress.parse("10.0.0.1");
const REMOTE = IpAddress.parse("10.0.0.2");
const PEER_PORT = 40_000;
/** The port that tests listen on. */
export const PORT = 8080;
const BEGIN_US = 1_000_000;

/** What a test injects; numbers relative to the initial ones, as on all segments but a SYN. */
export interface Injected {
  readonly seq: number;
  readonly ack?: number;
  readonly length?: number;
  readonly window?: number;
  readonly options?: Uint8Array;
  /** TOS octet. */
  readonly tos?: number;
  readonly urgent?: number;
}

/** The octets of options. */
export function optionOctets(fill: (options: OutgoingOptions) => void): Uint8Array<ArrayBuffer> {
  const options = new OutgoingOptions();
  fill(options);
  const octets = new Uint8Array(options.length);
  options.write(octets, 0);
  return octets;
}

/** One stack and a peer that the test plays. */
export class Peer {
  readonly stack: Stack;
  /** Segments sent and not looked at: `S.`, relative numbers, as {@link tcp.format} writes them, without the window. */
  private sent: string[] = [];
  private iss: number | undefined = undefined;

  /** A stack with settings and a profile of its own. */
  constructor(sysctl: Readonly<Record<string, string>> = {}, profile: Profile = "linux") {
    this.stack = new Stack({ profile, seed: 7, now_us: BEGIN_US, sysctl });
    const device = new CallbackDevice({ transmit: (packet) => this.take(packet.view().slice()) });
    this.stack.addDevice(device);
    this.stack.addAddress(device, "10.0.0.1/24");
    this.inject = (flags, segment) => this.stack.receive(device, this.build(flags, segment));
  }

  /** Injects a segment with flags as packetdrill writes them. */
  readonly inject: (flags: string, segment: Injected) => void;

  /** Makes a system call that returns at once. */
  call(request: SystemCallRequest): SystemCallOutcome {
    let outcome: SystemCallOutcome | undefined;
    this.stack.sockets.call(request).onSettled((settled) => outcome = settled);
    if (outcome === undefined) throw new Error(`${request.name} would block`);
    return outcome;
  }

  /** A listening socket. */
  listen(backlog = 5): number {
    const fd = this.call({ name: "socket", domain: 2, type: 1 | 0x800, protocol: IPPROTO_TCP }).result;
    this.call({ name: "setsockopt", fd, level: 1, option: 2, value: int(1), length: 4 });
    this.call({ name: "bind", fd, address: sockaddrIn({ address: LOCAL, port: PORT }), length: 16 });
    this.call({ name: "listen", fd, backlog });
    return fd;
  }

  /** Listens and accepts one connection whose peer offers `options` and a window of 65535: the listener's and the connection's descriptor. */
  accept(options = new Uint8Array(0)): readonly [number, number] {
    const listener = this.listen();
    this.inject("S", { seq: 0, options });
    this.inject(".", { seq: 1, ack: 1 });
    const { result } = this.call({ name: "accept", fd: listener, flags: 0x800 });
    this.take_sent();
    return [listener, result];
  }

  /** Writes octets of value 0. */
  write(fd: number, length: number, flags = 0): number {
    const data = new Uint8Array(length);
    const outcome = this.call({
      name: "sendto",
      fd,
      data,
      length,
      flags: flags | 0x4040,
      address: null,
      address_length: 0,
    });
    return outcome.result < 0 ? -outcome.errno : outcome.result;
  }

  /** Reads up to `length` octets; `-errno`. */
  read(fd: number, length: number): number {
    const outcome = this.call({ name: "recvfrom", fd, buffer: true, length, flags: 0x40, wantAddress: false });
    return outcome.result < 0 ? -outcome.errno : outcome.result;
  }

  /** Time goes on by `us`. */
  wait(us: number): void {
    this.stack.runUntil(this.stack.net.now + us);
  }

  /** What was sent since the last look. */
  take_sent(): string[] {
    this.stack.runUntil(this.stack.net.now);
    const { sent } = this;
    this.sent = [];
    return sent;
  }

  private take(packet: Uint8Array): void {
    const at = ipv4.headerLength(packet, 0);
    const { header, payloadOffset, end } = tcp.parse(packet, at);
    if ((header.flags & tcp.SYN) !== 0) this.iss ??= header.sequenceNumber;
    const base = this.iss ?? 0;
    const seq = (header.sequenceNumber - base) >>> 0;
    const length = end - payloadOffset;
    const ack = (header.flags & tcp.ACK) !== 0 ? ` ack ${header.acknowledgmentNumber}` : "";
    this.sent.push(`${tcp.formatFlags(header.flags)} ${seq}:${seq + length}(${length})${ack}`);
    if ((header.flags & tcp.URG) !== 0) this.urgentEnds.push(seq + header.urgentPointer);
    this.lastWindow = header.window;
    this.lastOptions = formatOptions(header.options, 0, header.options.length);
  }

  /** Where the segments with URG say that urgent data ends. */
  readonly urgentEnds: number[] = [];
  /** The window field of the last segment. */
  lastWindow = -1;
  /** The options of the last segment. */
  lastOptions = "";

  private build(flags: string, segment: Injected): Uint8Array {
    const bits = [...flags].reduce((sum, flag) => sum | FLAGS[flag]!, 0);
    const header = tcp.emit({
      sourcePort: PEER_PORT,
      destinationPort: PORT,
      sequenceNumber: segment.seq,
      acknowledgmentNumber: segment.ack === undefined ? 0 : ((this.iss ?? 0) + segment.ack) >>> 0,
      flags: bits,
      window: segment.window ?? 65_535,
      urgentPointer: segment.urgent ?? 0,
      ...(segment.options === undefined ? {} : { options: segment.options }),
    });
    const bytes = new Uint8Array(20 + header.length + (segment.length ?? 0));
    bytes.set(header, 20);
    tcp.fillChecksum(bytes, 20, bytes.length, pseudoHeaderSum(REMOTE, LOCAL, IPPROTO_TCP, bytes.length - 20));
    ipv4.setVersionAndHeaderLength(bytes, 0, 20);
    ipv4.setTypeOfService(bytes, 0, segment.tos ?? 0);
    ipv4.setTotalLength(bytes, 0, bytes.length);
    ipv4.setTimeToLive(bytes, 0, 64);
    ipv4.setProtocol(bytes, 0, IPPROTO_TCP);
    ipv4.setSource(bytes, 0, REMOTE);
    ipv4.setDestination(bytes, 0, LOCAL);
    ipv4.fillHeaderChecksum(bytes, 0);
    return bytes;
  }
}

const FLAGS: Readonly<Record<string, number>> = {
  F: tcp.FIN,
  S: tcp.SYN,
  R: tcp.RST,
  P: tcp.PSH,
  ".": tcp.ACK,
  U: tcp.URG,
  E: tcp.ECE,
  W: tcp.CWR,
};

/** Sends `there` and `back` between two stacks over a link at once: what arrived at either end, and the time it took, µs. */
export function transfer(
  options: LinkOptions,
  there: Uint8Array,
  back: Uint8Array,
  limit_us: number,
): { readonly there: Uint8Array; readonly back: Uint8Array; readonly time_us: number } {
  const make = (seed: number) => new Stack({ seed, now_us: BEGIN_US });
  const left = make(1);
  const right = make(2);
  const link = connectStacks(left, right, options);
  left.addAddress(link.devices[0], "10.0.0.1/24");
  right.addAddress(link.devices[1], "10.0.0.2/24");
  const listener = right.transports.tcp.create(2);
  listener.bind({ address: REMOTE, port: PORT });
  listener.listen(1);
  const client = new End(left.transports.tcp.create(2), there);
  client.sock.connect({ address: REMOTE, port: PORT });
  let server: End | undefined;
  let now = BEGIN_US;
  for (;;) {
    if (server === undefined) {
      const accepted = listener.accept();
      if (typeof accepted !== "number") server = new End(accepted, back);
    }
    client.run();
    server?.run();
    if (client.done && server?.done) break;
    const due = Math.min(left.nextDeadline() ?? Infinity, right.nextDeadline() ?? Infinity);
    if (due > BEGIN_US + limit_us) throw new Error(`not done after ${limit_us} µs`);
    now = Math.max(now, due);
    left.poll(now);
    right.poll(now);
  }
  return { there: server.received(), back: client.received(), time_us: now - BEGIN_US };
}

/** A program that sends all it has, ends its stream, and reads to the end of the other. */
class End {
  private written = 0;
  private ended = false;
  private over = false;
  private readonly parts: Uint8Array[] = [];

  constructor(readonly sock: ReturnType<Stack["transports"]["tcp"]["create"]>, private readonly data: Uint8Array) {}

  get done(): boolean {
    return this.ended && this.over;
  }

  run(): void {
    while (!this.ended) {
      if (this.written === this.data.length) {
        if (this.sock.shutdown(1) === 0) this.ended = true;
        break;
      }
      const sent = this.sock.sendmsg({ data: this.data.subarray(this.written), flags: 0x40 });
      if (sent <= 0) break;
      this.written += sent;
    }
    while (!this.over) {
      const got = this.sock.recvmsg({ length: 65_536, flags: 0x40 });
      if (got.result < 0) break;
      if (got.result === 0) this.over = true;
      this.parts.push(got.data);
    }
  }

  received(): Uint8Array {
    const whole = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
