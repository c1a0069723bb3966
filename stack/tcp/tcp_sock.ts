/**
 * The TCP socket as the socket layer sees it.
 *
 * @module
 */
import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  SOCK_STREAM,
  SOF_TIMESTAMPING_OPT_ID_TCP,
} from "../../abi/socket_constants.ts";
import { SIOCATMARK, SIOCINQ, SIOCOUTQ, SIOCOUTQNSD } from "../../abi/ioctl_constants.ts";
import { ENOTTY as ENOIOCTLCMD } from "../../abi/errno.ts";
import {
  EADDRINUSE,
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENETUNREACH,
  ENOTCONN,
} from "../../abi/errno.ts";
import type { BindTable } from "../inet/ports.ts";
import type { ReceiveOutcome, ReceiveRequest, SendMessage, SocketAddress } from "../inet/sock.ts";
import {
  TCP_CLOSE,
  TCP_CLOSE_WAIT,
  TCP_CLOSING,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT1,
  TCP_LAST_ACK,
  TCP_LISTEN,
  TCP_SYN_RECV,
  TCP_SYN_SENT,
} from "../../abi/tcp_constants.ts";
import type { Timer } from "../timers.ts";
import { tcp_close, tcp_disconnect, tcp_shutdown_send } from "./close.ts";
import { congestion_by_name } from "./congestion/registry.ts";
import { tcp_v4_connect } from "./connect.ts";
import { RCV_SHUTDOWN, SEND_SHUTDOWN, TCP_MSS_DEFAULT, TCP_TIMEOUT_INIT } from "./constants.ts";
import { TFO } from "./fastopen.ts";
import { tcp_getsockopt, tcp_setsockopt } from "./options_api.ts";
import { tcp_poll } from "./poll.ts";
import { tcp_inq, tcp_recvmsg } from "./recvmsg.ts";
import { tcp_sendmsg } from "./sendmsg.ts";
import { sk_stream_write_space } from "./space.ts";
import { TcpSock } from "./state.ts";
import type { Tcp } from "./tcp.ts";
import { tcp_set_state } from "./tcp_state.ts";
import { tcp_set_keepalive } from "./timers.ts";

/** A TCP socket. */
export class TcpSocket extends TcpSock {
  readonly tcp: Tcp;
  override readonly ports: BindTable;
  /** How far `connect` came: `SS_UNCONNECTED`, `SS_CONNECTING`, `SS_CONNECTED`. */
  private ss_state: "unconnected" | "connecting" | "connected" = "unconnected";
  private linger_timer: Timer | undefined = undefined;

  /** A closed socket (`tcp_v4_init_sock`). */
  constructor(tcp: Tcp, family: number) {
    super(tcp.context, family, SOCK_STREAM, IPPROTO_TCP);
    this.tcp = tcp;
    this.ports = tcp.bind_table;
    const { sysctl } = tcp;
    this.icsk_rto = TCP_TIMEOUT_INIT;
    this.icsk_rto_min = sysctl.rto_min_us.value;
    this.icsk_rto_max = sysctl.rto_max_ms.value * 1000;
    this.mss_cache = TCP_MSS_DEFAULT;
    this.reordering = sysctl.reordering.value;
    this.sk_sndbuf = sysctl.wmem.vector[1] ?? 16384;
    this.sk_rcvbuf = sysctl.rmem.vector[1] ?? 131072;
    this.icsk_ca = congestion_by_name(sysctl.congestion_control.text) ?? congestion_by_name("cubic")!;
  }

  /** Takes a listener's options (`sk_clone_lock`, `inet_sk_copy`). */
  inherit(listener: TcpSock): void {
    Object.assign(this.so, listener.so);
    Object.assign(this.inet, listener.inet);
    Object.assign(this.inet6, listener.inet6);
    this.sk_sndbuf = listener.sk_sndbuf;
    this.sk_rcvbuf = listener.sk_rcvbuf;
    this.sk_userlocks = listener.sk_userlocks & 3;
    this.scaling_ratio = listener.scaling_ratio;
    this.nonagle = listener.nonagle;
    this.rx_opt.user_mss = listener.rx_opt.user_mss;
    this.keepalive_time = listener.keepalive_time;
    this.keepalive_intvl = listener.keepalive_intvl;
    this.keepalive_probes = listener.keepalive_probes;
    this.icsk_syn_retries = listener.icsk_syn_retries;
    this.icsk_user_timeout = listener.icsk_user_timeout;
    this.icsk_rto_min = listener.icsk_rto_min;
    this.icsk_rto_max = listener.icsk_rto_max;
    this.icsk_delack_max = listener.icsk_delack_max;
    this.linger2 = listener.linger2;
    this.notsent_lowat = listener.notsent_lowat;
    this.recvmsg_inq = listener.recvmsg_inq;
    this.thin_lto = listener.thin_lto;
    this.icsk_ack.pingpong = listener.icsk_ack.pingpong;
    this.sk_max_pacing_rate = listener.sk_max_pacing_rate;
    this.sk_pacing_rate = listener.sk_pacing_rate;
    this.pacing_needed = listener.pacing_needed;
    this.icsk_ca_setsockopt = listener.icsk_ca_setsockopt;
    if (listener.icsk_ca !== undefined) this.icsk_ca = congestion_by_name(listener.icsk_ca.name) ?? this.icsk_ca;
    this.ss_state = "connected";
  }

  override connect(address: SocketAddress | undefined): number {
    return this.inside(() => this.do_connect(address));
  }

  private do_connect(address: SocketAddress | undefined): number {
    if (address === undefined) {
      tcp_disconnect(this);
      this.sk_err = 0;
      this.ss_state = "unconnected";
      return 0;
    }
    if (this.ss_state === "connected") return -EISCONN;
    if (this.ss_state === "unconnected") {
      if (this.sk_state !== TCP_CLOSE) return -EISCONN;
      const error = this.begin_connect(address);
      if (error < 0) return error;
      this.ss_state = "connecting";
      if (this.defer_connect) return 0;
      if (this.in_handshake) return -EINPROGRESS;
    } else if (this.defer_connect) return -EISCONN;
    else if (this.in_handshake) return -EALREADY;
    if (this.sk_state === TCP_CLOSE) {
      const error = this.sock_error() || -ECONNABORTED;
      this.ss_state = "unconnected";
      tcp_disconnect(this);
      this.sk_err = 0;
      return error;
    }
    this.ss_state = "connected";
    return 0;
  }

  private begin_connect(address: SocketAddress): number {
    let wanted = this.wire_address(address.address);
    if (this.family === AF_INET6 && address.address.family === 4) return -EAFNOSUPPORT;
    if (this.family === AF_INET && wanted.family === 6) return -EAFNOSUPPORT;
    // Any address means this host.
    if (wanted.isUnspecified) wanted = this.tcp.loopback(wanted.family);
    if (this.family === AF_INET6 && wanted.family === 6) {
      if (wanted.isMulticast) return -ENETUNREACH;
      if (wanted.isLinkLocal) {
        const scope = address.scope_id ?? 0;
        if (scope !== 0) {
          if (this.sk_bound_dev_if !== 0 && this.sk_bound_dev_if !== scope) return -EINVAL;
          this.sk_bound_dev_if = scope;
        }
        if (this.sk_bound_dev_if === 0) return -EINVAL;
      }
    }
    if (wanted.family === 4 && this.family === AF_INET6 && this.ipv6only) return -ENETUNREACH;
    return tcp_v4_connect(this, { ...address, address: wanted });
  }

  override listen(backlog: number): number {
    if (this.sk_state !== TCP_CLOSE && this.sk_state !== TCP_LISTEN) return -EINVAL;
    if (this.ss_state !== "unconnected") return -EINVAL;
    const somaxconn = this.tcp.sysctl.somaxconn.value;
    this.sk_max_ack_backlog = Math.min(backlog >>> 0, somaxconn);
    if (this.sk_state === TCP_LISTEN) return 0;
    const fastopen = this.tcp.sysctl.fastopen.value;
    if (fastopen & TFO.SERVER_WO_SOCKOPT1 && fastopen & TFO.SERVER_ENABLE && this.fastopen_max_qlen === 0) {
      this.fastopen_max_qlen = Math.min(backlog >>> 0, somaxconn);
    }
    tcp_set_state(this, TCP_LISTEN);
    if (this.ports.get_port(this, this.num) < 0) {
      tcp_set_state(this, TCP_CLOSE);
      return -EADDRINUSE;
    }
    this.sk_dst_reset();
    this.tcp.listeners.add(this);
    return 0;
  }

  override accept(): TcpSock | number {
    if (this.sk_state !== TCP_LISTEN) return -EINVAL;
    const child = this.accept_queue.shift();
    if (child === undefined) return -EAGAIN;
    child.listener = undefined;
    return child;
  }

  override sendmsg(message: SendMessage): number {
    return this.inside(() => tcp_sendmsg(this, message));
  }

  override recvmsg(request: ReceiveRequest): ReceiveOutcome {
    return this.inside(() => tcp_recvmsg(this, request));
  }

  /** Reads for `splice`, which stops in front of urgent data. */
  splice_read(length: number): ReceiveOutcome {
    return this.inside(() => tcp_recvmsg(this, { length, flags: 0 }, true));
  }

  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL;
    return this.inside(() => this.do_shutdown(how + 1));
  }

  private do_shutdown(mask: number): number {
    let result = 0;
    if (this.ss_state === "connecting") {
      if (this.sk_state === TCP_SYN_SENT || this.sk_state === TCP_SYN_RECV || this.sk_state === TCP_CLOSE) {
        this.ss_state = "connecting";
      } else this.ss_state = "connected";
    }
    switch (this.sk_state) {
      case TCP_CLOSE:
        result = -ENOTCONN;
        this.shutdown_flags(mask);
        break;
      case TCP_LISTEN:
        if (!(mask & RCV_SHUTDOWN)) break;
        tcp_disconnect(this);
        this.sk_err = 0;
        this.ss_state = "unconnected";
        break;
      case TCP_SYN_SENT:
        tcp_disconnect(this);
        this.ss_state = "unconnected";
        break;
      default:
        this.shutdown_flags(mask);
    }
    this.state_change();
    return result;
  }

  private shutdown_flags(mask: number): void {
    this.sk_shutdown |= mask;
    if (mask & SEND_SHUTDOWN) tcp_shutdown_send(this);
  }

  override close(): void {
    this.inside(() => {
      const seconds = this.so.lingertime_s;
      const lingers = this.so.linger && seconds > 0;
      tcp_close(this);
      if (!lingers || !this.closing) return;
      this.linger_timer = this.net.timers.create("tcp linger", () => this.wait.wake());
      this.linger_timer.arm(this.net.now + Math.min(seconds, 1e9) * 1e6);
    });
  }

  private get closing(): boolean {
    return this.sk_state === TCP_FIN_WAIT1 || this.sk_state === TCP_CLOSING || this.sk_state === TCP_LAST_ACK;
  }

  override closePending(): boolean {
    if (this.linger_timer === undefined) return false;
    if (this.closing && this.linger_timer.pending) return true;
    this.linger_timer.cancel();
    this.linger_timer = undefined;
    return false;
  }

  override poll(): number {
    return tcp_poll(this);
  }

  protected override protocol_setsockopt(level: number, name: number, value: Uint8Array): number {
    return this.inside(() => tcp_setsockopt(this, level, name, value));
  }

  protected override protocol_getsockopt(level: number, name: number, length: number): Uint8Array | number {
    return tcp_getsockopt(this, level, name, length);
  }

  private get in_handshake(): boolean {
    return this.sk_state === TCP_SYN_SENT || this.sk_state === TCP_SYN_RECV;
  }

  override ioctl(command: number): { readonly value: number } | number {
    const handshake = this.in_handshake;
    switch (command) {
      case SIOCINQ:
        return this.sk_state === TCP_LISTEN ? -EINVAL : { value: tcp_inq(this) };
      case SIOCATMARK:
        return { value: Number(this.urg_data !== 0 && this.urg_seq === this.copied_seq) };
      case SIOCOUTQ:
        if (this.sk_state === TCP_LISTEN) return -EINVAL;
        return { value: handshake ? 0 : (this.write_seq - this.snd_una) >>> 0 };
      case SIOCOUTQNSD:
        if (this.sk_state === TCP_LISTEN) return -EINVAL;
        return { value: handshake ? 0 : (this.write_seq - this.snd_nxt) >>> 0 };
      default:
        return -ENOIOCTLCMD;
    }
  }

  override keepalive_changed(on: boolean): void {
    tcp_set_keepalive(this, on);
  }

  override write_space(): void {
    sk_stream_write_space(this);
  }

  override set_rcvlowat(value: number): number {
    const cap = this.sk_userlocks & 2 ? this.sk_rcvbuf >> 1 : this.tcp.sysctl.rmem.vector[2]! >> 1;
    this.so.rcvlowat = Math.min(value, cap) || 1;
    this.wait.wake();
    return 0;
  }

  /** With OPT_ID the key counts octets: from the last unacknowledged, or with OPT_ID_TCP from what was written. */
  override timestamping_key(flags: number): number {
    if (this.sk_state === TCP_CLOSE || this.sk_state === TCP_LISTEN) return -EINVAL;
    return flags & SOF_TIMESTAMPING_OPT_ID_TCP ? this.write_seq : this.snd_una;
  }

  override pacing_changed(): void {
    this.sk_max_pacing_rate = this.so.max_pacing_rate;
    if (this.sk_max_pacing_rate !== Infinity) this.pacing_needed = true;
    this.sk_pacing_rate = Math.min(this.sk_pacing_rate, this.sk_max_pacing_rate);
  }

  /** Whether it is an established or half-closed connection. */
  get established(): boolean {
    return this.sk_state === TCP_ESTABLISHED || this.sk_state === TCP_CLOSE_WAIT;
  }

  /** Runs a call; packets that it causes to come back wait until it is over. */
  private inside<T>(call: () => T): T {
    this.tcp.enter();
    try {
      return call();
    } finally {
      this.tcp.leave();
    }
  }
}
