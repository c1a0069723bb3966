/**
 * What tests of recovery share: a plain send queue.
 *
 * @module
 */
import { deviationsOf, type Profile } from "../../deviations.ts";
import { Mib } from "../../mib.ts";
import type { Net } from "../../net.ts";
import { Sysctl } from "../../sysctl.ts";
import { type Timer, Timers } from "../../timers.ts";
import { before, diff, leq } from "../../wire/seq.ts";
import { congestionByName } from "../congestion/registry.ts";
import type { AckReport, RecoveryHost, SentQueue } from "./interface.ts";
import { recoverySettings } from "./parts.ts";
import { Recovery } from "./recovery.ts";
import { SentSegment } from "./sent_segment.ts";

/** A segment of {@link TestQueue}. */
export class TestSegment extends SentSegment {}

/** A send queue over an array. */
export class TestQueue implements SentQueue {
  /** The segments. */
  readonly segments: TestSegment[] = [];

  /** An empty queue that cuts by `mss`. */
  constructor(public mss: number) {}

  /** How many. */
  get sentCount(): number {
    return this.segments.length;
  }

  /** One of them. */
  sentAt(index: number): SentSegment {
    return this.segments[index]!;
  }

  /** See {@link SentQueue.sentIndexOf}. */
  sentIndexOf(seq: number): number {
    let index = -1;
    while (index + 1 < this.segments.length && leq(this.segments[index + 1]!.seq, seq)) index++;
    return index;
  }

  /** See {@link SentQueue.split}. */
  split(index: number, seq: number): SentSegment {
    const first = this.segments[index]!;
    const pieces = Math.min(Math.ceil(diff(first.end, seq) / this.mss), first.pieces - 1);
    const second = new TestSegment(seq, first.end, pieces);
    second.inherit(first);
    first.end = seq;
    first.pieces -= pieces;
    this.segments.splice(index + 1, 0, second);
    return second;
  }

  /** Appends `[seq, end)`. */
  push(seq: number, end: number): TestSegment {
    const segment = new TestSegment(seq, end, Math.max(Math.ceil(diff(end, seq) / this.mss), 1));
    this.segments.push(segment);
    return segment;
  }

  /** Drops the first `count`. */
  drop(count: number): void {
    this.segments.splice(0, count);
  }

  /** Whether the segments follow one another without a gap. */
  get contiguous(): boolean {
    return this.segments.every((segment, i) =>
      before(segment.seq, segment.end) && (i === 0 || segment.seq === this.segments[i - 1]!.end)
    );
  }
}

/** How a {@link TestConnection} is to be. */
export interface TestOptions {
  /** SACK agreed on; yes unless said. */
  readonly sack?: boolean;
  /** Timestamps agreed on; no unless said. */
  readonly timestamps?: boolean;
  /** Congestion control, cubic unless said. */
  readonly congestion?: string;
  /** Whom to take after, Linux unless said. */
  readonly profile?: Profile;
  /** Settings, without `net.ipv4.tcp_`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A sender of 1000-octet segments without anything but recovery: everything it sends is noted in {@link sent}, as `seq:end` in segments from 1. */
export class TestConnection implements RecoveryHost {
  readonly mss = 1000;
  readonly net: Net;
  readonly queue = new TestQueue(1000);
  readonly recovery: Recovery;
  readonly sackPermitted: boolean;
  readonly timestamps: boolean;
  readonly timestampTick = 1000;
  readonly thinLinearTimeouts = false;
  readonly rtoMin = 200_000;
  readonly rtoMax = 120_000_000;
  userTimeout = 0;
  initialWindow = 0;
  /** Where a probe of the path MTU begins. */
  mtuProbe = -1;
  handshake = false;
  sndUna = 1;
  sndNxt = 1;
  unsentOctets = 0;
  /** The peer's window. */
  window = 1_000_000;
  /** Transmissions since last looked at. */
  sent: string[] = [];
  /** The local queue takes nothing. */
  blocked = false;
  /** How many timeouts the connection bears. */
  patience = 15;
  /** When the user timeout was over. */
  gaveUpAt: number | undefined = undefined;
  private readonly pacing: Timer;
  private paceUntil = 0;

  /** A connection that was established just now; the handshake took `rtt` ms. */
  constructor(rtt: number, options: TestOptions = {}) {
    const settings = Object.entries(options.settings ?? {}).map(([name, text]) => [`net.ipv4.tcp_${name}`, text]);
    this.net = {
      now: 1_000_000,
      realtime_offset_us: 0,
      timers: new Timers(),
      random: () => 1,
      sysctl: new Sysctl(Object.fromEntries(settings)),
      mib: new Mib(),
    };
    this.pacing = this.net.timers.create("pacing", () => this.transmitPending());
    this.sackPermitted = options.sack ?? true;
    this.timestamps = options.timestamps ?? false;
    const deviations = deviationsOf(options.profile ?? "linux");
    const congestion = congestionByName(options.congestion ?? "cubic", deviations)!;
    this.recovery = new Recovery({
      net: this.net,
      host: this,
      congestion,
      deviations,
      settings: recoverySettings(this.net),
    });
    this.recovery.onEstablished(rtt * 1000, 0);
  }

  get windowEnd(): number {
    return this.sndUna + this.window;
  }

  timestampNow(): number {
    return Math.floor(this.net.now / 1000);
  }

  mayContinue(timeouts: number, since: number | undefined): boolean {
    const over = this.userTimeout > 0 && since !== undefined && this.net.now - since >= this.userTimeout;
    this.gaveUpAt = over ? this.net.now : undefined;
    return !over && timeouts < this.patience;
  }

  wasMtuProbe(seq: number): boolean {
    return seq === this.mtuProbe;
  }

  count(counter: number, by = 1): void {
    this.net.mib.add(counter, by);
  }

  transmitPending(): void {
    const { recovery } = this;
    if (recovery.flow.paced && this.net.now < this.paceUntil) return this.pacing.arm(this.paceUntil);
    for (let again = recovery.nextRetransmission(64); again !== undefined; again = recovery.nextRetransmission(64)) {
      if (!this.transmit(again)) return;
    }
    if (this.unsentOctets > 0) recovery.beforeNewData();
    let quota = recovery.quota();
    while (quota > 0 && this.unsentOctets > 0 && this.sndNxt + this.mss <= this.windowEnd) {
      const pieces = Math.min(quota, Math.ceil(this.unsentOctets / this.mss));
      this.sendNew(recovery.flow.paced ? 1 : pieces);
      if (recovery.flow.paced) return this.pacing.arm(this.paceUntil);
      quota = recovery.quota();
    }
    recovery.afterSending(this.unsentOctets > 0 && quota === 0);
    if (this.unsentOctets === 0) recovery.onAppLimited();
  }

  private sendNew(pieces: number): void {
    const end = this.sndNxt + Math.min(pieces * this.mss, this.unsentOctets);
    const segment = this.queue.push(this.sndNxt, end);
    this.unsentOctets -= end - this.sndNxt;
    this.sndNxt = end;
    this.transmit(segment);
  }

  private transmit(segment: SentSegment): boolean {
    if (this.blocked) return false;
    this.sent.push(`${segment.seq}:${segment.end}`);
    this.paceUntil = Math.max(this.paceUntil, this.net.now) +
      (segment.end - segment.seq) * 1e6 / this.recovery.flow.pacingRate;
    this.recovery.onSent(segment);
    return true;
  }

  sendNewProbe(): boolean {
    if (this.unsentOctets === 0 || this.sndNxt + this.mss > this.windowEnd) return false;
    this.sendNew(1);
    return true;
  }

  sendAgain(segment: SentSegment): void {
    this.transmit(segment);
  }

  /** Writes `segments`. */
  write(segments: number): void {
    this.unsentOctets += segments * this.mss;
    this.transmitPending();
  }

  /** Lets `ms` pass. */
  wait(ms: number): void {
    const until = this.net.now + ms * 1000;
    for (
      let next = this.net.timers.nextDeadline();
      next !== undefined && next <= until;
      next = this.net.timers.nextDeadline()
    ) {
      this.net.now = Math.max(next, this.net.now);
      this.net.timers.run(this.net.now);
    }
    this.net.now = until;
  }

  /** `ms` later an acknowledgement of everything before `ack` comes, with SACK blocks. */
  ack(
    ms: number,
    ack: number,
    blocks: readonly (readonly [number, number])[] = [],
    more: Partial<AckReport> = {},
  ): void {
    this.wait(ms);
    const outcome = this.recovery.onAck({
      ack,
      sack: {
        count: blocks.length,
        left: Uint32Array.from(blocks, ([left]) => left),
        right: Uint32Array.from(blocks, ([, right]) => right),
      },
      timestampEcho: undefined,
      ece: false,
      carriesData: false,
      windowChanged: false,
      now: this.net.now,
      ...more,
    });
    this.queue.drop(outcome.acknowledgedSegments);
    if (ack > this.sndUna) this.sndUna = ack;
    this.recovery.afterAck();
    this.transmitPending();
  }

  /** What was sent since last asked. */
  take(): string[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }
}
