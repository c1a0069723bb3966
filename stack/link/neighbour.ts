/**
 * One neighbour: its link-layer address, how sure that is, and what waits for it (RFC 4861 section 7.3; RFC 1122 section 2.3.2 for
 * ARP, which the same states serve).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import type { Net } from "../net.ts";
import type { Timer } from "../timers.ts";
import type { IpAddress } from "../wire/address.ts";
import type { NetDevice } from "./device.ts";
import { ethernetHeader, pushEthernetHeader } from "./ethernet.ts";
import type { NeighbourParameters } from "./neighbour_parameters.ts";
import {
  NUD_CONNECTED,
  NUD_DELAY,
  NUD_FAILED,
  NUD_INCOMPLETE,
  NUD_NOARP,
  NUD_NONE,
  NUD_PERMANENT,
  NUD_PROBE,
  NUD_REACHABLE,
  NUD_STALE,
  NUD_VALID,
} from "./neighbour_state.ts";
import { dev_queue_xmit } from "./xmit.ts";

/** What a packet in the queue counts beside its octets: its buffer. */
const BUFFER_OVERHEAD = 576;

/** How a family asks for neighbours, and what becomes of what can't be sent. */
export interface NeighbourProtocol {
  /** Type of its frames. */
  readonly etherType: number;
  /**
   * Asks for a neighbour, everybody or (`unicast`) that one alone; `packet` is the first that waits, whose source may be
   * the one to ask with.
   */
  solicit(neighbour: Neighbour, packet: PacketBuffer | undefined, unicast: boolean): void;
  /** A packet waited in vain. */
  unreachable(packet: PacketBuffer): void;
}

/** What a table keeps books about. */
export interface NeighbourBooks {
  readonly net: Net;
  readonly protocol: NeighbourProtocol;
  readonly parameters: NeighbourParameters;
  /** As `/proc/net/stat/arp_cache` names them. */
  readonly statistics: { res_failed: number; unresolved_discards: number };
}

/** What was heard about a neighbour. */
export interface NeighbourNews {
  /** Its link-layer address; absent where none was told. */
  readonly lladdr?: Uint8Array | undefined;
  /** The state that it comes to. */
  readonly state: number;
  /** Another address than the known one takes its place. */
  readonly override: boolean;
  /** Whether it is a router, where that was told. */
  readonly isRouter?: boolean | undefined;
}

/** See the module. */
export class Neighbour {
  /** Last known state; {@link state} looks at the clock. */
  private nud = NUD_NONE;
  /** Link-layer address, once known. */
  lladdr: Uint8Array | undefined = undefined;
  isRouter = false;
  /** When it was last heard to receive, sent to, and its address changed. */
  confirmed_us = 0;
  used_us: number;
  updated_us: number;
  private header: Uint8Array | undefined = undefined;
  private probes = 0;
  private resoliciting = false;
  private queue: PacketBuffer[] = [];
  private queued = 0;
  private readonly timer: Timer;

  constructor(readonly address: IpAddress, readonly device: NetDevice, private readonly books: NeighbourBooks) {
    this.used_us = this.updated_us = books.net.now;
    this.timer = books.net.timers.create(`neighbour ${address}`, () => this.expired());
  }

  /** One of `NUD_*`, now. */
  get state(): number {
    const { net, parameters } = this.books;
    if (this.nud === NUD_REACHABLE && net.now >= this.confirmed_us + parameters.reachable_us) this.nud = NUD_STALE;
    return this.nud;
  }

  /** Packets that wait for its address. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Whether it may be forgotten to make room. */
  get expendable(): boolean {
    return (this.state & (NUD_PERMANENT | NUD_NOARP | NUD_INCOMPLETE | NUD_DELAY | NUD_PROBE)) === 0;
  }

  /** Sends a packet that starts at its IP header, now or once the address is known (`neigh_output`). 0 or `-errno`. */
  output(packet: PacketBuffer): number {
    const state = this.state;
    this.used_us = this.books.net.now;
    if ((state & NUD_CONNECTED) === 0 && !this.sendable(state, packet)) return 0;
    return this.send(packet);
  }

  /** `neigh_resolve_output`: whether the packet may go at once; if not, it waits. */
  private sendable(state: number, packet: PacketBuffer): boolean {
    // RFC4861-7.3.3-stale-delay
    if (state === NUD_STALE) {
      // RFC 4861 section 7.3.3: the first packet to a stale neighbour starts the delay; it is sent all the same.
      this.nud = NUD_DELAY;
      this.timer.arm(this.books.net.now + this.books.parameters.delayFirstProbe_us);
      return true;
    }
    if ((state & NUD_VALID) !== 0) return true;
    this.enqueue(packet);
    if (state !== NUD_INCOMPLETE) this.resolve();
    return false;
  }

  private send(packet: PacketBuffer): number {
    this.header ??= ethernetHeader(this.device, this.lladdr!, this.books.protocol.etherType);
    pushEthernetHeader(packet, this.header);
    return dev_queue_xmit(packet, this.device);
  }

  /** RFC 4861 section 7.2.2: at least one waits; where there is no more room, the oldest goes. */
  private enqueue(packet: PacketBuffer): void {
    const { parameters, statistics } = this.books;
    const cost = packet.length + BUFFER_OVERHEAD;
    // RFC826-rfc1122-queue
    while (this.queue.length > 0 && this.queued + cost > parameters.unresolvedOctets) {
      this.queued -= this.queue.shift()!.length + BUFFER_OVERHEAD;
      statistics.unresolved_discards++;
    }
    // RFC826-rfc1122-queue
    this.queue.push(packet);
    this.queued += cost;
  }

  /** Starts to ask for the address. */
  private resolve(): void {
    this.nud = NUD_INCOMPLETE;
    this.probes = 0;
    if (this.books.parameters.multicastSolicit === 0) return this.fail();
    this.ask(false);
  }

  private ask(unicast: boolean): void {
    this.probes++;
    // RFC4861-7.2.2-retrans, RFC826-rfc1122-flood, RFC4861-7.2.2-rate
    this.timer.arm(this.books.net.now + this.books.parameters.retrans_us);
    this.books.protocol.solicit(this, this.queue[0], unicast);
  }

  private expired(): void {
    const { parameters, net } = this.books;
    switch (this.nud) {
      case NUD_DELAY:
        if (net.now < this.confirmed_us + parameters.delayFirstProbe_us) return this.become(NUD_REACHABLE);
        // RFC4861-7.3.3-stale-delay
        return this.probe();
      case NUD_PROBE: {
        const most = this.resoliciting ? parameters.multicastResolicit : parameters.unicastSolicit;
        if (this.probes < most) return this.ask(!this.resoliciting);
        if (this.resoliciting || parameters.multicastResolicit === 0) return this.fail();
        this.resoliciting = true;
        this.probes = 0;
        return this.ask(false);
      }
      case NUD_INCOMPLETE:
        // RFC4861-7.2.2-retrans, RFC826-rfc1122-flood
        return this.probes < parameters.multicastSolicit ? this.ask(false) : this.fail();
    }
  }

  /** Asks it alone whether it is still there. */
  probe(): void {
    this.nud = NUD_PROBE;
    this.probes = 0;
    this.resoliciting = false;
    if (this.books.parameters.unicastSolicit === 0) return this.expired();
    this.ask(true);
  }

  /** RFC 4861 section 7.2.2, RFC 1122 section 2.3.2.2: what waited can't be delivered. */
  private fail(): void {
    this.books.statistics.res_failed++;
    this.timer.cancel();
    this.nud = NUD_FAILED;
    this.lladdr = this.header = undefined;
    const lost = this.queue;
    this.queue = [];
    this.queued = 0;
    // RFC4861-7.2.2-fail
    for (const packet of lost) this.books.protocol.unreachable(packet);
  }

  /** Upper layers saw progress: it receives (RFC 4861 section 7.3.1). */
  confirm(): void {
    const state = this.state;
    if ((state & NUD_VALID) === 0 || (state & (NUD_PERMANENT | NUD_NOARP)) !== 0) return;
    this.become(NUD_REACHABLE);
  }

  /** Another address than the known one was heard, and it may not take its place: reachability is in doubt. */
  suspect(): void {
    if (this.state === NUD_REACHABLE) this.become(NUD_STALE);
  }

  /** Whether this is its link-layer address. */
  hasAddress(lladdr: Uint8Array): boolean {
    return this.lladdr !== undefined && sameAddress(this.lladdr, lladdr);
  }

  private become(state: number): void {
    this.timer.cancel();
    this.nud = state;
    if (state === NUD_REACHABLE) this.confirmed_us = this.books.net.now;
    if (state === NUD_DELAY) this.timer.arm(this.books.net.now + this.books.parameters.delayFirstProbe_us);
    if (state === NUD_PROBE) this.probe();
  }

  /** Takes news (RFC 4861 section 7.2.5 has its rules about what may change what). */
  update(news: NeighbourNews): void {
    const before = this.state;
    if (before === NUD_PERMANENT && news.state !== NUD_PERMANENT) return;
    if (news.isRouter !== undefined) this.isRouter = news.isRouter;
    if ((news.state & NUD_VALID) === 0) {
      this.nud = news.state;
      this.timer.cancel();
      if (news.state === NUD_FAILED) this.fail();
      return;
    }
    const known = (before & NUD_VALID) !== 0 ? this.lladdr : undefined;
    const differs = news.lladdr !== undefined && (known === undefined || !sameAddress(known, news.lladdr));
    if (known === undefined && news.lladdr === undefined) return;
    if (differs && known !== undefined && !news.override) return;
    // RFC826-recv-merge, RFC4861-7.2.5-override
    if (differs) {
      this.lladdr = news.lladdr!.slice();
      this.header = undefined;
      this.updated_us = this.books.net.now;
    }
    // The same address heard again says nothing about whether it receives.
    const nothingNew = news.state === NUD_STALE && !differs && (before & NUD_VALID) !== 0;
    if (!nothingNew) this.become(news.state);
    if (known === undefined) this.flush();
  }

  /** Sets it by hand, whatever was known (`ip neighbour`). */
  set(state: number, lladdr: Uint8Array | undefined): void {
    if (lladdr !== undefined) {
      this.lladdr = lladdr.slice();
      this.header = undefined;
      this.updated_us = this.books.net.now;
    }
    this.become(state);
    if ((state & NUD_VALID) !== 0) this.flush();
  }

  /** Sends what waited. */
  private flush(): void {
    const ready = this.queue;
    this.queue = [];
    this.queued = 0;
    for (const packet of ready) this.output(packet);
  }

  /** It is forgotten: what waits is dropped. */
  drop(): void {
    this.timer.cancel();
    this.books.statistics.unresolved_discards += this.queue.length;
    this.queue = [];
    this.queued = 0;
    this.nud = NUD_NONE;
  }
}

function sameAddress(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
