/**
 * DCTCP: RFC 8257.
 *
 * @module
 */
import { after, before } from "../../wire/seq.ts";
import { TCP_CA_Loss, TCP_CA_Recovery } from "../../../abi/tcp_constants.ts";
import { ICSK_ACK_NOW, TCP_ECN_DEMAND_CWR, TCP_ECN_OK } from "../constants.ts";
import { inet_csk_ack_scheduled } from "../delack.ts";
import { __tcp_send_ack } from "../output.ts";
import type { TcpSock } from "../state.ts";
import type { CongestionEvent } from "./congestion.ts";
import { Reno } from "./reno.ts";

/** α is kept in 1/1024. */
const DCTCP_MAX_ALPHA = 1024;
/** Weight of new samples in α: 1/16. */
const SHIFT_G = 4;

/** DCTCP's state for one connection; Reno without ECN. */
export class Dctcp extends Reno {
  override readonly name: string = "dctcp";
  override readonly needs_ecn = true;
  private alpha = DCTCP_MAX_ALPHA;
  private next_seq = 0;
  private old_delivered = 0;
  private old_delivered_ce = 0;
  private prior_rcv_nxt = 0;
  private ce_state = false;
  private loss_cwnd = 0;
  private active = false;

  override init(sk: TcpSock): void {
    this.active = (sk.ecn_flags & TCP_ECN_OK) !== 0;
    this.prior_rcv_nxt = sk.rcv_nxt;
    this.alpha = DCTCP_MAX_ALPHA;
    this.loss_cwnd = 0;
    this.ce_state = false;
    this.reset(sk);
  }

  private reset(sk: TcpSock): void {
    this.next_seq = sk.snd_nxt;
    this.old_delivered = sk.delivered;
    this.old_delivered_ce = sk.delivered_ce;
  }

  override ssthresh(sk: TcpSock): number {
    if (!this.active) return super.ssthresh(sk);
    this.loss_cwnd = sk.snd_cwnd;
    // The window is cut in proportion to the extent of congestion.
    return Math.max(sk.snd_cwnd - Math.floor(sk.snd_cwnd * this.alpha / 2048), 2);
  }

  override undo_cwnd(sk: TcpSock): number {
    return this.active ? Math.max(sk.snd_cwnd, this.loss_cwnd) : super.undo_cwnd(sk);
  }

  override in_ack_event(sk: TcpSock): void {
    if (!this.active || before(sk.snd_una, this.next_seq)) return;
    let alpha = this.alpha;
    alpha -= Math.min(alpha, Math.max(alpha >>> SHIFT_G, alpha === 0 ? 0 : 1));
    const marked = sk.delivered_ce - this.old_delivered_ce;
    if (marked > 0) {
      const delivered = Math.max(1, sk.delivered - this.old_delivered);
      alpha = Math.min(alpha + Math.floor(marked * 2 ** (10 - SHIFT_G) / delivered), DCTCP_MAX_ALPHA);
    }
    this.alpha = alpha;
    this.reset(sk);
  }

  override set_state(sk: TcpSock, state: number): void {
    if (!this.active) return;
    // A loss is worse than marks: like Reno's.
    if (state === TCP_CA_Recovery && state !== sk.icsk_ca_state) this.react_to_loss(sk);
    else if (state === TCP_CA_Loss) this.react_to_loss(sk);
  }

  private react_to_loss(sk: TcpSock): void {
    this.loss_cwnd = sk.snd_cwnd;
    sk.snd_ssthresh = Math.max(sk.snd_cwnd >>> 1, 2);
  }

  /** RFC 8257 section 3.2: ECE says exactly whether the segments that an ACK covers were marked. */
  override cwnd_event(sk: TcpSock, event: CongestionEvent): void {
    if (!this.active || (event !== "ecn_is_ce" && event !== "ecn_no_ce")) return;
    const ce = event === "ecn_is_ce";
    if (ce !== this.ce_state) {
      if (inet_csk_ack_scheduled(sk) && after(sk.rcv_nxt, this.prior_rcv_nxt)) {
        this.set_demand(sk, this.ce_state);
        __tcp_send_ack(sk, this.prior_rcv_nxt);
      }
      sk.icsk_ack.pending |= ICSK_ACK_NOW;
    }
    this.prior_rcv_nxt = sk.rcv_nxt;
    this.ce_state = ce;
    this.set_demand(sk, ce);
  }

  private set_demand(sk: TcpSock, on: boolean): void {
    if (on) sk.ecn_flags |= TCP_ECN_DEMAND_CWR;
    else sk.ecn_flags &= ~TCP_ECN_DEMAND_CWR;
  }

  /** `struct tcp_dctcp_info`. */
  override get_info(sk: TcpSock): Uint8Array {
    const bytes = new Uint8Array(16);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, this.active ? 1 : 0, true);
    if (!this.active) return bytes;
    view.setUint16(2, this.ce_state ? 1 : 0, true);
    view.setUint32(4, this.alpha, true);
    view.setUint32(8, sk.mss_cache * (sk.delivered_ce - this.old_delivered_ce), true);
    view.setUint32(12, sk.mss_cache * (sk.delivered - this.old_delivered), true);
    return bytes;
  }
}
