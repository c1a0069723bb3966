/**
 * Router discovery, the host's part: asking for routers, and what their advertisements say (RFC 4861 section 6.3, RFC 7559).
 *
 * @module
 */
import type { InDevice } from "../../ip/in_device.ts";
import type { IpFloor } from "../../ip/ip.ts";
import { IFF_UP, type NetDevice } from "../../link/device.ts";
import { NUD_STALE } from "../../link/neighbour_state.ts";
import type { NeighbourTable } from "../../link/neighbour_table.ts";
import type { Timer } from "../../timers.ts";
import { IpAddress, type Prefix } from "../../wire/address.ts";
import { MIN_MTU } from "../../wire/ipv6.ts";
import * as nd from "../../wire/nd.ts";
import type { NdAddresses } from "./addresses.ts";
import type { NdMessage } from "./message.ts";
import { linkLayerOf } from "./neighbours.ts";
import type { NdSender } from "./sender.ts";

const SECOND_US = 1_000_000;
const MS_US = 1000;
const INFINITE = 0xffffffff;
/** Metric of the routes to prefixes on the link. */
const PREFIX_METRIC = 256;
/** RFC 7559 section 2: how far a random factor may be off 1. */
const RANDOM_SPREAD = 0.1;
const ANY: Prefix = { address: IpAddress.ANY6, length: 0 };

type Advertisement = Extract<nd.NdBody, { kind: "router-advertisement" }>;
type PrefixOption = Extract<nd.NdOption, { name: "prefix" }>;

/** A route that holds for some time. */
interface Expiring {
  readonly remove: () => void;
  readonly timer: Timer;
}

/** See the module. */
export class NdRouters {
  private readonly routes = new Map<NetDevice, Map<string, Expiring>>();
  private readonly soliciting = new Map<NetDevice, { readonly timer: Timer; sent: number; interval_us: number }>();

  constructor(
    private readonly ip: IpFloor,
    private readonly sender: NdSender,
    private readonly addresses: NdAddresses,
    private readonly neighbours: NeighbourTable,
  ) {}

  /** Begins to ask for routers on an interface whose link-local address may be used (RFC 4861 section 6.3.7). */
  solicit(device: NetDevice): void {
    if (!this.accepts(device) || this.soliciting.has(device)) return;
    if (this.sender.settingsOf(device).router_solicitations.value === 0) return;
    const timer = this.ip.net.timers.create(`router solicitation ${device.name}`, () => this.ask(device));
    this.soliciting.set(device, { timer, sent: 0, interval_us: 0 });
    this.ask(device);
  }

  private ask(device: NetDevice): void {
    const state = this.soliciting.get(device);
    const settings = this.sender.settingsOf(device);
    const most = settings.router_solicitations.value;
    // RFC4861-6.3.7-rs-send
    if (state === undefined || (device.flags & IFF_UP) === 0 || (most >= 0 && state.sent >= most)) return;
    state.sent++;
    const first_us = settings.router_solicitation_interval.value * SECOND_US;
    const last_us = settings.router_solicitation_max_interval.value * SECOND_US;
    // RFC7559-2-backoff, RFC4861-6.3.7-rs-send
    // RFC 7559 section 2: each interval is twice the one before, some tenth more or less.
    const next_us = state.interval_us === 0 ? first_us : 2 * state.interval_us;
    state.interval_us = next_us > last_us ? last_us : next_us;
    const factor = 1 + RANDOM_SPREAD * (2 * this.ip.net.random() / 0x1_0000_0000 - 1);
    state.timer.arm(this.ip.net.now + Math.round(state.interval_us * factor));
    const source = this.ip.routes.devices.get(device.ifindex)?.linkLocal() ?? IpAddress.ANY6;
    this.sender.solicitRouters(device, source);
  }

  private stopAsking(device: NetDevice): void {
    this.soliciting.get(device)?.timer.cancel();
    this.soliciting.delete(device);
  }

  /** 0: no advertisements; 1: on hosts; 2: on routers, too (`accept_ra`). */
  private accepts(device: NetDevice): boolean {
    const state = this.ip.routes.devices.get(device.ifindex);
    if (state === undefined || state.disable_ipv6.value !== 0) return false;
    const accept = this.sender.settingsOf(device).accept_ra.value;
    return accept === 2 || (accept === 1 && state.forwarding6.value === 0);
  }

  /** RFC 4861 sections 6.1.2 and 6.3.4. */
  advertisement(message: NdMessage, body: Advertisement): void {
    const { device, source } = message;
    // RFC4861-6.1.2-ra-valid
    if (!source.isLinkLocal || !this.accepts(device)) return;
    const state = this.ip.routes.in_device(device);
    const settings = this.sender.settingsOf(device);
    const own = this.ip.routes.local6.getAddress(source) !== undefined;
    if (own && settings.accept_ra_from_local.value === 0) return;
    // RFC7559-2.1-stop
    if (body.routerLifetime > 0) this.stopAsking(device);
    // RFC4861-6.3.4-hoplimit
    if (body.curHopLimit > 0 && body.curHopLimit >= settings.accept_ra_min_hop_limit.value) {
      this.ip.net.sysctl.set(`net.ipv6.conf.${device.name}.hop_limit`, String(body.curHopLimit));
    }
    const parameters = this.neighbours.parameters(device);
    if (body.reachableTime > 0) parameters.advertisedReachable_us = body.reachableTime * MS_US;
    if (body.retransTimer > 0) parameters.advertisedRetrans_us = body.retransTimer * MS_US;
    const lladdr = linkLayerOf(body.options, "source-link-layer");
    if (lladdr !== undefined && device.address !== undefined) {
      const neighbour = this.neighbours.obtain(source, device);
      neighbour?.update({ lladdr, state: NUD_STALE, override: true, isRouter: true });
    }
    if (settings.accept_ra_defrtr.value !== 0 && body.routerLifetime >= settings.accept_ra_min_lft.value) {
      this.defaultRouter(device, source, body.routerLifetime);
    }
    for (const option of body.options) this.option(state, option);
  }

  private option(state: InDevice, option: nd.NdOption): void {
    const settings = this.sender.settingsOf(state.device);
    if (option.name === "mtu" && settings.accept_ra_mtu.value !== 0) this.mtu(state, option.mtu);
    // RFC4861-6.3.4-prefix, RFC4862-5.5.3-d-form
    if (option.name === "prefix" && settings.accept_ra_pinfo.value !== 0) this.prefix(state.device, option);
  }

  /** RFC 4861 section 6.3.4: what the link carries, between the least and what the device itself says. */
  private mtu(state: InDevice, mtu: number): void {
    // RFC4861-6.3.4-mtu
    if (mtu < MIN_MTU || mtu > state.device.mtu || mtu === state.mtu6) return;
    state.setMtu6(mtu);
    this.ip.routes.changed();
  }

  private defaultRouter(device: NetDevice, router: IpAddress, lifetime: number): void {
    const metric = this.sender.settingsOf(device).ra_defrtr_metric.value;
    this.route(device, `default ${router}`, lifetime, { prefix: ANY, device, gateway: router, metric });
  }

  /** RFC 4861 section 6.3.4, RFC 4862 section 5.5.3. */
  private prefix(device: NetDevice, option: PrefixOption): void {
    const { prefixLength, flags, validLifetime } = option;
    if (prefixLength > 128 || option.prefix.isLinkLocal || option.prefix.isMulticast) return;
    if (validLifetime < this.sender.settingsOf(device).accept_ra_min_lft.value) return;
    const prefix = { address: option.prefix.masked(prefixLength), length: prefixLength };
    if ((flags & nd.PIO_ONLINK) !== 0) {
      this.route(device, `prefix ${prefix.address}/${prefixLength}`, validLifetime, {
        prefix,
        device,
        metric: PREFIX_METRIC,
      });
    }
    if ((flags & nd.PIO_AUTONOMOUS) !== 0 && this.sender.settingsOf(device).autoconf.value !== 0) {
      this.addresses.prefix(device, prefix, { valid: validLifetime, preferred: option.preferredLifetime });
    }
  }

  /** A route for so many seconds from now; 0 ends it. */
  private route(
    device: NetDevice,
    key: string,
    lifetime: number,
    spec: {
      readonly prefix: Prefix;
      readonly device: NetDevice;
      readonly gateway?: IpAddress;
      readonly metric: number;
    },
  ): void {
    let routes = this.routes.get(device);
    if (routes === undefined) this.routes.set(device, routes = new Map());
    let known = routes.get(key);
    if (lifetime === 0) return this.forget(device, key);
    if (known === undefined) {
      const added = this.ip.routes.addRoute(spec) === 0;
      const remove = () => {
        if (added) this.ip.routes.removeRoute(spec);
      };
      known = { remove, timer: this.ip.net.timers.create(key, () => this.forget(device, key)) };
      routes.set(key, known);
    }
    if (lifetime === INFINITE) known.timer.cancel();
    else known.timer.arm(this.ip.net.now + lifetime * SECOND_US);
  }

  private forget(device: NetDevice, key: string): void {
    const routes = this.routes.get(device);
    const known = routes?.get(key);
    if (known === undefined) return;
    known.timer.cancel();
    known.remove();
    routes!.delete(key);
  }

  /** A neighbour is no router any more (RFC 4861 section 7.2.5). */
  routerGone(device: NetDevice, router: IpAddress): void {
    this.forget(device, `default ${router}`);
  }

  /** An interface went down. */
  deviceDown(device: NetDevice): void {
    this.stopAsking(device);
    for (const key of [...this.routes.get(device)?.keys() ?? []]) this.forget(device, key);
  }
}
