/**
 * What a stack's author looks at: how each connection stands, whenever something has changed it, and what that was.
 *
 * Nothing of TCP knows of it: it looks at the connections from outside each time that the stack has been woken, by a
 * segment, a timer or a system call. So it costs nothing where nobody asked for it.
 *
 * @module
 */
import * as State from "../../abi/tcp_constants.ts";
import { Connection } from "./connection/connection.ts";
import { INFINITE_SSTHRESH } from "./congestion/interface.ts";
import type { SegmentTable, TupleEntry } from "./table.ts";

/** How a connection stands. What there is no value for yet is left out. */
export interface TraceEntry {
  /** When, µs of stack time. */
  readonly time_us: number;
  /** Its ends: `192.0.2.1:80 > 192.0.2.7:43210`, this stack's first. */
  readonly connection: string;
  /** Its state, as RFC 9293 has it: `ESTABLISHED`, `TIME-WAIT` … */
  readonly state: string;
  /** Congestion window, segments. */
  readonly snd_cwnd?: number;
  /** Slow start threshold, segments; absent while there is none. */
  readonly ssthresh?: number;
  /** Smoothed round-trip time, µs; absent until one was measured, as the next. */
  readonly srtt_us?: number;
  /** Its mean deviation, µs. */
  readonly rttvar_us?: number;
  /** Retransmission timeout, µs. */
  readonly rto_us?: number;
  /** Segments on their way, as far as the sender can tell. */
  readonly in_flight?: number;
  /** What woke the stack: `segment`, `timer NAME` or `call NAME`. */
  readonly cause: string;
}

/** Told of each change. */
export type TraceListener = (entry: TraceEntry) => void;

const NAMES: Readonly<Record<number, string>> = {
  [State.TCP_ESTABLISHED]: "ESTABLISHED",
  [State.TCP_SYN_SENT]: "SYN-SENT",
  [State.TCP_SYN_RECV]: "SYN-RECEIVED",
  [State.TCP_FIN_WAIT1]: "FIN-WAIT-1",
  [State.TCP_FIN_WAIT2]: "FIN-WAIT-2",
  [State.TCP_TIME_WAIT]: "TIME-WAIT",
  [State.TCP_CLOSE]: "CLOSED",
  [State.TCP_CLOSE_WAIT]: "CLOSE-WAIT",
  [State.TCP_LAST_ACK]: "LAST-ACK",
  [State.TCP_LISTEN]: "LISTEN",
  [State.TCP_CLOSING]: "CLOSING",
  [State.TCP_NEW_SYN_RECV]: "SYN-RECEIVED",
};

type Standing = Omit<TraceEntry, "time_us" | "connection" | "cause">;

/** Looks at all connections of a stack. */
export class ConnectionTrace {
  private last = new Map<string, Standing>();

  constructor(
    private readonly table: SegmentTable,
    private readonly clock: { readonly now: number },
    private readonly tell: TraceListener,
  ) {}

  /** The stack has been woken: tells of each connection that has changed. */
  look(cause: string): void {
    const before = this.last;
    const seen = new Map<string, Standing>();
    const tell = (connection: string, standing: Standing) =>
      this.tell({ time_us: this.clock.now, connection, ...standing, cause });
    for (const entry of this.table.entries()) {
      const name = nameOf(entry);
      const standing = standingOf(entry);
      seen.set(name, standing);
      const known = before.get(name);
      if (known === undefined || !isSame(known, standing)) tell(name, standing);
    }
    for (const name of before.keys()) if (!seen.has(name)) tell(name, { state: "CLOSED" });
    this.last = seen;
  }
}

function nameOf({ localAddress, localPort, remoteAddress, remotePort }: TupleEntry): string {
  const end = (address: { readonly family: number }, port: number) =>
    address.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
  return `${end(localAddress, localPort)} > ${end(remoteAddress, remotePort)}`;
}

function standingOf(entry: TupleEntry): Standing {
  const state = NAMES[entry.state] ?? String(entry.state);
  if (!(entry instanceof Connection)) return { state };
  const { recovery } = entry.sender;
  const { info, flow } = recovery;
  return {
    state,
    snd_cwnd: Math.floor(flow.cwnd),
    ...(flow.ssthresh >= INFINITE_SSTHRESH ? {} : { ssthresh: Math.floor(flow.ssthresh) }),
    ...(info.srtt > 0 ? { srtt_us: Math.round(info.srtt), rttvar_us: Math.round(info.rttvar) } : {}),
    rto_us: Math.round(recovery.rto),
    in_flight: info.unacked - info.sacked - info.lost + info.retransmitted,
  };
}

function isSame(one: Standing, other: Standing): boolean {
  return one.state === other.state && one.snd_cwnd === other.snd_cwnd && one.ssthresh === other.ssthresh &&
    one.srtt_us === other.srtt_us && one.rttvar_us === other.rttvar_us && one.rto_us === other.rto_us &&
    one.in_flight === other.in_flight;
}
