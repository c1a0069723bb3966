/**
 * What TCP, UDP, raw and ping sockets share, after Linux's `struct sock`, `struct inet_sock` and `struct ipv6_pinfo`.
 *
 * Addresses are kept as they are on the wire: on an AF_INET6 socket that talks IPv4, {@link InetSock.daddr} is an IPv4
 * address, and only what programs see is IPv4-mapped.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { Family, Ip, IpSendOptions, PmtuDiscovery, Route } from "../ip/interface.ts";
import type { Net } from "../net.ts";
import { IpAddress } from "../wire/address.ts";
import { type AfOperations, FAMILY_TABLES, type FamilySocket, type FamilyTables, operationsFor } from "./af_ops.ts";
import { AF_INET, AF_INET6, SOL_IP, SOL_IPV6, SOL_SOCKET } from "../../abi/socket_constants.ts";
import {
  POLLERR,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from "../../abi/file_constants.ts";
import { EAGAIN, ENOTCONN, ENOTTY, EOPNOTSUPP } from "../../abi/errno.ts";
import { ErrorQueue } from "./error_queue.ts";
import { type FamilyOptions, InetOptions, Ipv6Options } from "./options.ts";
import type { BindTable } from "./ports.ts";
import type { ReceiveOutcome, ReceiveRequest, SendMessage, Sock, SocketAddress } from "./sock.ts";
import type { LevelSocket } from "./level_socket.ts";
import { type BindSocket, bindSocket } from "./bind.ts";
import { SocketRoutes } from "./socket_routes.ts";
import { SocketBuffers } from "./socket_buffers.ts";
import { SOCKET_LEVEL } from "./socket_level.ts";
import { SocketOptions } from "./sock_options.ts";
import { TCP_CLOSE, TCP_LISTEN, TCP_SYN_SENT } from "../../abi/tcp_constants.ts";
import { WaitQueue } from "./wait_queue.ts";

/** `sk_shutdown` bit: no more receiving. */
export const RCV_SHUTDOWN = 1;
/** `sk_shutdown` bit: no more sending. */
export const SEND_SHUTDOWN = 2;
/** Both directions shut down. */
export const SHUTDOWN_MASK = 3;
/** What a packet's buffer costs beside its octets, as `SKB_TRUESIZE(0)` on x86-64. */
export const SKB_OVERHEAD = 576;

/** What one stack gives to each of its sockets. */
export interface SockContext {
  readonly net: Net;
  readonly ip: Ip;
}

let cookies = 0;

/** The generic half of every internet socket. Transports extend it. */
export abstract class InetSock implements Sock, LevelSocket, FamilySocket, BindSocket {
  readonly net: Net;
  readonly ip: Ip;
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
  readonly wait: WaitQueue = new WaitQueue();
  /** `SO_COOKIE`. */
  readonly cookie: number = ++cookies;

  /** State by TCP's numbers (`TCP_*`); datagram sockets use TCP_CLOSE and TCP_ESTABLISHED as Linux does. */
  sk_state: number = TCP_CLOSE;
  /** Address bound to (`inet_rcv_saddr`); unspecified for any. */
  rcv_saddr: IpAddress;
  /** Source address of what is sent (`inet_saddr`); unspecified lets the route choose. */
  saddr: IpAddress;
  /** Peer address, unspecified while not connected. */
  daddr: IpAddress;
  /** Local port (`inet_num`), 0 while not bound. */
  num = 0;
  /** Peer port, 0 while not connected. */
  dport = 0;
  /** Interface bound to, 0 for any. */
  sk_bound_dev_if = 0;
  /** IPv6 flow label and traffic class given by the program in `connect`. */
  flow_label = 0;
  /** Scope of a link-local peer address. */
  scope_id = 0;

  /** Pending error, positive errno; the next call returns and clears it. */
  sk_err = 0;
  /** Error that does not break the socket yet, positive errno. */
  sk_err_soft = 0;
  /** {@link RCV_SHUTDOWN} and {@link SEND_SHUTDOWN}. */
  sk_shutdown = 0;
  /** Sizes of its buffers, and what is in them. */
  readonly buffers: SocketBuffers;
  /** `SOCK_*_LOCK` bits. */
  sk_userlocks = 0;
  /** Whether the program has closed it. */
  sock_dead = false;
  /** Counter of `SOF_TIMESTAMPING_OPT_ID`. */
  sk_tskey = 0;

  /** SOL_SOCKET options. */
  readonly so: SocketOptions = new SocketOptions();
  /** SOL_IP options. */
  readonly inet: InetOptions = new InetOptions();
  /** SOL_IPV6 options. */
  readonly inet6: Ipv6Options = new Ipv6Options();
  readonly error_queue: ErrorQueue;

  /** The operations of the family on the wire (`icsk_af_ops`). */
  af_ops: AfOperations;
  /** What it remembers of the way to its peer. */
  readonly routes: SocketRoutes = new SocketRoutes();

  /** A socket of `family` (AF_INET or AF_INET6) in state CLOSE. */
  constructor(context: SockContext, family: number, type: number, protocol: number) {
    this.net = context.net;
    this.ip = context.ip;
    this.family = family;
    this.type = type;
    this.protocol = protocol;
    const any = family === AF_INET6 ? IpAddress.ANY6 : IpAddress.ANY4;
    this.rcv_saddr = any;
    this.saddr = any;
    this.daddr = any;
    this.af_ops = this.operations_for(family === AF_INET6 ? 6 : 4);
    const { sysctl } = this.net;
    this.buffers = new SocketBuffers(
      sysctl.getNumber("net.core.wmem_default"),
      sysctl.getNumber("net.core.rmem_default"),
    );
    // A wildcard AF_INET6 socket does not take IPv4 groups that others joined.
    this.inet.mc_all = family !== AF_INET6;
    this.inet6.v6only = family === AF_INET6 && this.net.sysctl.getNumber("net.ipv6.bindv6only") !== 0;
    this.inet.pmtudisc = (this.net.sysctl.getNumber("net.ipv4.ip_no_pmtu_disc") !== 0 ? 0 : 1) as PmtuDiscovery;
    this.error_queue = new ErrorQueue(this);
  }

  // What transports implement.

  /** The table of local ports that the socket is bound in; undefined for sockets without ports. */
  abstract readonly ports: BindTable | undefined;
  abstract connect(address: SocketAddress | undefined): number;
  abstract sendmsg(message: SendMessage): number;
  abstract recvmsg(request: ReceiveRequest): ReceiveOutcome;
  abstract shutdown(how: number): number;
  abstract close(): void;
  abstract poll(): number;
  /** Options of the transport's own level. -ENOPROTOOPT for what it does not know. */
  protected abstract protocol_setsockopt(level: number, name: number, value: Uint8Array): number;
  /** As {@link protocol_setsockopt}; `length` may be negative: -EINVAL for an option that is known. */
  protected abstract protocol_getsockopt(level: number, name: number, length: number): Uint8Array | number;

  /** Only stream sockets listen. */
  listen(_backlog: number): number {
    return -EOPNOTSUPP;
  }

  /** Only stream sockets accept. */
  accept(): Sock | number {
    return -EOPNOTSUPP;
  }

  /** Nothing to wait for unless a transport says so. */
  closePending(): boolean {
    return false;
  }

  /** Unknown to every transport unless overridden. */
  ioctl(_command: number): { readonly value: number } | number {
    return -ENOTTY;
  }

  // Hooks that options call.

  /** `sk_prot->keepalive`. */
  keepalive_changed(_on: boolean): void {}

  /** `sk_prot->set_rcvlowat`; the value is already checked. */
  set_rcvlowat(value: number): number {
    this.so.rcvlowat = value || 1;
    return 0;
  }

  /** `sk_write_space`: there is room in the send buffer again. Transports with a threshold override it. */
  write_space(): void {
    this.wait.wake(POLLOUT | POLLWRNORM | POLLWRBAND);
  }

  /** First value of the timestamp counter when `SOF_TIMESTAMPING_OPT_ID` is turned on, or `-errno`; streams count octets. */
  timestamping_key(_flags: number): number {
    return 0;
  }

  /** Called when an option changed the pacing cap. */
  pacing_changed(): void {}

  // Errors and wake-ups.

  /** `sk_error_report`. */
  error_report(): void {
    this.wait.wake(POLLERR);
  }

  /** `sk_data_ready`. */
  data_ready(): void {
    this.wait.wake(POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND);
  }

  /** `sk_state_change`: anything may have changed. */
  state_change(): void {
    this.wait.wake();
  }

  /** Takes the pending error: 0 or `-errno` (`sock_error`). */
  sock_error(): number {
    const error = this.sk_err;
    this.sk_err = 0;
    return -error;
  }

  // Addresses.

  /** IP version spoken on the wire. */
  get wire_family(): Family {
    return this.af_ops.family;
  }

  /** Whether packets of IP version `family` may reach this socket. */
  accepts_family(family: Family): boolean {
    if (this.family === AF_INET) return family === 4;
    if (this.rcv_saddr.family === 4) return family === 4;
    if (!this.rcv_saddr.isUnspecified) return family === 6;
    return family === 6 || !this.inet6.v6only;
  }

  /** Whether IPV6_V6ONLY is in force. */
  get ipv6only(): boolean {
    return this.family === AF_INET6 && this.inet6.v6only;
  }

  /** The tables that sockets of this kind go by. A transport that has more operations has tables of its own. */
  protected get family_tables(): FamilyTables {
    return FAMILY_TABLES;
  }

  /** The operations for packets of IP version `family`. */
  operations_for(family: Family): AfOperations {
    return operationsFor(this.family_tables, this.family, family);
  }

  /** Chooses the operations for a peer or local address: those for mapped ones, and back. */
  select_af_ops(address: IpAddress): void {
    this.af_ops = this.operations_for(address.unmapped().family);
  }

  /** An address as the program gave it, as it is on the wire: a mapped one becomes IPv4. */
  wire_address(address: IpAddress): IpAddress {
    return this.family === AF_INET6 ? address.unmapped() : address;
  }

  /** An address as programs of this socket see it. */
  user_address(address: IpAddress): IpAddress {
    if (this.family !== AF_INET6 || address.family === 6) return address;
    return address.isUnspecified && this.rcv_saddr.family === 6 ? IpAddress.ANY6 : address.toV4Mapped();
  }

  getsockname(): SocketAddress {
    const address = this.rcv_saddr.isUnspecified ? this.saddr : this.rcv_saddr;
    return {
      address: this.user_address(address),
      port: this.num,
      flowinfo: 0,
      scope_id: address.isLinkLocal && address.family === 6 ? this.sk_bound_dev_if : 0,
    };
  }

  /** -ENOTCONN while there is no peer (`inet_getname`). */
  getpeername(): SocketAddress | number {
    if (this.dport === 0 || this.sk_state === TCP_CLOSE || this.sk_state === TCP_SYN_SENT) return -ENOTCONN;
    return this.peer_address();
  }

  /** The peer that `accept` names: also one that is gone already. */
  peer_address(): SocketAddress {
    return {
      address: this.user_address(this.daddr),
      port: this.dport,
      flowinfo: this.flow_label,
      scope_id: this.daddr.isLinkLocal && this.daddr.family === 6 ? this.scope_id || this.sk_bound_dev_if : 0,
    };
  }

  // Binding.

  /** EINVAL when bound, EADDRNOTAVAIL, EADDRINUSE, EACCES. */
  bind(address: SocketAddress): number {
    return bindSocket(this, address);
  }

  /** Takes an ephemeral port when there is none yet (`inet_autobind`): 0 or -EAGAIN. */
  autobind(): number {
    if (this.num !== 0 || this.ports === undefined) return 0;
    return this.ports.get_port(this, 0) < 0 ? -EAGAIN : 0;
  }

  // Routes.

  /** Forgets the cached destination. */
  sk_dst_reset(): void {
    this.routes.output = undefined;
  }

  /** The cached destination if it may still be used. */
  sk_dst_check(): Route | undefined {
    return this.routes.check();
  }

  /** The cached destination, or a fresh lookup for the connected peer (`inet_sk_rebuild_header`). A number is `-errno`. */
  route(): Route | number {
    return this.sk_dst_check() ?? this.af_ops.rebuild_header(this);
  }

  /** The peer was heard to receive, and so who is next on the way to it (RFC 4861 section 7.3.1). */
  confirm_neighbour(): void {
    if (this.routes.output !== undefined) this.ip.confirm_neighbour(this.routes.output);
  }

  /** Its options about packets of the family on the wire. */
  get family_options(): FamilyOptions {
    return this.af_ops.options(this);
  }

  /** The TOS octet (IPv4) or traffic class (IPv6) of what is sent, ECN bits included. */
  get tos(): number {
    return this.family_options.tos;
  }

  /** TTL or hop limit set by the program for unicast, 0 for the route's default. */
  get unicast_ttl(): number {
    // RFC9293-MUST-49
    return Math.max(this.family_options.uc_ttl, 0);
  }

  /** Path MTU discovery mode in force. */
  get pmtudisc(): PmtuDiscovery {
    return this.family_options.pmtudisc;
  }

  /** Whether IP_RECVERR or IPV6_RECVERR is on for the family on the wire. */
  get recverr(): boolean {
    return this.family_options.recverr;
  }

  /** How packets of the connected socket are sent; transports add what is theirs. */
  send_options(): IpSendOptions {
    return {
      source: this.saddr,
      destination: this.daddr,
      protocol: this.protocol,
      tos: this.tos,
      ttl: this.unicast_ttl,
      pmtudisc: this.pmtudisc,
      flowlabel: this.flow_label & 0xfffff,
      options: this.family_options.options,
    };
  }

  /** Marks a packet as this socket's before it is sent. */
  protected stamp(packet: PacketBuffer): void {
    packet.priority = this.so.priority;
    packet.mark = this.so.mark;
  }

  // Options.

  setsockopt(level: number, name: number, value: Uint8Array): number {
    if (level === SOL_SOCKET) return SOCKET_LEVEL.setOption(this, name, value);
    if (level === SOL_IP || level === SOL_IPV6) return this.af_ops.setsockopt(this, level, name, value);
    return this.protocol_setsockopt(level, name, value);
  }

  getsockopt(level: number, name: number, length: number): Uint8Array | number {
    if (level === SOL_SOCKET) return SOCKET_LEVEL.getOption(this, name, length);
    if (level === SOL_IP || level === SOL_IPV6) return this.af_ops.getsockopt(this, level, name, length);
    return this.protocol_getsockopt(level, name, length);
  }

  sockaddr(address: SocketAddress): Uint8Array {
    return this.af_ops.addr2sockaddr(address);
  }

  /** `SO_RCVTIMEO`, µs; 0 for none, negative for "do not wait". */
  get rcvtimeo_us(): number {
    return this.so.rcvtimeo_us;
  }

  /** `SO_SNDTIMEO`, µs; 0 for none, negative for "do not wait". */
  get sndtimeo_us(): number {
    return this.so.sndtimeo_us;
  }

  /** Whether it listens. */
  get listening(): boolean {
    return this.sk_state === TCP_LISTEN;
  }

  /** Stack time `us` as µs since the epoch. */
  realtime(us: number): number {
    return this.net.realtime_offset_us + us;
  }
}
