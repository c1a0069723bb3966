/**
 * UDP of one stack: receiving and ICMP errors (RFC 768, RFC 1122 section 4.1, RFC 8200 section 8.1).
 *
 * @module
 */
import {
  ICMP_DEST_UNREACH,
  ICMP_FRAG_NEEDED,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMPV6_PKT_TOOBIG,
} from "../../abi/icmp_constants.ts";
import type { PacketBuffer } from "../buffer.ts";
import type { SockContext } from "../inet/inet_sock.ts";
import { EHOSTUNREACH, EMSGSIZE, EPROTO } from "../../abi/errno.ts";
import { BindTable, udp_bind_conflict } from "../inet/ports.ts";
import type { Family, IcmpError, Ip } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import { pseudoHeaderSum } from "../wire/checksum.ts";
import * as ipv4 from "../wire/ipv4.ts";
import * as ipv6 from "../wire/ipv6.ts";
import { IPPROTO_UDP } from "../../abi/socket_constants.ts";
import * as udp from "../wire/udp.ts";
import { UdpSock } from "./udp_sock.ts";
import { UdpTable, type UdpTuple } from "./udp_table.ts";

const NDISC_REDIRECT = 137;

/** UDP of one stack. */
export class Udp implements SockContext {
  readonly net: Net;
  readonly ip: Ip;
  readonly ports: BindTable;
  readonly table: UdpTable<UdpSock>;

  /** Registers UDP with the IP floor, both families. */
  constructor(context: SockContext) {
    this.net = context.net;
    this.ip = context.ip;
    this.ports = new BindTable(this.net, udp_bind_conflict, false);
    this.table = new UdpTable(this.net.random());
    for (const family of [4, 6] as const) {
      this.ip.addProtocol(family, IPPROTO_UDP, {
        receive: (packet) => this.udp_rcv(packet),
        error: (packet, error) => this.udp_err(packet, error),
      });
    }
  }

  /** A new socket of `family` (AF_INET or AF_INET6). */
  create(family: number): UdpSock {
    return new UdpSock(this, family);
  }

  /** A datagram for this host. */
  udp_rcv(packet: PacketBuffer): void {
    const family = packet.family;
    const at = packet.data;
    // RFC768-fields-length
    if (!packet.mayPull(udp.HEADER_LENGTH)) return this.count_error(family);
    let length = udp.length(packet.bytes, at);
    // A jumbogram has no length here (RFC 2675 section 4).
    if (length === 0 && family === 6) length = packet.length;
    // RFC768-fields-length, RFC768-fields-length-mismatch
    if (length > packet.length || length < udp.HEADER_LENGTH) return this.count_error(family);
    // RFC768-fields-length-mismatch
    packet.trim(length);
    packet.transport_header = at;
    // RFC768-fields-zero, RFC1122-4.1.3.4-zero-accept
    const zero = udp.checksum(packet.bytes, at) === 0;
    const tuple = this.tuple(packet);
    if (tuple.daddr.isMulticast || packet.route?.type === "broadcast") {
      return this.deliver_multicast(packet, tuple, zero);
    }
    const sk = this.table.lookup(tuple);
    // RFC768-v6-checksum, RFC8200-8.1-udp-zero, RFC8085-3.4.1-v6-rx
    if (zero && family === 6 && !(sk?.accepts_zero_checksum6 ?? false)) return this.count_checksum_error(family);
    if (sk !== undefined) return this.queue_rcv(sk, packet, tuple, zero);
    // RFC1122-4.1.3.4-bad-drop
    if (!zero && !this.checksum_ok(packet)) return this.count_checksum_error(family);
    this.net.mib.inc(family === 4 ? Counter.UdpNoPorts : Counter.Udp6NoPorts);
    // RFC1122-4.1.3.1-port-unreach, RFC1122-3.4-icmp-send
    this.ip.icmp_send(packet, { kind: "port-unreachable" });
  }

  private tuple(packet: PacketBuffer): UdpTuple {
    const { bytes, network_header: ip, data: at } = packet;
    const four = packet.family === 4;
    return {
      saddr: four ? ipv4.source(bytes, ip) : ipv6.source(bytes, ip),
      daddr: four ? ipv4.destination(bytes, ip) : ipv6.destination(bytes, ip),
      sport: udp.sourcePort(bytes, at),
      dport: udp.destinationPort(bytes, at),
      ifindex: packet.device?.ifindex ?? 0,
    };
  }

  /** Queues a datagram at a socket. The checksum is verified when the program reads, as Linux does. */
  private queue_rcv(sk: UdpSock, packet: PacketBuffer, tuple: UdpTuple, zero: boolean): void {
    const scope = tuple.saddr.family === 6 && tuple.saddr.isLinkLocal ? tuple.ifindex : 0;
    packet.pull(udp.HEADER_LENGTH);
    const unverified = !zero && packet.ip_summed === "none";
    const from = { address: tuple.saddr, port: tuple.sport, scope_id: scope };
    const result = sk.enqueue(packet, from, { address: tuple.daddr, port: tuple.dport }, unverified);
    if (result === 0) return;
    const four = packet.family === 4;
    this.net.mib.inc(four ? Counter.UdpRcvbufErrors : Counter.Udp6RcvbufErrors);
    this.count_error(packet.family);
  }

  private deliver_multicast(packet: PacketBuffer, tuple: UdpTuple, zero: boolean): void {
    const family = packet.family;
    if (zero && family === 6) return this.count_checksum_error(family);
    const members = this.table.multicast(tuple);
    if (members.length === 0) {
      this.net.mib.inc(family === 4 ? Counter.UdpIgnoredMulti : Counter.Udp6IgnoredMulti);
      return;
    }
    // RFC9776-3.1-filter
    members.forEach((sk, i) => this.queue_rcv(sk, i === members.length - 1 ? packet : packet.copy(), tuple, zero));
  }

  /** Whether the checksum of the datagram at `packet.transport_header` is right. */
  checksum_ok(packet: PacketBuffer): boolean {
    if (packet.ip_summed !== "none") return true;
    const { bytes, network_header: ip, transport_header: at, tail } = packet;
    const four = packet.family === 4;
    const saddr = four ? ipv4.source(bytes, ip) : ipv6.source(bytes, ip);
    const daddr = four ? ipv4.destination(bytes, ip) : ipv6.destination(bytes, ip);
    // RFC1122-4.1.3.4-cksum, RFC768-fields-checksum, RFC8200-8.1-pseudo, RFC1122-4.1.3.4-bad-drop
    return udp.verifyChecksum(bytes, at, tail, pseudoHeaderSum(saddr, daddr, IPPROTO_UDP, tail - at));
  }

  private count_error(family: Family): void {
    this.net.mib.inc(family === 4 ? Counter.UdpInErrors : Counter.Udp6InErrors);
  }

  /** Counts a datagram dropped for its checksum. */
  count_checksum_error(family: Family): void {
    this.net.mib.inc(family === 4 ? Counter.UdpInCsumErrors : Counter.Udp6InCsumErrors);
    this.count_error(family);
  }

  /** An ICMP error about a datagram sent from here (`__udp4_lib_err`, `__udp6_lib_err`). */
  udp_err(packet: PacketBuffer, error: IcmpError): void {
    const quoted = this.tuple(packet);
    // The quoted datagram went out: what is its source there is the local end here.
    const sk = this.table.lookup({
      saddr: quoted.daddr,
      sport: quoted.dport,
      daddr: quoted.saddr,
      dport: quoted.sport,
      ifindex: error.device?.ifindex ?? 0,
    });
    // RFC8085-5.2-icmp-validate
    if (sk === undefined) {
      this.net.mib.inc(error.family === 4 ? Counter.IcmpInErrors : Counter.Icmp6InErrors);
      return;
    }
    // RFC1122-4.1.3.3-icmp-up, RFC1122-3.2.2.1-du-act, RFC4443-3.1-notify, RFC8085-5.2-icmp-access
    const verdict = error.family === 4 ? this.judge4(sk, error, quoted) : this.judge6(sk, error, quoted);
    if (verdict === undefined) return;
    const payload = packet.bytes.subarray(Math.min(packet.data + udp.HEADER_LENGTH, packet.tail), packet.tail);
    sk.icmp_error(error, verdict.errno, verdict.hard, { address: quoted.daddr, port: quoted.dport }, payload);
  }

  private judge4(sk: UdpSock, error: IcmpError, quoted: UdpTuple): { errno: number; hard: boolean } | undefined {
    switch (error.type) {
      case ICMP_TIME_EXCEEDED:
        return { errno: EHOSTUNREACH, hard: false };
      case ICMP_PARAMETERPROB:
        return { errno: EPROTO, hard: true };
      case ICMP_SOURCE_QUENCH:
      case ICMP_REDIRECT:
        return undefined;
      case ICMP_DEST_UNREACH:
        if (error.code !== ICMP_FRAG_NEEDED) break;
        // RFC1191-6.5-udp, RFC1191-6.2-notify
        this.update_pmtu(sk, quoted, error.info);
        return sk.inet.pmtudisc === 0 ? undefined : { errno: EMSGSIZE, hard: true };
    }
    return { errno: error.errno, hard: error.fatal };
  }

  private judge6(sk: UdpSock, error: IcmpError, quoted: UdpTuple): { errno: number; hard: boolean } | undefined {
    if (error.type === NDISC_REDIRECT) return undefined;
    if (error.type === ICMPV6_PKT_TOOBIG) {
      // IPV6_PMTUDISC_INTERFACE and OMIT do not trust path MTU messages.
      if (sk.inet6.pmtudisc >= 4) return undefined;
      this.update_pmtu(sk, quoted, error.info);
      return { errno: EMSGSIZE, hard: sk.inet6.pmtudisc !== 0 };
    }
    return { errno: error.errno, hard: error.fatal };
  }

  private update_pmtu(sk: UdpSock, quoted: UdpTuple, mtu: number): void {
    const route = this.ip.route_output({
      family: quoted.daddr.family,
      destination: quoted.daddr,
      source: quoted.saddr,
      oif: sk.sk_bound_dev_if,
      mark: sk.so.mark,
    });
    if (typeof route !== "number") sk.operations_for(route.family).mtu_reduced(this.ip, route, mtu);
  }
}
