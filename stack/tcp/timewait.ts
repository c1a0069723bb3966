/**
 * TIME-WAIT and the rest of FIN-WAIT-2 after the program is gone: RFC 9293 section 3.6.1, RFC 1337, RFC 6191.
 *
 * @module
 */
import { Counter } from "../mib.ts";
import { TCP_FIN_WAIT2, TCP_TIME_WAIT } from "../../abi/tcp_constants.ts";
import type { IpAddress } from "../wire/address.ts";
import { after, before } from "../wire/seq.ts";
import type { Timer } from "../timers.ts";
import { TCP_TIMEWAIT_LEN } from "./constants.ts";
import type { EhashEntry } from "./ehash.ts";
import { tcp_update_metrics } from "./metrics.ts";
import type { Segment } from "./segment.ts";
import type { TcpSock } from "./state.ts";
import { tcp_done } from "./tcp_state.ts";
import type { Tcp } from "./tcp.ts";
import { tcp_paws_reject } from "./timestamps.ts";
import { tcp_receive_window } from "./state.ts";

/** What stays of a closed connection (`struct tcp_timewait_sock`). */
export class TimewaitSock implements EhashEntry {
  readonly kind = "timewait";
  hash_next: EhashEntry | undefined = undefined;
  hash_key = -1;
  num: number;
  readonly dport: number;
  readonly rcv_saddr: IpAddress;
  readonly daddr: IpAddress;
  readonly sk_bound_dev_if: number;
  readonly ipv6only: boolean;
  readonly sk_state: number = TCP_TIME_WAIT;
  readonly so: { readonly reuse: boolean; readonly reuseport: boolean };
  /** FIN_WAIT2 until the FIN came, then TIME_WAIT. */
  tw_substate: number;
  rcv_nxt: number;
  readonly snd_nxt: number;
  readonly rcv_wnd: number;
  readonly rcv_wscale: number;
  readonly tsoffset: number;
  readonly tos: number;
  readonly mark: number;
  readonly priority: number;
  readonly flow_label: number;
  ts_recent: number;
  ts_recent_stamp: number;
  last_oow_ack_time = 0;
  readonly timer: Timer;

  constructor(readonly tcp: Tcp, sk: TcpSock, substate: number) {
    this.num = sk.num;
    this.dport = sk.dport;
    this.rcv_saddr = sk.rcv_saddr;
    this.daddr = sk.daddr;
    this.sk_bound_dev_if = sk.sk_bound_dev_if;
    this.ipv6only = sk.ipv6only;
    this.so = { reuse: sk.so.reuse, reuseport: sk.so.reuseport };
    this.tw_substate = substate;
    this.rcv_nxt = sk.rcv_nxt;
    this.snd_nxt = sk.snd_nxt;
    this.rcv_wnd = tcp_receive_window(sk);
    this.rcv_wscale = sk.rx_opt.rcv_wscale;
    this.tsoffset = sk.tsoffset;
    this.tos = sk.tos;
    this.mark = sk.so.mark;
    this.priority = sk.so.priority;
    this.flow_label = sk.flow_label;
    this.ts_recent = sk.rx_opt.ts_recent;
    this.ts_recent_stamp = sk.rx_opt.ts_recent_stamp;
    this.timer = tcp.net.timers.create("tcp timewait", () => {
      tcp.net.mib.inc(Counter.TcpExtTW);
      this.kill();
    });
  }

  /** Forgets the connection. */
  kill(): void {
    this.timer.cancel();
    this.tcp.remove_timewait(this);
  }
}

/** How long FIN-WAIT-2 lasts without a program, µs. */
export function tcp_fin_time(sk: TcpSock): number {
  const time = (sk.linger2 !== 0 ? sk.linger2 : sk.tcp.sysctl.fin_timeout.value) * 1e6;
  return Math.max(time, tw_rto(sk));
}

/** The least time for a lost ACK to be repaired. */
function tw_rto(sk: TcpSock): number {
  return Math.floor(sk.icsk_rto * 3.5);
}

/** Replaces a connection by what must be remembered of it (`tcp_time_wait`). */
export function tcp_time_wait(sk: TcpSock, state: number, timeo_us: number): void {
  const { tcp } = sk;
  if (tcp.timewait_count < tcp.sysctl.max_tw_buckets.value) {
    const tw = new TimewaitSock(tcp, sk, state);
    tcp.add_timewait(sk, tw);
    const timeo = state === TCP_TIME_WAIT ? TCP_TIMEWAIT_LEN : Math.max(timeo_us, tw_rto(sk));
    tw.timer.arm(tcp.net.now + timeo);
  } else tcp.net.mib.inc(Counter.TcpExtTCPTimeWaitOverflow);
  tcp_update_metrics(sk);
  tcp_done(sk);
}

/** What to do with a segment for a connection in TIME-WAIT. */
export type TimewaitVerdict = "success" | "rst" | "ack" | "syn";

/** Whether `[seq, end_seq)` overlaps the window `[s_win, e_win)`. */
export function tcp_in_window(seq: number, end_seq: number, s_win: number, e_win: number): boolean {
  if (seq === s_win) return true;
  if (after(end_seq, s_win) && before(seq, e_win)) return true;
  return seq === e_win && seq === end_seq;
}

/** A segment for a connection in TIME-WAIT or orphaned FIN-WAIT-2 (`tcp_timewait_state_process`). */
export function tcp_timewait_state_process(tw: TimewaitSock, seg: Segment): TimewaitVerdict {
  const { tcp } = tw;
  const { opt } = seg;
  let paws_reject = false;
  const saw_tstamp = opt.saw_tstamp && tw.ts_recent_stamp !== 0;
  if (saw_tstamp) {
    paws_reject = tcp_paws_reject(
      { ts_recent: tw.ts_recent, ts_recent_stamp: tw.ts_recent_stamp, rcv_tsval: opt.rcv_tsval },
      seg.rst,
      tcp.seconds,
    );
  }
  if (tw.tw_substate === TCP_FIN_WAIT2) return fin_wait2(tw, seg, saw_tstamp, paws_reject);
  if (
    !paws_reject && seg.seq === tw.rcv_nxt && (seg.seq === seg.end_seq || seg.rst)
  ) {
    if (seg.rst) {
      // RFC 1337 asks to ignore it, which Linux does only when told to.
      if (tcp.sysctl.rfc1337.value === 0) {
        tw.kill();
        return "success";
      }
    } else tw.timer.arm(tcp.net.now + TCP_TIMEWAIT_LEN);
    if (saw_tstamp) {
      tw.ts_recent = opt.rcv_tsval;
      tw.ts_recent_stamp = tcp.seconds;
    }
    return "success";
  }
  // RFC 6191, RFC 1122 section 4.2.2.13: a SYN beyond the old connection starts a new one.
  if (
    seg.syn && !seg.rst && !seg.ack && !paws_reject &&
    (after(seg.seq, tw.rcv_nxt) || (saw_tstamp && ((tw.ts_recent - opt.rcv_tsval) | 0) < 0))
  ) return "syn";
  if (paws_reject) tcp.net.mib.inc(Counter.TcpExtPAWSTimewait);
  if (seg.rst) return "success";
  // Old duplicates of data go on; an ACK prolongs the wait.
  if (paws_reject || seg.ack) tw.timer.arm(tcp.net.now + TCP_TIMEWAIT_LEN);
  return tcp.timewait_ack_limited(tw, seg) ? "success" : "ack";
}

function fin_wait2(tw: TimewaitSock, seg: Segment, saw_tstamp: boolean, paws_reject: boolean): TimewaitVerdict {
  const { tcp } = tw;
  const e_win = (tw.rcv_nxt + tw.rcv_wnd) >>> 0;
  if (paws_reject || !tcp_in_window(seg.seq, seg.end_seq, tw.rcv_nxt, e_win)) {
    return tcp.timewait_ack_limited(tw, seg) ? "success" : "ack";
  }
  if (seg.rst) {
    tw.kill();
    return "success";
  }
  if (seg.syn && !before(seg.seq, tw.rcv_nxt)) return "rst";
  // A pure ACK, or old data.
  if (!seg.ack || !after(seg.end_seq, tw.rcv_nxt) || seg.end_seq === seg.seq) return "success";
  // New data for a program that is gone, or a FIN with a gap before it.
  if (!seg.fin || seg.end_seq !== ((tw.rcv_nxt + 1) >>> 0)) return "rst";
  tw.tw_substate = TCP_TIME_WAIT;
  tw.rcv_nxt = seg.end_seq;
  if (saw_tstamp) {
    tw.ts_recent_stamp = tcp.seconds;
    tw.ts_recent = seg.opt.rcv_tsval;
  }
  tw.timer.arm(tcp.net.now + TCP_TIMEWAIT_LEN);
  return "ack";
}
