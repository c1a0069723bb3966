/**
 * What UDP, raw and ping sockets share: the receive queue, connect and disconnect, routes of datagrams, and ICMP errors
 * (net/core/datagram.c, net/ipv4/datagram.c, net/ipv6/datagram.c).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { type IcmpError } from "../ip/interface.ts";
import { IpAddress } from "../wire/address.ts";
import {
  AF_INET6,
  IPPROTO_UDP,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
} from "../../abi/socket_constants.ts";
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from "../../abi/file_constants.ts";
import { EAFNOSUPPORT, EAGAIN, EINVAL, EMSGSIZE, ENETUNREACH, ENOMEM, ENOTCONN, EOPNOTSUPP } from "../../abi/errno.ts";
import { InetSock, RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK, SKB_OVERHEAD } from "./inet_sock.ts";
import { SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK } from "./bind.ts";
import { type Destination, refusedBy, routeDatagram, transmitDatagram } from "./destination.ts";
import { leave_all_groups } from "./membership.ts";
import { receive_control } from "./receive_control.ts";
import type { SendControl } from "./send_control.ts";
import type { ReceiveOutcome, ReceiveRequest, SocketAddress } from "./sock.ts";
import { TCP_CLOSE, TCP_ESTABLISHED } from "../../abi/tcp_constants.ts";

const NOTHING = new Uint8Array(0);

/** One datagram in the receive queue; `packet.data` is at what the program reads. */
export interface Datagram {
  readonly packet: PacketBuffer;
  readonly from: SocketAddress;
  /** Where it was sent to. */
  readonly to: SocketAddress;
  /** Octets charged to the receive buffer. */
  readonly truesize: number;
  /** Drops of the socket when it was queued. */
  readonly drops: number;
  /** Its checksum still has to be verified. */
  unverified: boolean;
  /** It was peeked at, so it has been counted. */
  peeked: boolean;
}

/** A socket that sends and receives datagrams. */
export abstract class DatagramSock extends InetSock {
  protected readonly queue: Datagram[] = [];

  /** Verifies a datagram's checksum before the program sees it. */
  protected checksum_ok(_datagram: Datagram): boolean {
    return true;
  }

  /** A datagram was dropped because its checksum is wrong. */
  protected checksum_failed(_datagram: Datagram): void {}

  /** A datagram is given to the program for the first time. */
  protected delivered(_datagram: Datagram): void {}

  /** Its local address or port changed: whoever finds the socket by them must look again. */
  protected abstract rehash(): void;
  /** Its port is released. */
  protected abstract unhash(): void;

  /** Whether an AF_INET6 socket of this kind can talk to IPv4-mapped addresses. */
  protected get speaks_ipv4_mapped(): boolean {
    return true;
  }

  /** Whether the receive buffer takes one more datagram (`sock_queue_rcv_skb`). */
  protected has_room(): boolean {
    return this.buffers.rmem_alloc < this.buffers.rcvbuf;
  }

  /** Queues a received datagram: 0 or -ENOMEM. */
  enqueue(packet: PacketBuffer, from: SocketAddress, to: SocketAddress, unverified: boolean): number {
    if ((this.sk_shutdown & RCV_SHUTDOWN) !== 0 && this.sock_dead) return -ENOMEM;
    if (!this.has_room()) {
      this.buffers.drops++;
      return -ENOMEM;
    }
    const truesize = SKB_OVERHEAD + ((packet.length + 127) & ~63);
    this.buffers.rmem_alloc += truesize;
    // RFC768-ui-recv, RFC768-ui-empty
    this.queue.push({ packet, from, to, truesize, drops: this.buffers.drops, unverified, peeked: false });
    this.data_ready();
    return 0;
  }

  /** The oldest datagram whose checksum is right; others in front of it are dropped. */
  protected first_packet(): Datagram | undefined {
    for (let first = this.queue[0]; first !== undefined; first = this.queue[0]) {
      if (!first.unverified) return first;
      // RFC1122-4.1.3.4-bad-drop, RFC1122-4.1.3.4-cksum, RFC768-fields-checksum, RFC8200-8.1-pseudo
      if (this.checksum_ok(first)) {
        first.unverified = false;
        return first;
      }
      this.dequeue();
      this.buffers.drops++;
      this.checksum_failed(first);
    }
    return undefined;
  }

  private dequeue(): void {
    const first = this.queue.shift();
    if (first !== undefined) this.buffers.rmem_alloc -= first.truesize;
  }

  /** Octets of the next datagram (`SIOCINQ`). */
  protected next_length(): number {
    return this.first_packet()?.packet.length ?? 0;
  }

  override recvmsg(request: ReceiveRequest): ReceiveOutcome {
    const fail = (result: number): ReceiveOutcome => ({ result, data: NOTHING, flags: 0, control: [] });
    if ((request.flags & MSG_ERRQUEUE) !== 0) return this.error_queue.receive(request.length);
    // A UDP socket passes the flag over.
    if ((request.flags & MSG_OOB) !== 0 && this.protocol !== IPPROTO_UDP) return fail(-EOPNOTSUPP);
    const error = this.sock_error();
    if (error !== 0) return fail(error);
    const first = this.first_packet();
    if (first === undefined) {
      const over = (this.sk_shutdown & RCV_SHUTDOWN) !== 0 && (request.flags & MSG_DONTWAIT) === 0;
      return fail(over ? 0 : -EAGAIN);
    }
    const packet = first.packet;
    const length = packet.length;
    // RFC768-ui-recv
    const copied = Math.min(length, request.length);
    const data = packet.bytes.slice(packet.data, packet.data + copied);
    if (!first.peeked) this.delivered(first);
    first.peeked = true;
    if ((request.flags & MSG_PEEK) === 0) this.dequeue();
    return {
      result: (request.flags & MSG_TRUNC) !== 0 ? length : copied,
      data,
      flags: copied < length ? MSG_TRUNC : 0,
      from: this.user_sockaddr(first.from),
      control: receive_control(this, packet, first.to.address, first.to.port, first.drops),
    };
  }

  /** A peer address as programs see it: mapped on an AF_INET6 socket. */
  private user_sockaddr(address: SocketAddress): SocketAddress {
    if (this.family !== AF_INET6) return address;
    return { ...address, address: address.address.toV4Mapped() };
  }

  override poll(): number {
    let mask = 0;
    if (this.sk_err !== 0 || !this.error_queue.empty) mask |= POLLERR | (this.so.select_err_queue ? POLLPRI : 0);
    if ((this.sk_shutdown & RCV_SHUTDOWN) !== 0) mask |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.sk_shutdown === SHUTDOWN_MASK) mask |= POLLHUP;
    if (this.first_packet() !== undefined) mask |= POLLIN | POLLRDNORM;
    if (this.buffers.wmem_alloc < this.buffers.sndbuf) mask |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return mask;
  }

  /** -ENOTCONN on an unconnected socket, though the shutdown is done (`inet_shutdown`). */
  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL;
    this.sk_shutdown |= how + 1;
    this.state_change();
    return this.sk_state === TCP_CLOSE ? -ENOTCONN : 0;
  }

  override close(): void {
    if (this.sock_dead) return;
    this.sock_dead = true;
    this.sk_shutdown = SHUTDOWN_MASK;
    this.unhash();
    this.queue.length = 0;
    this.buffers.rmem_alloc = 0;
    this.error_queue.purge();
    leave_all_groups(this);
    this.state_change();
  }

  // Connecting.

  override connect(address: SocketAddress | undefined): number {
    if (address === undefined) return this.disconnect();
    const bound = this.autobind();
    if (bound < 0) return bound;
    this.sk_dst_reset();
    const wanted = this.check_family(this.resolve_any(address.address), address.scope_id ?? 0);
    if (typeof wanted === "number") return wanted;
    if (this.family === AF_INET6) this.select_af_ops(wanted);
    const route = routeDatagram(this, wanted, {});
    if (typeof route === "number") {
      this.select_af_ops(this.rcv_saddr);
      return route;
    }
    // A source chosen earlier stays, even one of the other family.
    const source = this.saddr.isUnspecified ? route.source : this.saddr;
    this.saddr = source;
    const before = this.rcv_saddr;
    if (before.isUnspecified) this.rcv_saddr = source;
    this.daddr = wanted.isUnspecified ? route.destination : wanted;
    this.dport = address.port;
    this.flow_label = address.flowinfo ?? 0;
    this.scope_id = address.scope_id ?? 0;
    this.sk_state = TCP_ESTABLISHED;
    this.routes.output = route;
    if (before !== this.rcv_saddr) this.rehash();
    return 0;
  }

  /** `__udp_disconnect`: back to unconnected; an address or port that the program did not choose is given up. */
  private disconnect(): number {
    this.sk_state = TCP_CLOSE;
    const any = this.family === AF_INET6 ? IpAddress.ANY6 : IpAddress.ANY4;
    this.daddr = any;
    this.dport = 0;
    this.sk_bound_dev_if = 0;
    if ((this.sk_userlocks & SOCK_BINDADDR_LOCK) === 0) {
      this.rcv_saddr = any;
      this.saddr = any;
      this.rehash();
    }
    if ((this.sk_userlocks & SOCK_BINDPORT_LOCK) === 0 && this.num !== 0 && this.ports !== undefined) {
      this.unhash();
      this.num = 0;
    }
    this.select_af_ops(this.rcv_saddr);
    this.sk_dst_reset();
    return 0;
  }

  // Sending.

  /** `::` means the loopback address to senders, of the family that the socket is bound to; 0.0.0.0 is left to the route. */
  protected resolve_any(address: IpAddress): IpAddress {
    const wire = this.wire_address(address);
    if (wire.family === 4 || !wire.isUnspecified) return wire;
    return this.saddr.family === 4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6;
  }

  /** An address as on the wire if the socket may talk to it, or `-errno`. */
  private check_family(wanted: IpAddress, scope_id: number): IpAddress | number {
    if (this.family !== AF_INET6) return wanted.family === 4 ? wanted : -EAFNOSUPPORT;
    if (wanted.family === 4) return this.inet6.v6only || !this.speaks_ipv4_mapped ? -ENETUNREACH : wanted;
    if (this.saddr.family === 4 || this.rcv_saddr.family === 4) return -EAFNOSUPPORT;
    if (wanted.isLinkLocal && scope_id === 0 && this.sk_bound_dev_if === 0) return -EINVAL;
    if (scope_id !== 0 && wanted.isLinkLocal) {
      if (this.sk_bound_dev_if !== 0 && this.sk_bound_dev_if !== scope_id) return -EINVAL;
      this.scope_id = scope_id;
    }
    return wanted;
  }

  /** Route, source and destination of one datagram; without `to` the connected peer's. Errors are `-errno`. */
  protected destination(to: SocketAddress | undefined, control: SendControl, simple: boolean): Destination | number {
    const checked = to === undefined ? this.daddr : this.check_family(this.resolve_any(to.address), to.scope_id ?? 0);
    if (typeof checked === "number") return checked;
    const connected = to === undefined && simple && !checked.isMulticast && control.onlink !== true;
    const cached = connected ? this.sk_dst_check() : undefined;
    const route = cached ?? routeDatagram(this, checked, control);
    if (typeof route === "number") return route;
    if (connected) this.routes.output = route;
    const own = this.saddr.family === checked.family && !this.saddr.isUnspecified ? this.saddr : undefined;
    return {
      operations: this.operations_for(checked.family),
      route,
      source: control.source ?? own ?? route.source,
      address: checked.isUnspecified ? route.destination : checked,
      port: to?.port ?? this.dport,
      control,
    };
  }

  /** What every send asks first: -EPIPE is the caller's; a pending error is returned and cleared. */
  protected send_blocked(): number {
    const error = this.sock_error();
    if (error !== 0) return error;
    return (this.sk_shutdown & SEND_SHUTDOWN) !== 0 ? SEND_SHUTDOWN : 0;
  }

  /** Gives a datagram, transport header and all, to IP: 0 or `-errno`. */
  protected transmit(packet: PacketBuffer, destination: Destination): number {
    return transmitDatagram(this, packet, destination);
  }

  /**
   * Whether `length` octets behind the IP header may be sent in one datagram, fragmented if the mode allows: 0 or
   * -EMSGSIZE, which IP_RECVERR also puts into the error queue.
   */
  protected check_size(destination: Destination, length: number): number {
    const least = refusedBy(this, destination, length);
    if (least === undefined) return 0;
    this.local_error(EMSGSIZE, destination.address, destination.port, least);
    return -EMSGSIZE;
  }

  /** `ip_local_error`: tells the program through the error queue if it asked for that. */
  protected local_error(errno: number, address: IpAddress, port: number, info: number): void {
    if (!this.operations_for(address.family).options(this).recverr) return;
    this.error_queue.queue({
      ee_errno: errno,
      ee_origin: SO_EE_ORIGIN_LOCAL,
      ee_type: 0,
      ee_code: 0,
      ee_info: info,
      ee_data: 0,
      destination: { address, port },
      payload: NOTHING,
    });
  }

  // ICMP errors.

  /**
   * An ICMP error about a datagram of this socket. `errno` and `hard` as the transport decided; `payload` is what is
   * quoted of the datagram's data, `destination` where it went.
   */
  icmp_error(error: IcmpError, errno: number, hard: boolean, destination: SocketAddress, payload: Uint8Array): void {
    if (!this.operations_for(error.family).options(this).recverr) {
      if (!hard || this.sk_state !== TCP_ESTABLISHED) return;
    } else {
      this.error_queue.queue({
        ee_errno: errno,
        ee_origin: error.family === 4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
        ee_type: error.type,
        ee_code: error.code,
        ee_info: error.info,
        ee_data: 0,
        offender: error.offender,
        destination,
        payload: payload.slice(),
      });
    }
    this.sk_err = errno;
    this.error_report();
  }
}
