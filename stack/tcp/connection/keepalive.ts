/**
 * Keep-alive probes (RFC 9293 section 3.8.4), and the end of a FIN-WAIT-2 that nobody waits for.
 *
 * @module
 */
import { TCP_CLOSE_WAIT, TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2 } from "../../../abi/tcp_constants.ts";
import { Counter } from "../../mib.ts";
import type { Net } from "../../net.ts";
import type { Timer } from "../../timers.ts";
import { ACK } from "../../wire/tcp.ts";
import type { TcpConfig } from "../config.ts";
import type { TcpSettings } from "../settings.ts";

/** The connection that is kept alive. */
export interface KeptAlive {
  readonly state: number;
  readonly settings: TcpSettings;
  readonly context: { readonly config: TcpConfig; readonly net: Net };
  readonly endpoint: { readonly so: { readonly keepalive: boolean }; readonly sock_dead: boolean };
  readonly sender: {
    readonly sndUna: number;
    readonly emission: { readonly lastSentAt: number };
    readonly queue: { readonly sentCount: number; readonly hasUnsent: boolean };
  };
  readonly outbox: { send(seq: number, flags: number): number };
  sendReset(): void;
  timeOut(): void;
}

/** One connection's keep-alive timer. */
export class KeepAlive {
  private readonly timer: Timer;
  private probes = 0;
  private lastHeard = 0;

  /** A timer that is not running. */
  constructor(private readonly connection: KeptAlive) {
    this.timer = connection.context.net.timers.create("tcp-keepalive", () => this.fire());
  }

  /** Idle time before the first probe, µs. */
  get idle(): number {
    return this.connection.settings.keepIdle || this.connection.context.config.keepalive_time.value * 1e6;
  }

  /** Time between probes, µs. */
  get interval(): number {
    return this.connection.settings.keepInterval || this.connection.context.config.keepalive_intvl.value * 1e6;
  }

  /** A segment came in: the peer lives. */
  heard(): void {
    this.lastHeard = this.connection.context.net.now;
    this.probes = 0;
  }

  /** Probes without an answer. */
  get unanswered(): number {
    return this.probes;
  }

  /** When a segment came in last, µs. */
  get heardAt(): number {
    return this.lastHeard;
  }

  /** SO_KEEPALIVE, or a time of it, was set; or the connection is there. */
  // RFC9293-MUST-24, RFC9293-MUST-25
  start(): void {
    // RFC9293-MAY-5
    if (!this.connection.endpoint.so.keepalive) return this.timer.cancel();
    this.timer.arm(this.connection.context.net.now + this.idle);
  }

  /** The program changed the idle time while it runs. */
  restart(): void {
    if (!this.connection.endpoint.so.keepalive || !this.running) return;
    const { now } = this.connection.context.net;
    this.timer.arm(Math.max(this.lastHeard + this.idle, now));
  }

  private get running(): boolean {
    const { state } = this.connection;
    return state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT || state === TCP_FIN_WAIT1 || state === TCP_FIN_WAIT2;
  }

  /** No more probes. */
  stop(): void {
    this.timer.cancel();
  }

  private fire(): void {
    const { connection } = this;
    const { net, config } = connection.context;
    if (!this.running || !connection.endpoint.so.keepalive) return;
    // RFC9293-MUST-26: only while nothing is outstanding and nothing came in.
    const busy = connection.sender.queue.sentCount > 0 || connection.sender.queue.hasUnsent;
    const quiet = net.now - Math.max(this.lastHeard, connection.sender.emission.lastSentAt);
    if (busy) return this.timer.arm(net.now + this.idle);
    if (this.probes === 0 && quiet < this.idle) return this.timer.arm(net.now + this.idle - quiet);
    // RFC9293-MUST-29
    const { userTimeout, keepCount } = connection.settings;
    const over = userTimeout > 0
      ? quiet >= userTimeout && this.probes > 0
      : this.probes >= (keepCount || config.keepalive_probes.value);
    if (over) {
      connection.sendReset();
      connection.timeOut();
      return;
    }
    // RFC9293-SHLD-12: no octet of garbage; the sequence number before SND.UNA draws an ACK.
    net.mib.inc(Counter.TcpExtTCPKeepAlive);
    connection.outbox.send((connection.sender.sndUna - 1) >>> 0, ACK);
    this.probes++;
    this.timer.arm(net.now + this.interval);
  }
}
