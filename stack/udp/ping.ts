/**
 * Ping sockets: SOCK_DGRAM with IPPROTO_ICMP or IPPROTO_ICMPV6, echo requests without privilege (net/ipv4/ping.c).
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_TIME_EXCEEDED,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_PKT_TOOBIG,
} from "../../abi/icmp_constants.ts";
import { PacketBuffer } from "../buffer.ts";
import type { IcmpFloor } from "../icmp/icmp.ts";
import { AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, MSG_OOB, SOCK_DGRAM } from "../../abi/socket_constants.ts";
import { SIOCINQ, SIOCOUTQ } from "../../abi/ioctl_constants.ts";
import { DatagramSock } from "../inet/datagram_sock.ts";
import {
  EACCES,
  EDESTADDRREQ,
  EHOSTUNREACH,
  EINVAL,
  EMSGSIZE,
  ENOPROTOOPT,
  ENOTTY,
  EOPNOTSUPP,
  EPIPE,
  EPROTO,
} from "../../abi/errno.ts";
import type { SockContext } from "../inet/inet_sock.ts";
import { BindTable } from "../inet/ports.ts";
import { send_control_of } from "../inet/send_control.ts";
import type { SendMessage } from "../inet/sock.ts";
import { TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import type { Family, IcmpError, Ip } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import { get16, set16 } from "../wire/bytes.ts";
import { internetChecksum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";

/** Octets of an echo header; offsets of its checksum and identifier. */
const HEADER_LENGTH = 8;
const CHECKSUM = 2;
const IDENTIFIER = 4;

/** The ping sockets of one stack. Their ports are echo identifiers. */
export class Ping implements SockContext {
  readonly net: Net;
  readonly ip: Ip;
  readonly ports: BindTable;
  readonly sockets: Set<PingSock> = new Set();

  /** Takes echo replies, and errors about echo requests, from the ICMP floor. */
  constructor(context: SockContext, icmp: IcmpFloor) {
    this.net = context.net;
    this.ip = context.ip;
    const conflict: ConstructorParameters<typeof BindTable>[1] = (sk, other) =>
      !(sk.so.reuse && other.so.reuse) && sk.rcv_saddr.family === other.rcv_saddr.family &&
      sk.af_ops.bind_conflict(sk, other);
    this.ports = new BindTable(this.net, conflict, false);
    icmp.addPingReceiver((packet) => this.receive(packet), (packet, error) => this.error(packet, error));
  }

  /** A new socket, or -EACCES where `net.ipv4.ping_group_range` leaves root's group out. */
  create(family: number): PingSock | number {
    const [low, high] = this.net.sysctl.getVector("net.ipv4.ping_group_range");
    if ((low ?? 1) > 0 || (high ?? 0) < 0) return -EACCES;
    const sk = new PingSock(this, family);
    this.sockets.add(sk);
    return sk;
  }

  private find(family: Family, identifier: number, packet: PacketBuffer, quoted: boolean): PingSock | undefined {
    const { bytes, network_header: at } = packet;
    const source = family === 4 ? ipv4.source(bytes, at) : ipv6.source(bytes, at);
    const destination = family === 4 ? ipv4.destination(bytes, at) : ipv6.destination(bytes, at);
    const [local, remote] = quoted ? [source, destination] : [destination, source];
    for (const sk of this.sockets) {
      if (sk.num !== identifier || !sk.accepts_family(family)) continue;
      if (!sk.rcv_saddr.isUnspecified && !sk.rcv_saddr.equals(local)) continue;
      if (!sk.daddr.isUnspecified && !sk.daddr.equals(remote)) continue;
      if (sk.sk_bound_dev_if === 0 || sk.sk_bound_dev_if === packet.device?.ifindex) return sk;
    }
    return undefined;
  }

  private receive(packet: PacketBuffer): boolean {
    const { bytes, transport_header: at, network_header: ip } = packet;
    if (packet.tail - at < HEADER_LENGTH) return false;
    const sk = this.find(packet.family, get16(bytes, at + IDENTIFIER), packet, false);
    if (sk === undefined) return false;
    const four = packet.family === 4;
    const from = four ? ipv4.source(bytes, ip) : ipv6.source(bytes, ip);
    const to = four ? ipv4.destination(bytes, ip) : ipv6.destination(bytes, ip);
    packet.data = at;
    sk.enqueue(packet, { address: from, port: 0 }, { address: to, port: 0 }, false);
    return true;
  }

  private error(packet: PacketBuffer, error: IcmpError): void {
    if (packet.tail - packet.data < HEADER_LENGTH) return;
    const sk = this.find(error.family, get16(packet.bytes, packet.data + IDENTIFIER), packet, true);
    if (sk === undefined) return;
    const { bytes, network_header: at } = packet;
    const four = error.family === 4;
    const verdict = four ? judge4(error, sk) : judge6(error);
    if (verdict === undefined) return;
    const address = four ? ipv4.destination(bytes, at) : ipv6.destination(bytes, at);
    sk.icmp_error(error, verdict.errno, verdict.hard, { address, port: 0 }, bytes.subarray(packet.data, packet.tail));
  }
}

function judge4(error: IcmpError, sk: PingSock): { readonly errno: number; readonly hard: boolean } | undefined {
  switch (error.type) {
    case ICMP_TIME_EXCEEDED:
      return { errno: EHOSTUNREACH, hard: false };
    case ICMP_PARAMETERPROB:
      return { errno: EPROTO, hard: true };
    case ICMP_DEST_UNREACH:
      if (error.code !== ICMP_FRAG_NEEDED) return { errno: error.errno, hard: error.fatal };
      return sk.inet.pmtudisc === 0 ? undefined : { errno: EMSGSIZE, hard: true };
    default:
      return undefined;
  }
}

function judge6(error: IcmpError): { readonly errno: number; readonly hard: boolean } {
  return { errno: error.type === ICMPV6_PKT_TOOBIG ? EMSGSIZE : error.errno, hard: error.fatal };
}

/** A ping endpoint. Programs write and read whole ICMP messages; identifier and checksum are the stack's. */
export class PingSock extends DatagramSock {
  readonly ports: BindTable;

  /** An unbound socket of `family`. */
  constructor(private readonly ping: Ping, family: number) {
    super(ping, family, SOCK_DGRAM, family === AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
    this.ports = ping.ports;
    this.so.reuse = true;
  }

  /** These sockets speak their own family only. */
  override accepts_family(family: Family): boolean {
    return family === (this.family === AF_INET6 ? 6 : 4);
  }

  protected override get speaks_ipv4_mapped(): boolean {
    return false;
  }

  protected override rehash(): void {}

  protected override unhash(): void {
    this.ports.put(this);
    if (this.sock_dead) this.ping.sockets.delete(this);
  }

  override ioctl(command: number): { readonly value: number } | number {
    if (command === SIOCINQ) return { value: this.next_length() };
    if (command === SIOCOUTQ) return { value: this.buffers.wmem_alloc };
    return -ENOTTY;
  }

  override sendmsg(message: SendMessage): number {
    const { data } = message;
    if (data.length > 0xffff) return -EMSGSIZE;
    if (data.length < HEADER_LENGTH) return -EINVAL;
    if ((message.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const four = this.family === AF_INET;
    if (data[0] !== (four ? ICMP_ECHO : ICMPV6_ECHO_REQUEST) || data[1] !== 0) return -EINVAL;
    const bound = this.autobind();
    if (bound < 0) return bound;
    if (message.to === undefined && this.sk_state !== TCP_ESTABLISHED) return -EDESTADDRREQ;
    const control = send_control_of(this, message);
    if (typeof control === "number") return control;
    const destination = this.destination(message.to, control, message.control === undefined);
    if (typeof destination === "number") return destination;
    const blocked = this.send_blocked();
    if (blocked !== 0) return blocked < 0 ? blocked : -EPIPE;
    const fits = this.check_size(destination, data.length);
    if (fits < 0) return fits;
    const packet = PacketBuffer.allocate(data.length);
    const at = packet.data;
    packet.bytes.set(data, at);
    packet.transport_header = at;
    packet.family = four ? 4 : 6;
    packet.protocol = this.protocol;
    set16(packet.bytes, at + CHECKSUM, 0);
    set16(packet.bytes, at + IDENTIFIER, this.num);
    const { source, address, operations } = destination;
    // RFC 4443 section 2.3: ICMPv6 sums a pseudo-header, ICMP does not.
    const pseudo = four ? 0 : operations.send_check(source, address, IPPROTO_ICMPV6, data.length);
    set16(packet.bytes, at + CHECKSUM, internetChecksum(packet.bytes, at, packet.tail, pseudo));
    this.stamp(packet);
    const { mib } = this.net;
    mib.inc(four ? Counter.IcmpOutMsgs : Counter.Icmp6OutMsgs);
    if (four) mib.icmpOut(ICMP_ECHO);
    else mib.icmp6Out(ICMPV6_ECHO_REQUEST);
    const result = this.transmit(packet, destination);
    this.write_space();
    return result < 0 ? result : data.length;
  }

  protected override protocol_setsockopt(): number {
    return -ENOPROTOOPT;
  }

  protected override protocol_getsockopt(): number {
    return -ENOPROTOOPT;
  }
}
