/**
 * TCP of one stack: where packets and ICMP errors come in, the tables they are looked up in, and what is shared by all
 * connections.
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { EADDRNOTAVAIL } from "../../abi/errno.ts";
import type { SockContext } from "../inet/inet_sock.ts";
import { BindTable, tcp_bind_conflict } from "../inet/ports.ts";
import { TCP_CLOSE, TCP_ESTABLISHED, TCP_LISTEN, TCP_SYN_RECV } from "../../abi/tcp_constants.ts";
import { POLLIN, POLLRDNORM } from "../../abi/file_constants.ts";
import type { IcmpError, InetProtocol, Ip, Route } from "../ip/interface.ts";
import { Counter } from "../mib.ts";
import type { Net } from "../net.ts";
import { IpAddress } from "../wire/address.ts";
import { pseudoHeaderSum4, pseudoHeaderSum6 } from "../wire/checksum.ts";
import { check, destinationPort, headerLength, sourcePort, verifyChecksum } from "../wire/tcp.ts";
import { parseInto } from "../wire/tcp_options.ts";
import { __tcp_oow_rate_limited } from "./challenge.ts";
import { congestion_by_name, congestion_names } from "./congestion/registry.ts";
import { TCPHDR_ACK, TCPHDR_RST } from "./constants.ts";
import { type BareSegment, tcp_send_bare } from "./bare.ts";
import { Ehash, type EhashEntry } from "./ehash.ts";
import { tcp_v4_err } from "./error.ts";
import { fastopen_context, type FastopenContext, parse_fastopen_key } from "./fastopen_cookie.ts";
import { tcp_rcv_established, tcp_rcv_state_process } from "./input.ts";
import { SequenceSecrets } from "./isn.ts";
import { ListenTable } from "./listen_table.ts";
import { tcp_inbound_md5_hash } from "./md5.ts";
import { TcpMetrics } from "./metrics.ts";
import { tcp_pacing_timer_handler } from "./pacing.ts";
import { reqsk_queue_drop, tcp_check_req, tcp_v4_cookie_check } from "./request.ts";
import { RequestSock } from "./request_sock.ts";
import { Segment } from "./segment.ts";
import { PageFrag } from "./skb.ts";
import { jiffies_of, TcpSock } from "./state.ts";
import { Syncookies } from "./syncookies.ts";
import { tcp_sysctls, type TcpSysctls } from "./sysctls.ts";
import { tcp_done } from "./tcp_state.ts";
import { TcpSocket } from "./tcp_sock.ts";
import { tcp_sack_compress_send_ack } from "./delack.ts";
import { tcp_delack_timer_handler, tcp_keepalive_timer_handler, tcp_write_timer_handler } from "./timers.ts";
import { tcp_timewait_state_process, TimewaitSock } from "./timewait.ts";
import { tcp_close } from "./close.ts";

/** TCP of one stack. */
export class Tcp implements InetProtocol {
  readonly net: Net;
  readonly ip: Ip;
  readonly sysctl: TcpSysctls;
  readonly ehash: Ehash;
  readonly listeners: ListenTable;
  readonly bind_table: BindTable;
  /** Where small writes are copied to. */
  readonly page_frag: PageFrag = new PageFrag();
  readonly metrics: TcpMetrics = new TcpMetrics();
  readonly secrets: SequenceSecrets;
  readonly cookies: Syncookies;
  readonly any4: IpAddress = IpAddress.ANY4;
  readonly any6: IpAddress = IpAddress.ANY6;
  /** Connections whose program is gone. */
  orphan_count = 0;
  timewait_count = 0;
  tfo_active_disable_times = 0;
  tfo_active_disable_stamp = 0;
  /** When a SYN cookie was sent last, µs; -1 for never. */
  last_synq_overflow = -1;
  private port_perturb = 0;
  private challenge_second = -1;
  private challenge_count = 0;
  private fastopen_ctx: FastopenContext | undefined = undefined;
  private readonly seg: Segment = new Segment();
  /** Packets that came while a packet was processed (a stack that talks to itself). */
  private readonly backlog: PacketBuffer[] = [];
  private busy = 0;

  /** Registers with IP for both families. */
  constructor(readonly context: SockContext) {
    this.net = context.net;
    this.ip = context.ip;
    this.sysctl = tcp_sysctls(this.net.sysctl);
    this.ehash = new Ehash(this.net.random() | 0);
    this.listeners = new ListenTable();
    this.bind_table = new BindTable(this.net, tcp_bind_conflict, true);
    this.secrets = new SequenceSecrets(this.net.random);
    this.cookies = new Syncookies(this.net.random, () => this.net.now);
    this.net.sysctl.force("net.ipv4.tcp_available_congestion_control", congestion_names().join(" "));
    this.net.sysctl.watch("net.ipv4.tcp_fastopen_key", () => this.fastopen_ctx = undefined);
    this.ip.addProtocol(4, IPPROTO_TCP, this);
    this.ip.addProtocol(6, IPPROTO_TCP, this);
  }

  /** A new socket of `family`. */
  create(family: number): TcpSocket {
    return new TcpSocket(this, family);
  }

  /** The loopback address of a family. */
  loopback(family: 4 | 6): IpAddress {
    return family === 4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6;
  }

  /** Stack time in ms, never 0. */
  get jiffies(): number {
    return jiffies_of(this.net.now);
  }

  /** Our timestamp clock, before a connection's offset. */
  get time_stamp(): number {
    return this.jiffies >>> 0;
  }

  /** Stack time in whole seconds, never 0. */
  get seconds(): number {
    return Math.floor(this.net.now / 1e6) + 300_000;
  }

  /** Keys for Fast Open cookies: the setting's, or random ones until it is set. */
  fastopen_context(): FastopenContext {
    const text = this.sysctl.fastopen_key.text;
    if (this.fastopen_ctx === undefined) {
      const set = /[1-9a-fA-F]/.test(text) ? parse_fastopen_key(text) : undefined;
      this.fastopen_ctx = set ?? fastopen_context([Uint8Array.from({ length: 16 }, () => this.net.random() & 0xff)]);
    }
    return this.fastopen_ctx;
  }

  // Segments.

  /** A packet for this host (`tcp_v4_rcv`, `tcp_v6_rcv`). */
  receive(packet: PacketBuffer): void {
    this.net.mib.inc(Counter.TcpInSegs);
    if (this.busy > 0) {
      this.backlog.push(packet);
      return;
    }
    this.enter();
    try {
      this.process(packet);
    } finally {
      this.leave();
    }
  }

  private inside(work: () => void): void {
    this.enter();
    try {
      work();
    } finally {
      this.leave();
    }
  }

  /** While inside, packets that come wait: nothing of TCP runs in the middle of TCP. */
  enter(): void {
    this.busy++;
  }

  /** The other end of {@link enter}. */
  leave(): void {
    try {
      while (this.busy === 1) {
        const packet = this.backlog.shift();
        if (packet === undefined) break;
        this.process(packet);
      }
    } finally {
      this.busy--;
    }
  }

  private process(packet: PacketBuffer): void {
    const { bytes, data, tail } = packet;
    const mib = this.net.mib;
    const six = packet.family === 6;
    const remote_at = packet.network_header + (six ? 8 : 12);
    const local_at = packet.network_header + (six ? 24 : 16);
    if (check(bytes, data, tail) !== undefined) {
      mib.inc(Counter.TcpInErrs);
      return;
    }
    if (packet.ip_summed === "none") {
      const pseudo = six
        ? pseudoHeaderSum6(bytes, remote_at, local_at, IPPROTO_TCP, tail - data)
        : pseudoHeaderSum4(bytes, remote_at, local_at, IPPROTO_TCP, tail - data);
      if (!verifyChecksum(bytes, data, tail, pseudo)) {
        mib.inc(Counter.TcpInCsumErrors);
        mib.inc(Counter.TcpInErrs);
        return;
      }
    }
    // Nobody connects to a group.
    const type = packet.route?.type;
    if (type === "multicast" || type === "broadcast") return;
    const seg = this.seg;
    seg.fill(packet);
    parseInto(bytes, data + 20, data + headerLength(bytes, data), seg.opt);
    const length = six ? 16 : 4;
    const dport = sourcePort(bytes, data);
    const num = destinationPort(bytes, data);
    const ifindex = packet.device?.ifindex ?? 0;
    const entry = this.ehash.lookup(bytes, remote_at, local_at, length, dport, num, ifindex);
    if (entry !== undefined) {
      this.deliver(entry, seg);
      return;
    }
    const listener = this.listeners.lookup(bytes, remote_at, local_at, length, dport, num, ifindex);
    if (listener === undefined) this.send_reset(seg);
    else this.to_listener(listener, seg);
  }

  private deliver(entry: EhashEntry, seg: Segment): void {
    if (entry instanceof TimewaitSock) this.to_timewait(entry, seg);
    else if (entry instanceof RequestSock) this.to_request(entry, seg);
    else if (entry instanceof TcpSock) this.to_sock(entry, seg);
  }

  /** Lowest TTL that a socket takes (`IP_MINTTL`), and signatures. */
  private acceptable(sk: TcpSock, seg: Segment): boolean {
    const { packet } = seg;
    if (packet.family === 4 && packet.ttl < sk.inet.min_ttl) {
      this.net.mib.inc(Counter.TcpExtTCPMinTTLDrop);
      return false;
    }
    return tcp_inbound_md5_hash(sk, seg);
  }

  private to_sock(sk: TcpSock, seg: Segment): void {
    if (!this.acceptable(sk, seg)) return;
    this.count_in(sk, seg);
    if (sk.sk_state === TCP_ESTABLISHED) tcp_rcv_established(sk, seg);
    else if (tcp_rcv_state_process(sk, seg)) this.send_reset(seg);
  }

  private count_in(sk: TcpSock, seg: Segment): void {
    sk.segs_in++;
    if (seg.len > 0) sk.data_segs_in++;
  }

  private to_request(req: RequestSock, seg: Segment): void {
    const { listener } = req;
    if (!this.acceptable(listener, seg)) return;
    if (listener.sk_state !== TCP_LISTEN) {
      reqsk_queue_drop(req);
      this.send_reset(seg);
      return;
    }
    const child = tcp_check_req(listener, seg, req, false);
    if (child === undefined) return;
    if (child === listener) this.to_listener(listener, seg);
    else this.child_process(listener, child, seg);
  }

  /** The segment that made a child is its first (`tcp_child_process`). */
  private child_process(listener: TcpSock, child: TcpSock, seg: Segment): void {
    this.count_in(child, seg);
    child.segs_in = 1;
    const reset = tcp_rcv_state_process(child, seg);
    if (child.sk_state !== TCP_SYN_RECV) listener.wait.wake(POLLIN | POLLRDNORM);
    if (reset) this.send_reset(seg);
  }

  private to_listener(listener: TcpSock, seg: Segment): void {
    if (!this.acceptable(listener, seg)) return;
    if (!seg.syn) {
      const child = tcp_v4_cookie_check(listener, seg);
      if (child !== undefined) {
        this.child_process(listener, child, seg);
        return;
      }
    }
    if (tcp_rcv_state_process(listener, seg)) this.send_reset(seg);
  }

  private to_timewait(tw: TimewaitSock, seg: Segment): void {
    const verdict = tcp_timewait_state_process(tw, seg);
    switch (verdict) {
      case "syn": {
        const { packet } = seg;
        const at = packet.network_header + (packet.family === 6 ? 8 : 12);
        const width = packet.family === 6 ? 16 : 4;
        const ifindex = packet.device?.ifindex ?? 0;
        const listener = this.listeners.lookup(
          packet.bytes,
          at,
          at + width,
          width,
          tw.dport,
          tw.num,
          ifindex,
        );
        if (listener !== undefined) {
          // A sequence number that the old connection's segments can't reach.
          tw.kill();
          this.to_listener(listener, seg);
          return;
        }
        this.timewait_ack(tw);
        return;
      }
      case "ack":
        this.timewait_ack(tw);
        return;
      case "rst":
        this.send_reset(seg);
        tw.kill();
        return;
      case "success":
        return;
    }
  }

  private timewait_ack(tw: TimewaitSock): void {
    this.send_bare({
      local: tw.rcv_saddr,
      remote: tw.daddr,
      num: tw.num,
      dport: tw.dport,
      seq: tw.snd_nxt,
      ack: tw.rcv_nxt,
      flags: TCPHDR_ACK,
      window: Math.min(Math.floor(tw.rcv_wnd / 2 ** tw.rcv_wscale), 65535),
      ts: tw.ts_recent_stamp !== 0 ? { val: (this.time_stamp + tw.tsoffset) >>> 0, ecr: tw.ts_recent } : undefined,
      oif: tw.sk_bound_dev_if,
      tos: tw.tos,
      mark: tw.mark,
    });
  }

  /** Whether TIME-WAIT answered a moment ago. */
  timewait_ack_limited(tw: TimewaitSock, seg: Segment): boolean {
    if (seg.seq !== seg.end_seq && !seg.syn) return false;
    const counter = tw.tw_substate === 5 ? Counter.TcpExtTCPACKSkippedFinWait2 : Counter.TcpExtTCPACKSkippedTimeWait;
    return __tcp_oow_rate_limited(this, counter, tw);
  }

  /** Host-wide limit of challenge ACKs per second, with noise against those who count them. */
  challenge_allowed(limit: number): boolean {
    const second = Math.floor(this.net.now / 1e6);
    if (second !== this.challenge_second) {
      const half = (limit + 1) >> 1;
      this.challenge_second = second;
      this.challenge_count = half + this.net.random() % Math.max(limit, 1);
    }
    if (this.challenge_count <= 0) return false;
    this.challenge_count--;
    return true;
  }

  // Answers without a connection.

  /** Answers a segment with a RST (`tcp_v4_send_reset`): RFC 9293 section 3.10.7.1. */
  send_reset(seg: Segment): void {
    if (seg.rst) return;
    const { packet } = seg;
    const type = packet.route?.type;
    if (type !== undefined && type !== "local") return;
    const at = packet.network_header + (packet.family === 6 ? 8 : 12);
    const width = packet.family === 6 ? 16 : 4;
    const remote = IpAddress.from(packet.bytes, at, packet.family);
    const sent = this.send_bare({
      local: IpAddress.from(packet.bytes, at + width, packet.family),
      remote,
      num: destinationPort(packet.bytes, packet.data),
      dport: sourcePort(packet.bytes, packet.data),
      seq: seg.ack ? seg.ack_seq : 0,
      ack: seg.ack ? 0 : seg.end_seq,
      flags: seg.ack ? TCPHDR_RST : TCPHDR_RST | TCPHDR_ACK,
      window: 0,
      oif: remote.isLinkLocal && packet.family === 6 ? packet.device?.ifindex ?? 0 : 0,
    });
    if (sent) this.net.mib.inc(Counter.TcpOutRsts);
  }

  /** See {@link tcp_send_bare}. */
  send_bare(segment: BareSegment): boolean {
    return tcp_send_bare(this, segment);
  }

  /** An ICMP error about a segment of ours (`tcp_v4_err`, `tcp_v6_err`). */
  error(packet: PacketBuffer, error: IcmpError): void {
    this.inside(() => tcp_v4_err(this, packet, error));
  }

  // Timers.

  private run_timer(sk: TcpSock, handler: (sk: TcpSock) => void): void {
    this.inside(() => handler(sk));
  }

  /** The transmit timer of a connection. */
  write_timer(sk: TcpSock): void {
    this.run_timer(sk, tcp_write_timer_handler);
  }

  /** The delayed ACK timer of a connection. */
  delack_timer(sk: TcpSock): void {
    this.run_timer(sk, tcp_delack_timer_handler);
  }

  /** The keep-alive timer of a connection. */
  keepalive_timer(sk: TcpSock): void {
    this.run_timer(sk, tcp_keepalive_timer_handler);
  }

  /** The pacing timer of a connection. */
  pacing_timer(sk: TcpSock): void {
    this.run_timer(sk, tcp_pacing_timer_handler);
  }

  /** The timer of compressed ACKs. */
  compressed_ack_timer(sk: TcpSock): void {
    this.run_timer(sk, tcp_sack_compress_send_ack);
  }

  // Tables.

  /** Adds a socket that connects: takes a port where it has none (`inet_hash_connect`). 0 or `-errno`. */
  hash_connect(sk: TcpSock): number {
    const unique = (port: number): boolean => {
      const other = this.ehash.find(sk.daddr, sk.rcv_saddr, sk.dport, port);
      return other === undefined || (other instanceof TimewaitSock && this.tw_unique(sk, other));
    };
    if (sk.num === 0) {
      // RFC 6056 section 3.3.4: on from where the last connection found a port, so that the search is short.
      const offset = this.secrets.port_offset(sk.saddr, sk.daddr, sk.dport);
      const result = this.bind_table.hash_connect(sk, offset + this.port_perturb, unique);
      if (result < 0) return result;
      this.port_perturb += 2 + (this.net.random() & 6);
    } else if (!unique(sk.num)) return -EADDRNOTAVAIL;
    const old = this.ehash.find(sk.daddr, sk.rcv_saddr, sk.dport, sk.num);
    if (old instanceof TimewaitSock) {
      this.net.mib.inc(Counter.TcpExtTWRecycled);
      old.kill();
    }
    this.ehash.insert(sk);
    return 0;
  }

  /** Whether a new connection may take the place of one in TIME-WAIT (RFC 6191, `tcp_twsk_unique`). */
  private tw_unique(sk: TcpSock, tw: TimewaitSock): boolean {
    const reuse = this.sysctl.tw_reuse.value;
    const loopback = tw.daddr.isLoopback || tw.rcv_saddr.isLoopback;
    if (tw.ts_recent_stamp === 0 || reuse === 0 || (reuse === 2 && !loopback)) return false;
    const delay = this.sysctl.tw_reuse_delay.value / 1000;
    if (this.seconds < tw.ts_recent_stamp + delay) return false;
    sk.write_seq = (tw.snd_nxt + 65535 + 2) >>> 0 || 1;
    sk.rx_opt.ts_recent = tw.ts_recent;
    sk.rx_opt.ts_recent_stamp = tw.ts_recent_stamp;
    return true;
  }

  /** Takes a socket out of the tables (`inet_unhash`). */
  unhash(sk: TcpSock): void {
    this.ehash.remove(sk);
    this.listeners.remove(sk);
  }

  /** Releases a socket's port. */
  put_port(sk: TcpSock): void {
    if (sk.num === 0) return;
    this.bind_table.put(sk);
    // A RST that follows still names it.
    sk.last_num = sk.num;
    sk.num = 0;
  }

  /** A TIME-WAIT entry takes a connection's place. */
  add_timewait(sk: TcpSock, tw: TimewaitSock): void {
    this.ehash.remove(sk);
    this.bind_table.inherit(sk, tw);
    this.ehash.insert(tw);
    this.timewait_count++;
  }

  /** A TIME-WAIT entry is over. */
  remove_timewait(tw: TimewaitSock): void {
    if (tw.hash_key < 0) return;
    this.ehash.remove(tw);
    this.bind_table.put(tw);
    this.timewait_count--;
  }

  // Sockets.

  /** A connection's program is gone. */
  orphan(_sk: TcpSock): void {
    this.orphan_count++;
  }

  /** A connection without a program is over (`inet_csk_destroy_sock`). */
  destroy_sock(sk: TcpSock): void {
    if (sk.destroyed) return;
    sk.destroyed = true;
    this.orphan_count--;
    this.unhash(sk);
    this.put_port(sk);
    for (let skb = sk.receive_queue.shift(); skb !== undefined; skb = sk.receive_queue.shift()) {
      sk.sk_rmem_alloc -= skb.truesize;
    }
    sk.error_queue.purge();
    sk.wait.wake();
  }

  /** A listener closes: handshakes are forgotten, connections nobody accepted are reset (`inet_csk_listen_stop`). */
  listen_stop(sk: TcpSock): void {
    for (const req of [...sk.requests]) reqsk_queue_drop(req);
    for (const child of sk.accept_queue.splice(0)) {
      child.so.linger = true;
      child.so.lingertime_s = 0;
      tcp_close(child);
      if (child.sk_state !== TCP_CLOSE) tcp_done(child);
    }
    sk.fastopen_rst_queue.length = 0;
    sk.fastopen_qlen = 0;
    sk.qlen = 0;
    sk.qlen_young = 0;
  }

  /** A socket with a listener's options, not connected (`sk_clone_lock`). */
  clone_listener(listener: TcpSock): TcpSock {
    const child = new TcpSocket(this, listener.family);
    child.inherit(listener);
    return child;
  }

  /** The route may name the algorithm (`tcp_ca_dst_init`); a socket that has none gets the setting's. */
  ca_dst_init(sk: TcpSock, route: Route): void {
    const name = route.metrics.cc_algo;
    if (name !== undefined && sk.icsk_ca?.name !== name) {
      const made = congestion_by_name(name);
      if (made !== undefined) sk.icsk_ca = made;
    }
  }
}
