/**
 * Packetization layer path MTU discovery (RFC 4821): segments of a size not tried yet show whether the path carries it, without ICMP.
 *
 * Sizes are whole packets, octets, unless called text.
 *
 * @module
 */
import type { Deviations } from "../../deviations.ts";
import { Counter } from "../../mib.ts";
import { gt, leq } from "../../wire/seq.ts";
import type { TcpConfig } from "../config.ts";

/** `net.ipv4.tcp_mtu_probing`: probe only once the path has swallowed everything. */
const ON_BLACK_HOLE = 1;
/** `net.ipv4.tcp_mtu_probing`: probe from the start. */
const ALWAYS = 2;
/** Least window that a probe may be sent in, segments: a lost one must not cost a timeout (RFC 4821 section 7.4). */
const LEAST_WINDOW = 11;

/** The path as the search sees it. */
export interface ProbedPath {
  /** Path MTU in use. */
  mtu(): number;
  /** Sends no larger packets from now on. */
  probe(mtu: number): void;
  /** What of a packet is not text. */
  readonly overhead: number;
}

/** What the sender says when there may be something to probe with. */
export interface ProbeOpportunity {
  /** The MSS in use, octets of text. */
  readonly mss: number;
  /** Octets of text that wait. */
  readonly unsent: number;
  /** Octets that the peer's window has room for. */
  readonly room: number;
  /** Congestion window, and how much of it is free, segments. */
  readonly cwnd: number;
  readonly quota: number;
  /** Nothing is lost or out of order. */
  readonly calm: boolean;
  /** Segments that have to follow so that a lost probe is noticed. */
  readonly reordering: number;
}

/** The search of one connection. */
export class MtuProbe {
  private active = false;
  /** Largest size known to pass, and largest that may (search_low, search_high). */
  private low = 0;
  private high = 0;
  /** The peer's MSS with headers: where the search begins anew. */
  private limit = 0;
  private searchedAt = 0;
  /** The probe under way: its sequence numbers and size. */
  private from = 0;
  private end = 0;
  private size = 0;

  constructor(
    private readonly path: ProbedPath,
    private readonly config: TcpConfig,
    private readonly deviations: Deviations,
    private readonly now: () => number,
    private readonly count: (counter: number) => void,
  ) {}

  /** The connection is established; the peer takes segments of `peerMss` octets of text and options. */
  start(peerMss: number, optionLength: number): void {
    this.limit = peerMss + this.path.overhead - optionLength;
    if (this.config.mtu_probing.value >= ALWAYS) this.begin();
  }

  private begin(): void {
    const { path, config } = this;
    this.active = true;
    this.low = config.base_mss.value + path.overhead;
    this.high = this.limit;
    this.searchedAt = this.now();
    // RFC 4821 section 7.2 would start with search_low.
    path.probe(this.deviations.probesFromPathMtu ? path.mtu() : Math.min(this.low, path.mtu()));
  }

  /** Octets of text of the probe to send now, 0 for none (RFC 4821 sections 7.3 and 7.4). */
  next(opportunity: ProbeOpportunity): number {
    if (!this.active || this.size > 0) return 0;
    const { mss, unsent, room, cwnd, quota, calm, reordering } = opportunity;
    if (!calm || cwnd < LEAST_WINDOW || quota < 2) return 0;
    this.searchAgain();
    if (this.high - this.low < Math.max(this.config.probe_threshold.value, 1)) return 0;
    const size = Math.floor((this.low + this.high) / 2);
    const text = size - this.path.overhead;
    const needed = text + (reordering + 1) * mss;
    return unsent >= needed && room >= needed ? text : 0;
  }

  /** The path may have changed since the search ended (`net.ipv4.tcp_probe_interval`). */
  private searchAgain(): void {
    if (this.now() - this.searchedAt < this.config.probe_interval.value * 1e6) return;
    this.searchedAt = this.now();
    this.high = this.limit;
  }

  /** The probe went out as `[from, end)`. */
  sent(from: number, end: number): void {
    this.from = from;
    this.end = end;
    this.size = Math.floor((this.low + this.high) / 2);
  }

  /** Everything before `una` is acknowledged. Whether the MSS has changed. */
  acknowledged(una: number): boolean {
    if (this.size === 0 || gt(this.end, una)) return false;
    this.low = this.size; // RFC 4821 section 7.6.1
    this.size = 0;
    this.path.probe(this.low);
    this.count(Counter.TcpExtTCPMTUPSuccess);
    return true;
  }

  /** The segment that begins at `seq` is the first that was lost. Whether that was the probe: the path does not carry it (section 7.6.2). */
  lost(seq: number): boolean {
    if (this.size === 0 || seq !== this.from) return false;
    this.high = this.size - 1;
    this.size = 0;
    this.count(Counter.TcpExtTCPMTUPFail);
    return true;
  }

  /** A retransmission timeout: whatever was probed is forgotten (section 7.6.4). */
  timedOut(): void {
    this.size = 0;
  }

  /** Nothing has come through for several timeouts: perhaps only small packets do (section 7.7). Whether the MSS has changed. */
  suspectBlackHole(): boolean {
    const { config, path } = this;
    if (config.mtu_probing.value < ON_BLACK_HOLE) return false;
    if (!this.active) {
      const before = path.mtu();
      this.begin();
      path.probe(Math.min(this.low, before));
      return this.low < before;
    }
    const half = Math.floor((this.low - path.overhead) / 2);
    const text = Math.max(
      Math.min(config.base_mss.value, half),
      config.mtu_probe_floor.value,
      config.min_snd_mss.value,
    );
    this.low = text + path.overhead;
    path.probe(this.low);
    return true;
  }

  /** ICMP told of a smaller path MTU. */
  learned(mtu: number): void {
    if (this.active && mtu < this.high) this.high = mtu;
    if (this.active && leq(mtu, this.low)) this.low = mtu;
  }
}
