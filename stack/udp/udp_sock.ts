/**
 * UDP sockets (udp(7), net/ipv4/udp.c, net/ipv6/udp.c).
 *
 * @module
 */
import { PacketBuffer } from "../buffer.ts";
import {
  AF_INET6,
  IPPROTO_UDP,
  MSG_MORE,
  MSG_OOB,
  MSG_ZEROCOPY,
  SCM_TSTAMP_SCHED,
  SCM_TSTAMP_SND,
  SOCK_DGRAM,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_UDP,
} from "../../abi/socket_constants.ts";
import { SIOCINQ, SIOCOUTQ } from "../../abi/ioctl_constants.ts";
import { type Datagram, DatagramSock } from "../inet/datagram_sock.ts";
import type { Destination } from "../inet/destination.ts";
import { EDESTADDRREQ, EINVAL, EMSGSIZE, ENOBUFS, ENOPROTOOPT, ENOTTY, EOPNOTSUPP, EPIPE } from "../../abi/errno.ts";
import { UDP_CORK } from "../../abi/ip_constants.ts";
import type { SockContext } from "../inet/inet_sock.ts";
import type { BindTable } from "../inet/ports.ts";
import { send_control_of, type SendControl } from "../inet/send_control.ts";
import type { SendMessage, SocketAddress } from "../inet/sock.ts";
import { TCP_CLOSE, TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";
import { Counter } from "../mib.ts";
import type { Family } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import * as udp from "../wire/udp.ts";
import { UDP_LEVEL, UdpOptions } from "./udp_options.ts";
import type { UdpTable } from "./udp_table.ts";

const MAX_LENGTH = 0xffff;
/** Most segments that one `UDP_SEGMENT` send may make. */
const UDP_MAX_SEGMENTS = 128;

/** A datagram being put together while corked (`ip_append_data`). */
interface Pending {
  readonly destination: Destination;
  readonly parts: Uint8Array[];
  length: number;
}

/** What sockets ask of the UDP that they belong to. */
export interface UdpOfSockets extends SockContext {
  /** Which ports are taken. */
  readonly ports: BindTable;
  /** Where datagrams find their sockets. */
  readonly table: UdpTable<UdpSock>;
  /** Whether a datagram's checksum is right, or needs none. */
  checksum_ok(packet: PacketBuffer): boolean;
  /** Counts a datagram whose checksum was not. */
  count_checksum_error(family: Family): void;
}

/** A UDP endpoint. */
export class UdpSock extends DatagramSock {
  readonly ports: BindTable;
  private pending: Pending | undefined = undefined;
  private readonly options = new UdpOptions();
  /** Number of the next `MSG_ZEROCOPY` call. */
  private zckey = 0;

  /** An unbound socket of `family`. */
  constructor(private readonly udp: UdpOfSockets, family: number) {
    super(udp, family, SOCK_DGRAM, IPPROTO_UDP);
    this.ports = udp.ports;
  }

  /** Whether zero checksums are accepted over IPv6. */
  get accepts_zero_checksum6(): boolean {
    return this.options.no_check6_rx;
  }

  // The socket table.

  override bind(address: SocketAddress): number {
    const result = super.bind(address);
    if (result === 0 && this.num !== 0) this.udp.table.add(this);
    return result;
  }

  override autobind(): number {
    const result = super.autobind();
    if (result === 0) this.udp.table.add(this);
    return result;
  }

  /** Over IPv4 the datagram under way goes where the latest `connect` says, since Linux keeps both in one place. */
  override connect(address: SocketAddress | undefined): number {
    const result = super.connect(address);
    const pending = this.pending;
    if (result !== 0 || address === undefined || pending === undefined) return result;
    if (pending.destination.address.family === 4 && this.daddr.family === 4) {
      this.pending = { ...pending, destination: { ...pending.destination, address: this.daddr, port: this.dport } };
    }
    return result;
  }

  protected override rehash(): void {
    if (this.num !== 0) this.udp.table.add(this);
  }

  protected override unhash(): void {
    this.udp.table.remove(this, this.num);
    this.ports.put(this);
  }

  // Receiving.

  /** UDP lets one datagram too many in, so that small buffers take at least one. */
  protected override has_room(): boolean {
    return this.buffers.rmem_alloc <= this.buffers.rcvbuf;
  }

  protected override checksum_ok(datagram: Datagram): boolean {
    return this.udp.checksum_ok(datagram.packet);
  }

  protected override checksum_failed(datagram: Datagram): void {
    this.udp.count_checksum_error(datagram.packet.family);
  }

  protected override delivered(datagram: Datagram): void {
    const four = datagram.packet.family === 4;
    this.net.mib.inc(four ? Counter.UdpInDatagrams : Counter.Udp6InDatagrams);
  }

  override ioctl(command: number): { readonly value: number } | number {
    if (command === SIOCINQ) return { value: this.next_length() };
    if (command === SIOCOUTQ) return { value: this.buffers.wmem_alloc };
    return -ENOTTY;
  }

  // Sending.

  override sendmsg(message: SendMessage): number {
    const result = this.udp_sendmsg(message);
    if (result === -ENOBUFS) {
      this.net.mib.inc(this.wire_family === 4 ? Counter.UdpSndbufErrors : Counter.Udp6SndbufErrors);
    }
    return result;
  }

  private udp_sendmsg(message: SendMessage): number {
    const length = message.data.length;
    const bound = this.autobind();
    if (bound < 0) return bound;
    const to = message.to;
    const six = (to === undefined ? this.daddr : this.resolve_any(to.address)).family === 6;
    const aimless = to === undefined && this.sk_state !== TCP_ESTABLISHED && this.pending === undefined;
    if (aimless && this.family === AF_INET6) return -EDESTADDRREQ;
    if (!six && length > MAX_LENGTH) return -EMSGSIZE;
    if ((message.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const more = this.options.corked || (message.flags & MSG_MORE) !== 0;
    if (this.pending !== undefined) {
      if (to !== undefined && !six && this.pending.destination.address.family === 6) return -EINVAL;
      return this.append(message.data, more);
    }
    if (aimless) return -EDESTADDRREQ;
    // A connected AF_INET socket may have a peer without a port; others may not send to one.
    const port = to === undefined && (six || this.family !== AF_INET6) ? 1 : to?.port ?? this.dport;
    if (port === 0) return -EINVAL;
    const control = send_control_of(this, message);
    if (typeof control === "number") return control;
    const destination = this.destination(to, control, message.control === undefined || message.control.length === 0);
    if (typeof destination === "number") return destination;
    const gso_size = control.gso_size ?? this.options.gso_size;
    const fits = gso_size === 0 ? this.check_size(destination, udp.HEADER_LENGTH + length) : 0;
    if (fits < 0) return fits;
    const blocked = this.send_blocked();
    if (blocked !== 0) return blocked < 0 ? blocked : -EPIPE;
    if (more) {
      this.pending = { destination, parts: [], length: 0 };
      return this.append(message.data, true);
    }
    const sent = this.send(destination, message.data, gso_size);
    if (sent < 0) return sent;
    if ((message.flags & MSG_ZEROCOPY) !== 0 && this.so.zerocopy) {
      // The octets were copied into the packet, so the memory is the program's again.
      this.error_queue.queueZerocopy(this.zckey, this.zckey, true);
      this.zckey = (this.zckey + 1) >>> 0;
    }
    return length;
  }

  /** Adds to the datagram under way and sends it unless more follows. */
  private append(data: Uint8Array, more: boolean): number {
    const pending = this.pending!;
    const fits = this.check_size(pending.destination, udp.HEADER_LENGTH + pending.length + data.length);
    if (fits < 0) {
      this.pending = undefined;
      return fits;
    }
    pending.parts.push(data.slice());
    pending.length += data.length;
    if (more) return data.length;
    const result = this.push_pending();
    return result < 0 ? result : data.length;
  }

  /** Sends the datagram under way (`udp_push_pending_frames`). */
  private push_pending(): number {
    const pending = this.pending;
    if (pending === undefined) return 0;
    this.pending = undefined;
    return this.send(pending.destination, concatBytes(...pending.parts), this.options.gso_size);
  }

  /** Sends one datagram, or with `gso_size` as many as it takes. 0 or `-errno`. */
  private send(destination: Destination, data: Uint8Array, gso_size: number): number {
    if (gso_size === 0 || data.length <= gso_size) return this.send_one(destination, data);
    const header = destination.operations.net_header_len + udp.HEADER_LENGTH;
    if (header + gso_size > destination.route.mtu()) return -EMSGSIZE;
    if (data.length > gso_size * UDP_MAX_SEGMENTS) return -EINVAL;
    for (let at = 0; at < data.length; at += gso_size) {
      const result = this.send_one(destination, data.subarray(at, at + gso_size));
      if (result < 0) return result;
    }
    return 0;
  }

  private send_one(destination: Destination, data: Uint8Array): number {
    const length = udp.HEADER_LENGTH + data.length;
    const { operations } = destination;
    const four = operations.family === 4;
    const packet = PacketBuffer.allocate(length);
    const at = packet.data;
    packet.transport_header = at;
    packet.family = operations.family;
    packet.protocol = IPPROTO_UDP;
    packet.bytes.set(data, at + udp.HEADER_LENGTH);
    // RFC8085-5.1-source-zero
    udp.setSourcePort(packet.bytes, at, this.num);
    udp.setDestinationPort(packet.bytes, at, destination.port);
    // RFC768-fields-length
    udp.setLength(packet.bytes, at, length);
    // RFC1122-4.1.3.4-default-on, RFC768-fields-checksum, RFC1122-4.1.3.4-cksum, RFC768-v6-checksum, RFC768-fields-zero, RFC768-v6-zero-computed, RFC1122-4.1.3.4-ffff, RFC8200-8.1-udp-ffff, RFC8085-3.4-checksum-on, RFC8085-3.4.1-v6-default
    const checksummed = four ? !this.so.no_check_tx : !this.options.no_check6_tx;
    if (checksummed) {
      const pseudo = operations.send_check(destination.source, destination.address, IPPROTO_UDP, length);
      udp.fillChecksum(packet.bytes, at, packet.tail, pseudo);
    } else {
      udp.setChecksum(packet.bytes, at, 0);
    }
    this.stamp(packet);
    this.stamp_control(packet, destination.control);
    const result = this.transmit(packet, destination);
    // The device has let go of the packet: there is room again, which is an edge to epoll.
    this.write_space();
    if (result === 0) {
      this.timestamp_sent(packet);
      this.net.mib.inc(four ? Counter.UdpOutDatagrams : Counter.Udp6OutDatagrams);
    } else if (result === -ENOBUFS && !this.recverr) {
      // A full device queue loses the datagram silently unless the program asked for errors.
      this.net.mib.inc(four ? Counter.UdpSndbufErrors : Counter.Udp6SndbufErrors);
      return 0;
    }
    return result;
  }

  /** Transmit timestamps that the program asked for (`__skb_tstamp_tx`). */
  private timestamp_sent(packet: PacketBuffer): void {
    const flags = this.so.timestamping;
    if ((flags & (SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE)) === 0) return;
    if ((flags & SOF_TIMESTAMPING_SOFTWARE) === 0) return;
    const key = (flags & SOF_TIMESTAMPING_OPT_ID) !== 0 ? this.sk_tskey++ : 0;
    const content = (flags & SOF_TIMESTAMPING_OPT_TSONLY) !== 0 ? {} : { payload: packet.view().slice() };
    const now = this.realtime(this.net.now);
    if ((flags & SOF_TIMESTAMPING_TX_SCHED) !== 0) this.error_queue.queueTimestamp(SCM_TSTAMP_SCHED, key, now, content);
    if ((flags & SOF_TIMESTAMPING_TX_SOFTWARE) !== 0) {
      this.error_queue.queueTimestamp(SCM_TSTAMP_SND, key, now, content);
    }
  }

  private stamp_control(packet: PacketBuffer, control: SendControl): void {
    if (control.priority !== undefined) packet.priority = control.priority;
    if (control.mark !== undefined) packet.mark = control.mark;
  }

  override close(): void {
    this.pending = undefined;
    super.close();
    this.sk_state = TCP_CLOSE;
  }

  // Options.

  protected override protocol_setsockopt(level: number, name: number, value: Uint8Array): number {
    if (level !== SOL_UDP) return -ENOPROTOOPT;
    const result = UDP_LEVEL.setOption(this.options, name, value);
    if (result === 0 && name === UDP_CORK && !this.options.corked) this.push_pending();
    return result;
  }

  protected override protocol_getsockopt(level: number, name: number, length: number): Uint8Array | number {
    if (level !== SOL_UDP) return this.family === AF_INET6 ? -ENOPROTOOPT : -EOPNOTSUPP;
    return UDP_LEVEL.getOption(this.options, name, length);
  }
}
