/**
 * Reassembly, both families: RFC 791 section 3.2, RFC 815, RFC 8200 section 4.5, RFC 5722, RFC 6946; as
 * `ip_fragment.c`, `reassembly.c` and `inet_fragment.c` do it.
 *
 * @module
 */
import {
  ICMP_EXC_FRAGTIME,
  ICMP_TIME_EXCEEDED,
  ICMPV6_EXC_FRAGTIME,
  ICMPV6_TIME_EXCEED,
} from "../../abi/icmp_constants.ts";
import { MAX_HEADER, PacketBuffer } from "../buffer.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import type { Timer } from "../timers.ts";
import { hashBytes, IpAddress } from "../wire/address.ts";
import { equalBytes, get16, get32 } from "../wire/bytes.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { AddressMap } from "./address_map.ts";
import { ECN_INVALID, mergedEcn } from "./frag_ecn.ts";
import { FragRuns } from "./frag_runs.ts";
import type { Family } from "./interface.ts";
import type { WithIcmp } from "./icmp_sender.ts";
import { ip_route_input, type RoutingFloor } from "./route_input.ts";

/** What reassembly asks of the floor. */
export interface ReassemblyFloor extends RoutingFloor, WithIcmp {
  readonly net: Net;
  /** What has not come whole yet. */
  readonly frags4: Reassembly;
  readonly frags6: Reassembly;
}

/** Memory charged for a queue, and for a fragment besides its octets. */
const QUEUE_OVERHEAD = 256;
const FRAGMENT_OVERHEAD = 512;
/** Sources whose fragments are counted for `ipfrag_max_dist`. */
const MAX_PEERS = 4096;
/** Length of the IPv6 fragment header. */
const FRAGMENT_HEADER = 8;

/** One datagram being reassembled (`struct ipq`, `struct frag_queue`). */
interface FragQueue {
  readonly hash: number;
  /** Source and destination as they follow each other in the header. */
  readonly addresses: Uint8Array;
  readonly id: number;
  readonly protocol: number;
  readonly iif: number;
  readonly runs: FragRuns;
  readonly timer: Timer;
  next: FragQueue | undefined;
  /** The first fragment, headers included. */
  first: PacketBuffer | undefined;
  last_in: boolean;
  /** Length of the datagram's data as known so far. */
  length: number;
  meat: number;
  ecn: number;
  max_size: number;
  max_df_size: number;
  memory: number;
  rid: number;
}

/** All datagrams of one family being reassembled. */
export class Reassembly {
  /** Octets held. */
  memory = 0;
  private readonly queues = new Map<number, FragQueue>();
  private readonly high_thresh: Setting;
  private readonly time: Setting;
  private readonly max_dist: Setting;
  private readonly peers: AddressMap<{ rid: number }>;
  private readonly secret: number;
  private count = 0;

  /** For one stack. */
  constructor(private readonly ip: ReassemblyFloor, private readonly family: Family) {
    const { sysctl } = ip.net;
    this.high_thresh = sysctl.entry(family === 4 ? "net.ipv4.ipfrag_high_thresh" : "net.ipv6.ip6frag_high_thresh");
    this.time = sysctl.entry(family === 4 ? "net.ipv4.ipfrag_time" : "net.ipv6.ip6frag_time");
    this.max_dist = sysctl.entry("net.ipv4.ipfrag_max_dist");
    this.secret = ip.net.random();
    this.peers = new AddressMap(family, this.secret);
  }

  /** Datagrams being reassembled. */
  get size(): number {
    return this.count;
  }

  /** The queue a fragment belongs to, a new one if need be; `undefined` when there is no memory for it. */
  find(bytes: Uint8Array, addresses: number, id: number, protocol: number, iif: number): FragQueue | undefined {
    const high = this.high_thresh.value;
    if (high === 0 || this.memory > high) return undefined;
    const length = this.family === 4 ? 8 : 32;
    const seed = (this.secret ^ Math.imul(id, 0x9e3779b1) ^ Math.imul(protocol + iif * 256 + 1, 0x85ebca6b)) | 0;
    const hash = hashBytes(bytes, addresses, length, seed);
    const head = this.queues.get(hash);
    for (let queue = head; queue !== undefined; queue = queue.next) {
      if (
        // RFC791-3.2-reass-key, RFC8200-4.5-reass-key
        queue.id === id && queue.protocol === protocol && queue.iif === iif &&
        equalBytes(queue.addresses, 0, bytes, addresses, length)
      ) return queue;
    }
    const queue: FragQueue = {
      hash,
      addresses: bytes.slice(addresses, addresses + length),
      id,
      protocol,
      iif,
      runs: new FragRuns(),
      timer: this.ip.net.timers.create(this.family === 4 ? "ip_expire" : "ip6_frag_expire", () => this.expire(queue)),
      next: head,
      first: undefined,
      last_in: false,
      length: 0,
      meat: 0,
      ecn: 0,
      max_size: 0,
      max_df_size: 0,
      memory: QUEUE_OVERHEAD,
      rid: this.family === 4 ? this.peer(bytes, addresses).rid : 0,
    };
    this.queues.set(hash, queue);
    this.memory += QUEUE_OVERHEAD;
    this.count++;
    // RFC791-3.2-reass-timeout
    queue.timer.arm(this.ip.net.now + this.time.value * 1_000_000);
    return queue;
  }

  /** Takes a queue away (`inet_frag_kill`). */
  kill(queue: FragQueue): void {
    queue.timer.cancel();
    const head = this.queues.get(queue.hash);
    if (head === queue) {
      if (queue.next === undefined) this.queues.delete(queue.hash);
      else this.queues.set(queue.hash, queue.next);
    } else {
      let previous = head;
      while (previous !== undefined && previous.next !== queue) previous = previous.next;
      if (previous === undefined) return;
      previous.next = queue.next;
    }
    queue.next = undefined;
    this.memory -= queue.memory;
    this.count--;
  }

  /**
   * Puts a piece in its place. "complete": all is there now; "queued"; "duplicate": nothing changed; "discard": the
   * datagram can't be right, and was given up.
   */
  add(
    queue: FragQueue,
    packet: PacketBuffer,
    from: number,
    offset: number,
    end: number,
    more: boolean,
    ecn: number,
  ): "complete" | "queued" | "duplicate" | "overlap" | "discard" {
    if (!more) {
      // RFC791-3.2-reass-total
      if (end < queue.length || (queue.last_in && end !== queue.length)) return "discard";
      queue.last_in = true;
      queue.length = end;
    } else if (end > queue.length) {
      if (queue.last_in) return "discard";
      queue.length = end;
    }
    if (end <= offset) return "discard";
    const piece = packet.bytes.slice(from, from + end - offset);
    const inserted = queue.runs.insert(offset, end, piece);
    if (inserted !== "ok") return inserted;
    queue.meat += end - offset;
    queue.ecn |= ecn;
    const charged = FRAGMENT_OVERHEAD + piece.length;
    queue.memory += charged;
    this.memory += charged;
    // RFC1122-3.3.2-te, RFC8200-4.5-timeout-icmp
    if (offset === 0) this.keepFirst(queue, packet);
    // RFC791-3.2-reass-total, RFC791-3.2-reass-any-order, RFC1122-3.3.2-able
    return queue.first !== undefined && queue.last_in && queue.meat === queue.length ? "complete" : "queued";
  }

  /** Whether too many other fragments of the source came in between (`ip_frag_too_far`); then the queue starts over. */
  tooFar(queue: FragQueue, bytes: Uint8Array, source: number): boolean {
    const max = this.max_dist.value;
    if (max === 0) return false;
    const peer = this.peer(bytes, source);
    const start = queue.rid;
    queue.rid = ++peer.rid;
    if (queue.runs.empty || queue.rid - start <= max) return false;
    this.restart(queue);
    return true;
  }

  /** Keeps the fragment with the headers: for the datagram, and for the ICMP error if the rest never comes. */
  private keepFirst(queue: FragQueue, packet: PacketBuffer): void {
    const header = packet.network_header;
    const first = new PacketBuffer(packet.bytes.slice(header, packet.tail));
    first.network_header = 0;
    first.transport_header = packet.transport_header - header;
    first.family = packet.family;
    first.protocol = packet.protocol;
    first.ttl = packet.ttl;
    first.tos = packet.tos;
    first.opt = packet.opt;
    first.nhoff = packet.nhoff;
    first.pkt_type = packet.pkt_type;
    first.device = packet.device;
    first.route = packet.route;
    first.mark = packet.mark;
    queue.first = first;
    queue.memory += first.bytes.length;
    this.memory += first.bytes.length;
  }

  private restart(queue: FragQueue): void {
    this.memory -= queue.memory - QUEUE_OVERHEAD;
    queue.memory = QUEUE_OVERHEAD;
    queue.runs.clear();
    queue.first = undefined;
    queue.last_in = false;
    queue.length =
      queue.meat =
      queue.ecn =
      queue.max_size =
      queue.max_df_size =
        0;
    queue.timer.arm(this.ip.net.now + this.time.value * 1_000_000);
  }

  private peer(bytes: Uint8Array, source: number): { rid: number } {
    let peer = this.peers.get(bytes, source);
    if (peer === undefined) {
      if (this.peers.size >= MAX_PEERS) this.peers.evictOldest();
      peer = { rid: 0 };
      this.peers.set(IpAddress.from(bytes, source, this.family), peer);
    }
    return peer;
  }

  /** The timer fired: time exceeded goes out, but only if the first fragment came (RFC 792, RFC 8200 section 4.5). */
  private expire(queue: FragQueue): void {
    const { ip } = this;
    this.kill(queue);
    const four = this.family === 4;
    ip.net.mib.inc(four ? Counter.IpReasmFails : Counter.Ip6ReasmFails);
    ip.net.mib.inc(four ? Counter.IpReasmTimeout : Counter.Ip6ReasmTimeout);
    const first = queue.first;
    // RFC1122-3.3.2-te, RFC8200-4.5-timeout-icmp
    if (first === undefined || first.device === undefined) return;
    if (!four) {
      // RFC8200-4.5-timeout-icmp
      ip.icmp?.icmp6_send(first, ICMPV6_TIME_EXCEED, ICMPV6_EXC_FRAGTIME, 0);
      return;
    }
    // RFC1122-3.3.2-te
    const route = ip_route_input(ip, first);
    if (typeof route === "number") return;
    first.route = route;
    ip.icmp?.icmp_send(first, ICMP_TIME_EXCEEDED, ICMP_EXC_FRAGTIME, 0);
  }
}

/** Takes one IPv4 fragment for this host. The whole datagram once its last piece is there, else `undefined`. */
export function ip_defrag(ip: ReassemblyFloor, packet: PacketBuffer): PacketBuffer | undefined {
  const { mib } = ip.net;
  const { bytes, network_header: header } = packet;
  const frags = ip.frags4;
  mib.inc(Counter.IpReasmReqds);
  const queue = frags.find(
    bytes,
    header + ipv4.SOURCE,
    ipv4.identification(bytes, header),
    packet.protocol,
    packet.device?.ifindex ?? 0,
  );
  if (queue === undefined) {
    mib.inc(Counter.IpReasmFails);
    return undefined;
  }
  if (frags.tooFar(queue, bytes, header + ipv4.SOURCE)) mib.inc(Counter.IpReasmFails);

  const header_length = ipv4.headerLength(bytes, header);
  const offset = ipv4.fragmentOffset(bytes, header);
  const more = ipv4.moreFragments(bytes, header);
  let end = offset + packet.tail - header - header_length;
  // All but the last are cut to a multiple of eight octets.
  if (more) end &= ~7;
  const size = header_length + end - offset;
  const result = frags.add(queue, packet, header + header_length, offset, end, more, 1 << (packet.tos & 3));
  switch (result) {
    case "duplicate":
      return undefined;
    case "overlap":
      mib.inc(Counter.IpExtReasmOverlaps);
      frags.kill(queue);
      mib.inc(Counter.IpReasmFails);
      return undefined;
    case "discard":
      frags.kill(queue);
      mib.inc(Counter.IpReasmFails);
      return undefined;
    case "queued":
    case "complete":
      if (size > queue.max_size) queue.max_size = size;
      if (ipv4.dontFragment(bytes, header) && size > queue.max_df_size) queue.max_df_size = size;
      return result === "complete" ? ip_frag_reasm(ip, queue, packet) : undefined;
  }
}

/** Puts the datagram together behind the header of its first fragment. */
function ip_frag_reasm(ip: ReassemblyFloor, queue: FragQueue, packet: PacketBuffer): PacketBuffer | undefined {
  const { mib } = ip.net;
  ip.frags4.kill(queue);
  const first = queue.first!;
  const ecn = mergedEcn(queue.ecn);
  const header_length = ipv4.headerLength(first.bytes, first.data);
  const total = header_length + queue.length;
  // RFC791-3.2-reass-oversize, RFC3168-5.3-reass-notect
  if (ecn === ECN_INVALID || total > ipv4.MAX_TOTAL_LENGTH) {
    mib.inc(Counter.IpReasmFails);
    return undefined;
  }
  const whole = assemble(queue, first, packet, header_length);
  const { bytes, data } = whole;
  ipv4.setTotalLength(bytes, data, total);
  // RFC3168-5.3-reass, RFC3168-5.3-reass-same
  ipv4.setTypeOfService(bytes, data, ipv4.typeOfService(bytes, data) | ecn);
  ipv4.setFlagsAndOffset(bytes, data, queue.max_df_size === queue.max_size ? ipv4.DF : 0);
  ipv4.fillHeaderChecksum(bytes, data);
  whole.tos = ipv4.typeOfService(bytes, data);
  whole.frag_max_size = Math.max(queue.max_df_size, queue.max_size);
  mib.inc(Counter.IpReasmOKs);
  return whole;
}

function assemble(queue: FragQueue, first: PacketBuffer, packet: PacketBuffer, header_length: number): PacketBuffer {
  const whole = PacketBuffer.allocate(header_length + queue.length, MAX_HEADER);
  // RFC8200-4.5-diff-headers, RFC1122-3.2.1.4-reassembly
  whole.bytes.set(first.bytes.subarray(first.data, first.data + header_length), whole.data);
  queue.runs.copyTo(whole.bytes, whole.data + header_length);
  whole.network_header = whole.data;
  whole.transport_header = whole.data + header_length;
  whole.family = first.family;
  whole.protocol = first.protocol;
  whole.ttl = first.ttl;
  whole.tos = first.tos;
  whole.opt = first.opt;
  whole.pkt_type = first.pkt_type;
  whole.device = packet.device;
  whole.route = packet.route;
  whole.mark = first.mark;
  whole.timestamp_us = packet.timestamp_us;
  return whole;
}

/** Where the problem of an IPv6 fragment lies, offset from the IPv6 header: parameter problem code 0. */
export interface FragmentProblem {
  readonly pointer: number;
}

/**
 * Takes one IPv6 fragment, `data` at its fragment header. The whole datagram once its last piece is there (`data` after
 * the unfragmentable part, `nhoff` set), `undefined` while it is not, or a problem to report.
 */
export function ip6_frag_queue(ip: ReassemblyFloor, packet: PacketBuffer): PacketBuffer | FragmentProblem | undefined {
  const { mib } = ip.net;
  const { bytes, network_header: header, data: at } = packet;
  const frags = ip.frags6;
  const scoped = bytes[header + ipv6.DESTINATION] === 0xff ||
    (bytes[header + ipv6.DESTINATION] === 0xfe && (bytes[header + ipv6.DESTINATION + 1]! & 0xc0) === 0x80);
  const iif = scoped ? packet.device?.ifindex ?? 0 : 0;
  // The next header is no part of an IPv6 datagram's identity.
  // RFC8200-4.5-reass-key
  const queue = frags.find(bytes, header + ipv6.SOURCE, get32(bytes, at + 4), 0, iif);
  if (queue === undefined) {
    mib.inc(Counter.Ip6ReasmFails);
    return undefined;
  }
  const field = get16(bytes, at + 2);
  const offset = field & 0xfff8;
  const more = (field & 1) !== 0;
  const from = at + FRAGMENT_HEADER;
  const end = offset + packet.tail - from;
  // RFC8200-4.5-over64k
  if (end > ipv6.MAX_PAYLOAD_LENGTH) return { pointer: at + 2 - header };
  // RFC8200-4.5-len8
  // RFC 8200 section 4.5: pointer to the payload length.
  if (more && (end & 7) !== 0) return { pointer: 4 };
  const result = frags.add(queue, packet, from, offset, end, more, 1 << ipv6.ecn(bytes, header));
  switch (result) {
    case "duplicate":
      return undefined;
    case "overlap":
    case "discard":
      frags.kill(queue);
      mib.inc(Counter.Ip6ReasmFails);
      return undefined;
    case "queued":
    case "complete":
      queue.max_size = Math.max(queue.max_size, packet.tail - header);
      return result === "complete" ? ip6_frag_reasm(ip, queue, packet) : undefined;
  }
}

/** Puts the datagram together; the fragment header is gone. */
function ip6_frag_reasm(ip: ReassemblyFloor, queue: FragQueue, packet: PacketBuffer): PacketBuffer | undefined {
  const { mib } = ip.net;
  ip.frags6.kill(queue);
  const first = queue.first!;
  const ecn = mergedEcn(queue.ecn);
  // Of the first fragment, `transport_header` was left at the fragment header.
  // RFC8200-4.5-diff-headers
  const unfragmentable = first.transport_header - first.data;
  const payload = unfragmentable - ipv6.HEADER_LENGTH + queue.length;
  if (ecn === ECN_INVALID || payload > ipv6.MAX_PAYLOAD_LENGTH) {
    mib.inc(Counter.Ip6ReasmFails);
    return undefined;
  }
  const whole = assemble(queue, first, packet, unfragmentable);
  const { bytes, data } = whole;
  // RFC8200-4.5-reass-perfrag
  ipv6.setPayloadLength(bytes, data, payload);
  // RFC3168-5.3-reass
  ipv6.setEcn(bytes, data, ipv6.ecn(bytes, data) | ecn);
  whole.tos = ipv6.trafficClass(bytes, data);
  whole.nhoff = first.nhoff;
  // RFC8200-4.5-reass-nh
  bytes[data + first.nhoff] = first.bytes[first.transport_header]!;
  whole.frag_max_size = queue.max_size;
  whole.data = whole.transport_header;
  mib.inc(Counter.Ip6ReasmOKs);
  return whole;
}
