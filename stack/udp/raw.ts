/**
 * Raw sockets (raw(7), net/ipv4/raw.c, net/ipv6/raw.c).
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_FILTER,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_TIME_EXCEEDED,
  ICMPV6_PKT_TOOBIG,
} from "../../abi/icmp_constants.ts";
import { PacketBuffer } from "../buffer.ts";
import type { IcmpFloor } from "../icmp/icmp.ts";
import { getInt, int } from "../../abi/memory.ts";
import {
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_RAW,
  MSG_OOB,
  SOCK_RAW,
  SOL_ICMPV6,
  SOL_IPV6,
  SOL_RAW,
} from "../../abi/socket_constants.ts";
import { SIOCINQ, SIOCOUTQ } from "../../abi/ioctl_constants.ts";
import { DatagramSock } from "../inet/datagram_sock.ts";
import type { Destination } from "../inet/destination.ts";
import {
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
import { IPV6_CHECKSUM } from "../../abi/ip_constants.ts";
import type { BindTable } from "../inet/ports.ts";
import { send_control_of } from "../inet/send_control.ts";
import type { SendMessage } from "../inet/sock.ts";
import { TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import type { Family, IcmpError, Ip } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import { IpAddress } from "../wire/address.ts";
import { set16 } from "../wire/bytes.ts";
import { internetChecksum, pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { type as icmpType } from "../wire/icmpv4.ts";

/** The raw sockets of one stack. */
export class Raw implements SockContext {
  readonly net: Net;
  readonly ip: Ip;
  readonly sockets: Set<RawSock> = new Set();

  /** Looks at what the IP floor delivers and at ICMP errors. */
  constructor(context: SockContext, icmp: IcmpFloor) {
    this.net = context.net;
    this.ip = context.ip;
    this.ip.addRawTap((packet) => this.deliver(packet));
    icmp.addRawErrorTap((packet, protocol, error) => this.error(packet, protocol, error));
  }

  /** A new socket for `protocol`. */
  create(family: number, protocol: number): RawSock {
    const sk = new RawSock(this, family, protocol);
    this.sockets.add(sk);
    return sk;
  }

  private deliver(packet: PacketBuffer): boolean {
    if (this.sockets.size === 0) return false;
    const { bytes, network_header: at } = packet;
    const four = packet.family === 4;
    let taken = false;
    for (const sk of this.sockets) {
      if (sk.num !== packet.protocol || !sk.accepts_family(packet.family)) continue;
      const saddr = four ? ipv4.source(bytes, at) : ipv6.source(bytes, at);
      const daddr = four ? ipv4.destination(bytes, at) : ipv6.destination(bytes, at);
      if (!sk.matches(daddr, saddr, packet.device?.ifindex ?? 0)) continue;
      taken = true;
      sk.receive(packet, saddr, daddr);
    }
    return taken;
  }

  private error(packet: PacketBuffer, protocol: number, error: IcmpError): void {
    const { bytes, network_header: at } = packet;
    const four = error.family === 4;
    for (const sk of this.sockets) {
      if (sk.num !== protocol || !sk.accepts_family(error.family)) continue;
      const local = four ? ipv4.source(bytes, at) : ipv6.source(bytes, at);
      const remote = four ? ipv4.destination(bytes, at) : ipv6.destination(bytes, at);
      if (!sk.matches(local, remote, error.device?.ifindex ?? 0)) continue;
      const verdict = (four ? judge4 : judge6)(error, sk.operations_for(error.family).options(sk).pmtudisc);
      const quoted = bytes.subarray(sk.inet.hdrincl ? at : packet.data, packet.tail);
      sk.icmp_error(error, verdict.errno, verdict.hard, { address: remote, port: 0 }, quoted);
    }
  }
}

function judge4(error: IcmpError, pmtudisc: number): { readonly errno: number; readonly hard: boolean } {
  if (error.type === ICMP_TIME_EXCEEDED) return { errno: EHOSTUNREACH, hard: false };
  if (error.type === ICMP_PARAMETERPROB) return { errno: EPROTO, hard: true };
  if (error.type === ICMP_DEST_UNREACH && error.code === ICMP_FRAG_NEEDED) {
    return { errno: EMSGSIZE, hard: pmtudisc !== 0 };
  }
  return { errno: error.errno, hard: error.fatal };
}

function judge6(error: IcmpError, pmtudisc: number): { readonly errno: number; readonly hard: boolean } {
  if (error.type === ICMPV6_PKT_TOOBIG) return { errno: EMSGSIZE, hard: pmtudisc === 2 };
  return { errno: error.errno, hard: error.fatal };
}

/** A raw endpoint. Over IPv4 programs read the IP header too, over IPv6 only what follows it. */
export class RawSock extends DatagramSock {
  readonly ports: BindTable | undefined = undefined;
  /** Bit `n` set: ICMP type `n` is not wanted. */
  private filter = 0;
  /** ICMPv6: a bit per type, set when it is not wanted. */
  private readonly filter6 = new Uint32Array(8);
  /** Offset of the checksum that is filled in, -1 for none (IPV6_CHECKSUM). */
  private checksum_offset = -1;

  /** An unbound socket for `protocol`. */
  constructor(private readonly raw: Raw, family: number, protocol: number) {
    super(raw, family, SOCK_RAW, protocol);
    this.num = protocol;
    this.so.reuse = true;
    this.inet.hdrincl = protocol === IPPROTO_RAW;
    if (family === AF_INET6) {
      if (protocol === IPPROTO_ICMPV6) this.checksum_offset = 2;
    }
  }

  /** Raw sockets have a number from the start: it is no reason not to bind. */
  override bind(address: Parameters<DatagramSock["bind"]>[0]): number {
    const number = this.num;
    this.num = 0;
    const result = super.bind({ ...address, port: 0 });
    this.num = number;
    return result;
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
    this.raw.sockets.delete(this);
  }

  /** Whether a packet between these addresses is for this socket (`raw_v4_match`). */
  matches(local: IpAddress, remote: IpAddress, ifindex: number): boolean {
    if (!this.daddr.isUnspecified && !this.daddr.equals(remote)) return false;
    if (!this.rcv_saddr.isUnspecified && !this.rcv_saddr.equals(local)) return false;
    return this.sk_bound_dev_if === 0 || this.sk_bound_dev_if === ifindex;
  }

  /** Queues a copy of a packet unless it is filtered or its checksum is wrong. */
  receive(packet: PacketBuffer, saddr: IpAddress, daddr: IpAddress): void {
    const at = packet.data;
    if (packet.family === 4 && this.protocol === IPPROTO_ICMP && packet.mayPull(1)) {
      const type = packet.bytes[at]!;
      if (type < 32 && ((this.filter >>> type) & 1) !== 0) return;
    }
    if (packet.family === 6) {
      if (this.protocol === IPPROTO_ICMPV6 && packet.mayPull(1)) {
        const type = packet.bytes[at]!;
        if (((this.filter6[type >> 5]! >>> (type & 31)) & 1) !== 0) return;
      }
      const pseudo = pseudoHeaderSum(saddr, daddr, this.num, packet.length);
      if (this.checksum_offset >= 0 && internetChecksum(packet.bytes, at, packet.tail, pseudo) !== 0) {
        this.buffers.drops++;
        return;
      }
    }
    const copy = packet.copy();
    if (packet.family === 4) copy.data = copy.network_header;
    const scope_id = saddr.family === 6 && saddr.isLinkLocal ? packet.device?.ifindex ?? 0 : 0;
    this.enqueue(copy, { address: saddr, port: 0, scope_id }, { address: daddr, port: 0 }, false);
  }

  override ioctl(command: number): { readonly value: number } | number {
    if (command === SIOCINQ) return { value: this.next_length() };
    if (command === SIOCOUTQ) return { value: this.buffers.wmem_alloc };
    return -ENOTTY;
  }

  override sendmsg(message: SendMessage): number {
    const length = message.data.length;
    if (this.family !== AF_INET6 && length > 0xffff) return -EMSGSIZE;
    if ((message.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (message.to === undefined && this.sk_state !== TCP_ESTABLISHED) return -EDESTADDRREQ;
    const control = send_control_of(this, message);
    if (typeof control === "number") return control;
    const destination = this.destination(message.to, control, message.control === undefined);
    if (typeof destination === "number") return destination;
    const blocked = this.send_blocked();
    if (blocked !== 0) return blocked < 0 ? blocked : -EPIPE;
    const result = this.inet.hdrincl && destination.address.family === 4
      ? this.send_hdrinc(destination, message.data)
      : this.send(destination, message.data);
    this.write_space();
    return result < 0 ? result : length;
  }

  /** Sends with the program's own IP header; source, id, length and checksum are filled in (`raw_send_hdrinc`). */
  private send_hdrinc(destination: Destination, data: Uint8Array): number {
    const { route } = destination;
    if (data.length > route.device.mtu) {
      this.local_error(EMSGSIZE, destination.address, 0, route.device.mtu);
      return -EMSGSIZE;
    }
    if (data.length < ipv4.MIN_HEADER_LENGTH) return -EINVAL;
    const packet = PacketBuffer.allocate(data.length);
    const at = packet.data;
    packet.bytes.set(data, at);
    packet.network_header = at;
    packet.family = 4;
    packet.protocol = ipv4.protocol(packet.bytes, at);
    this.stamp(packet);
    const header = ipv4.headerLength(packet.bytes, at);
    if (header > data.length) return -EINVAL;
    packet.transport_header = at + header;
    if (header >= ipv4.MIN_HEADER_LENGTH) {
      if (ipv4.source(packet.bytes, at).isUnspecified) ipv4.setSource(packet.bytes, at, destination.source);
      ipv4.setTotalLength(packet.bytes, at, data.length);
      if (ipv4.identification(packet.bytes, at) === 0) {
        ipv4.setIdentification(packet.bytes, at, this.net.random() & 0xffff);
      }
      ipv4.fillHeaderChecksum(packet.bytes, at);
      if (packet.protocol === IPPROTO_ICMP && data.length > header) this.count_icmp(4, packet.bytes[at + header]!);
    }
    return this.ip.local_out(packet, route);
  }

  private send(destination: Destination, data: Uint8Array): number {
    const fits = this.check_size(destination, data.length);
    if (fits < 0) return fits;
    const family: Family = destination.address.family;
    const packet = PacketBuffer.allocate(data.length);
    packet.bytes.set(data, packet.data);
    packet.transport_header = packet.data;
    packet.family = family;
    packet.protocol = this.num;
    this.stamp(packet);
    if (family === 6 && this.checksum_offset >= 0) {
      if (this.checksum_offset + 2 > data.length) return -EINVAL;
      const { source, address, operations } = destination;
      const pseudo = operations.send_check(source, address, this.num, data.length);
      const field = packet.data + this.checksum_offset;
      set16(packet.bytes, field, 0);
      set16(packet.bytes, field, internetChecksum(packet.bytes, packet.data, packet.tail, pseudo));
    }
    const icmp = family === 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
    if (this.num === icmp && data.length > 0) this.count_icmp(family, icmpType(data, 0));
    return this.transmit(packet, destination);
  }

  private count_icmp(family: Family, type: number): void {
    const { mib } = this.net;
    mib.inc(family === 4 ? Counter.IcmpOutMsgs : Counter.Icmp6OutMsgs);
    if (family === 4) mib.icmpOut(type);
    else mib.icmp6Out(type);
  }

  protected override protocol_setsockopt(level: number, name: number, value: Uint8Array): number {
    if (level === SOL_RAW && name === ICMP_FILTER) {
      if (this.protocol !== IPPROTO_ICMP) return -EOPNOTSUPP;
      if (value.length >= 4) this.filter = getInt(value) >>> 0;
      return 0;
    }
    if (level === SOL_ICMPV6 && name === ICMP_FILTER) {
      if (this.protocol !== IPPROTO_ICMPV6) return -EOPNOTSUPP;
      for (let i = 0; i < 8 && 4 * i + 4 <= value.length; i++) this.filter6[i] = getInt(value, 4 * i) >>> 0;
      return 0;
    }
    return -ENOPROTOOPT;
  }

  protected override protocol_getsockopt(level: number, name: number, length: number): Uint8Array | number {
    const unknown = this.family === AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
    if (level !== SOL_RAW && level !== SOL_ICMPV6) return unknown;
    if (length < 0) return -EINVAL;
    if (level === SOL_RAW && name === ICMP_FILTER) {
      return this.protocol === IPPROTO_ICMP ? int(this.filter).subarray(0, length) : -EOPNOTSUPP;
    }
    if (level === SOL_ICMPV6 && name === ICMP_FILTER) {
      if (this.protocol !== IPPROTO_ICMPV6) return -EOPNOTSUPP;
      const words = new Uint8Array(32);
      this.filter6.forEach((word, i) => words.set(int(word), 4 * i));
      return words.subarray(0, length);
    }
    return -ENOPROTOOPT;
  }

  /** IPV6_CHECKSUM belongs to raw sockets; everything else is generic. */
  override setsockopt(level: number, name: number, value: Uint8Array): number {
    if (name !== IPV6_CHECKSUM || (level !== SOL_IPV6 && level !== SOL_RAW)) {
      return super.setsockopt(level, name, value);
    }
    if (this.family !== AF_INET6) return -ENOPROTOOPT;
    if (value.length < 4) return -EINVAL;
    const offset = getInt(value);
    if (this.protocol === IPPROTO_ICMPV6 && level === SOL_IPV6) return -EINVAL;
    if (offset > 0 && (offset & 1) !== 0) return -EINVAL;
    this.checksum_offset = offset < 0 ? -1 : offset;
    return 0;
  }

  override getsockopt(level: number, name: number, length: number): Uint8Array | number {
    if (name !== IPV6_CHECKSUM || this.family !== AF_INET6) return super.getsockopt(level, name, length);
    if (level !== SOL_IPV6 && level !== SOL_RAW) return super.getsockopt(level, name, length);
    return int(this.checksum_offset).subarray(0, length);
  }
}
