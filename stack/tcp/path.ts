/**
 * The way to the peer: its route, and the largest segment that fits it.
 *
 * @module
 */
import type { Deviations } from "../deviations.ts";
import { type AfOperations, operationsOf } from "../inet/af_ops.ts";
import type { InetSock } from "../inet/inet_sock.ts";
import { PmtuDiscovery, type Route } from "../ip/interface.ts";
import { MIN_HEADER_LENGTH, MSS_DEFAULT, MSS_DEFAULT6 } from "../wire/tcp.ts";
import type { TcpConfig } from "./config.ts";
import type { Negotiated } from "./negotiated.ts";
import type { TcpSettings } from "./settings.ts";

/** Octets of the timestamps option as everyone sends it. */
const TIMESTAMPS_LENGTH = 12;
/** Octets that an MD5 signature takes of each segment. */
const SIGNATURE_LENGTH = 20;

/** The largest segment that a peer takes which announces none (RFC 9293 MUST-15, RFC 6691). */
export function defaultMss(family: 4 | 6): number {
  // RFC9293-MUST-15
  return family === 4 ? MSS_DEFAULT : MSS_DEFAULT6;
}

/** Octets of IP and TCP header without options. */
export function headerOverhead({ net_header_len }: AfOperations): number {
  return net_header_len + MIN_HEADER_LENGTH;
}

/** The path of one connection. */
export class Path {
  /** Segments carry a signature. */
  signed = false;
  /** Path MTU that was learned or probed, octets; 0 while the route's counts. */
  private probedMtu = 0;
  private mssMtu = 0;
  private mssWindow = 0;
  private mssValue = 0;

  /** The path of `endpoint`. */
  constructor(
    private readonly endpoint: InetSock,
    private readonly config: TcpConfig,
    private readonly settings: TcpSettings,
    private readonly negotiated: Negotiated,
    private readonly deviations: Deviations,
  ) {}

  /** The route to the peer, looked up afresh where need be, or `-errno`. */
  route(): Route | number {
    return this.endpoint.route();
  }

  /** Path MTU, octets. A route that is gone counts with the last one known. */
  mtu(): number {
    const route = this.endpoint.route();
    if (typeof route === "number") return this.mssMtu || 576;
    const mode = this.endpoint.pmtudisc;
    const learned = mode >= PmtuDiscovery.PROBE ? Math.min(route.device.mtu, 65535) : route.mtu();
    return this.probedMtu > 0 ? Math.min(this.probedMtu, learned) : learned;
  }

  /** Sends no packets larger than this from now on, 0 for as large as the route takes. */
  probe(mtu: number): void {
    this.probedMtu = mtu;
    this.mssMtu = 0;
  }

  /** Octets of the probed path MTU, 0 for none. */
  get probed(): number {
    return this.probedMtu;
  }

  /** What of each packet is not text: IP header with the socket's options, TCP header with the options that are on every segment. */
  get overhead(): number {
    return headerOverhead(this.endpoint.af_ops) + this.ipOptions + this.tcpOptions;
  }

  private get ipOptions(): number {
    return this.endpoint.family_options.options?.octets.length ?? 0;
  }

  /** Octets of TCP options that are on every segment. */
  get tcpOptions(): number {
    return (this.negotiated.timestamps ? TIMESTAMPS_LENGTH : 0) + (this.signed ? SIGNATURE_LENGTH : 0);
  }

  /** MSS to announce: what the route says, or less if the program wants that (RFC 9293 MUST-14, MUST-67). */
  announcedMss(): number {
    const route = this.endpoint.route();
    // RFC9293-MUST-14, RFC9293-3.7.1-mss-each-way
    const mss = typeof route === "number" ? defaultMss(this.endpoint.wire_family) : routeMss(route, this.deviations);
    const { maxseg } = this.settings;
    return maxseg > 0 ? Math.min(mss, maxseg) : mss;
  }

  /**
   * Eff.snd.MSS (RFC 9293 section 3.7.1, MUST-16): what the peer takes and what the path carries, less the options. `maxWindow` is
   * the largest window that the peer ever offered: half of it is the most that one segment may take of it (RFC 9293 section 3.8.6.2.1).
   */
  mss(maxWindow: number): number {
    const mtu = this.mtu();
    if (mtu === this.mssMtu && maxWindow === this.mssWindow) return this.mssValue;
    this.mssMtu = mtu;
    this.mssWindow = maxWindow;
    const { maxseg } = this.settings;
    // RFC9293-MUST-14, RFC1191-3.1-mss-limit, RFC9293-3.7.1-mss-each-way
    const peer = this.negotiated.peerMss || defaultMss(this.endpoint.wire_family);
    const limit = maxseg > 0 ? Math.min(peer, maxseg) : peer;
    // RFC9293-MUST-67, RFC9293-MUST-16
    const fits = mtu - headerOverhead(this.endpoint.af_ops) - this.ipOptions;
    // RFC9293-MUST-16; a peer that announces next to nothing gets no flood of tiny segments.
    const mss = Math.max(Math.min(limit, fits), this.config.min_snd_mss.value - 0) - this.tcpOptions;
    this.mssValue = halfOfWindow(mss, maxWindow, limit);
    return this.mssValue;
  }

  /** Octets that path and peer have room for beside the headers and options of every segment (RFC9293-MUST-16). */
  get room(): number {
    const peer = this.negotiated.peerMss || defaultMss(this.endpoint.wire_family);
    return Math.min(this.mtu() - this.overhead, peer - this.tcpOptions);
  }

  /** The MSS must be computed anew: options or the route changed. */
  invalidate(): void {
    this.mssMtu = 0;
  }
}

/** MSS to announce by a route (RFC9293-MUST-67, RFC9293-SHLD-5, RFC9293-MUST-14, RFC1191-3.1-mss-announce, RFC8200-8.3-mss): what its interface takes, not what a path was found to carry. */
export function routeMss(route: Route, deviations: Deviations): number {
  if (deviations.mssFromPathMtu || route.metrics.advmss !== undefined) return route.advmss();
  return Math.min(route.device.mtu, 65_535) - headerOverhead(operationsOf(route.family));
}

/** A window that was small from the start is not to be filled by one segment. */
function halfOfWindow(mss: number, maxWindow: number, peerMss: number): number {
  if (maxWindow === 0) return mss;
  const most = maxWindow > Math.min(peerMss, MSS_DEFAULT) ? maxWindow >> 1 : maxWindow;
  return mss > most ? Math.max(most, 68 - 40) : mss;
}
