/**
 * What `TCP_INFO` shows of recovery, read from its parts when asked.
 *
 * @module
 */
import type { Phase } from "../congestion/interface.ts";
import type { AckProcessing } from "./ack.ts";
import type { RecoveryInfo } from "./interface.ts";
import type { Parts } from "./parts.ts";
import type { Timeouts } from "./timeouts.ts";

/** What was sent in all. */
export interface SentTotals {
  /** Pieces sent again. */
  readonly retransmissions: number;
  /** Octets sent again. */
  readonly octetsRetransmitted: number;
  /** Octets sent. */
  readonly octetsSent: number;
}

/** See {@link RecoveryInfo}. */
export class InfoView implements RecoveryInfo {
  constructor(
    private readonly parts: Parts,
    private readonly ack: AckProcessing,
    private readonly timeouts: Timeouts,
    private readonly totals: SentTotals,
  ) {}

  get srtt(): number {
    return this.parts.roundTrip.srtt;
  }
  get rttvar(): number {
    return this.parts.roundTrip.rttvar;
  }
  get minRtt(): number {
    return this.parts.leastRoundTrip.value;
  }
  get unacked(): number {
    return this.parts.board.unacked;
  }
  get sacked(): number {
    return this.parts.board.sacked;
  }
  get lost(): number {
    return this.parts.board.lost;
  }
  get retransmitted(): number {
    return this.parts.board.retransmitted;
  }
  get totalRetransmissions(): number {
    return this.totals.retransmissions;
  }
  get octetsRetransmitted(): number {
    return this.totals.octetsRetransmitted;
  }
  get octetsSent(): number {
    return this.totals.octetsSent;
  }
  get dsackDuplicates(): number {
    return this.ack.dsackDuplicates;
  }
  get reordering(): number {
    return this.parts.reordering;
  }
  get reorderingSeen(): number {
    return this.ack.reorderingSeen;
  }
  get phase(): Phase {
    return this.parts.flow.phase;
  }
  get deliveryRate(): number {
    return this.parts.rate.rate;
  }
  get deliveryRateAppLimited(): boolean {
    return this.parts.rate.rateAppLimited;
  }
  get totalTimeouts(): number {
    return this.timeouts.total;
  }
  get totalTimeoutRecoveries(): number {
    return this.timeouts.recoveries;
  }
  get totalTimeoutTime(): number {
    return this.timeouts.recoveryTime / 1000;
  }
}
