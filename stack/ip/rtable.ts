/**
 * Destination cache entries (`struct rtable`, `struct rt6_info`).
 *
 * @module
 */
import type { NetDevice } from "../link/device.ts";
import type { Setting } from "../sysctl.ts";
import type { IpAddress } from "../wire/address.ts";
import { MAX_TOTAL_LENGTH } from "../wire/ipv4.ts";
import { HEADER_LENGTH as IPV6_HEADER_LENGTH, MAX_PAYLOAD_LENGTH } from "../wire/ipv6.ts";
import type { InDevice } from "./in_device.ts";
import type { Family, Route, RouteMetrics, RouteType } from "./interface.ts";
import type { PathException, PathExceptions } from "./pmtu.ts";

const TCP_HEADER = 20;
/** `IP6_MAX_MTU` */
const IP6_MAX_MTU = MAX_PAYLOAD_LENGTH + IPV6_HEADER_LENGTH;

/** What entries ask of the tables that they were made by. */
export interface RouteOwner {
  /** Goes up whenever entries made before are no longer valid. */
  readonly generation: number;
  readonly exceptions4: PathExceptions;
  readonly exceptions6: PathExceptions;
  readonly min_adv_mss4: Setting;
  readonly min_adv_mss6: Setting;
  readonly default_ttl: Setting;
}

/** How a destination cache entry is made. */
export interface RtableInit {
  readonly family: Family;
  readonly type: RouteType;
  readonly device: NetDevice;
  readonly in_device: InDevice;
  readonly destination: IpAddress;
  readonly source: IpAddress;
  readonly gateway: IpAddress | undefined;
  readonly metrics: RouteMetrics;
  readonly exception: PathException | undefined;
  /** Input routes: the device that packets come in on. */
  readonly input?: NetDevice;
  /** What the input path answers with: positive errno, 0 when it delivers or forwards. */
  readonly error?: number;
}

/** One destination cache entry. */
export class Rtable implements Route {
  readonly family: Family;
  readonly type: RouteType;
  readonly device: NetDevice;
  readonly in_device: InDevice;
  readonly destination: IpAddress;
  readonly source: IpAddress;
  readonly metrics: RouteMetrics;
  /** Input routes: the device that packets come in on. */
  readonly input: NetDevice | undefined;
  /** errno of an input route that leads nowhere, else 0. */
  readonly error: number;
  /** What was learned about the path, shared by all routes to the destination. */
  exception: PathException | undefined;
  private readonly configured_gateway: IpAddress | undefined;
  private readonly generation: number;

  /** An entry that belongs to `tables` and is valid as long as they don't change. */
  constructor(private readonly tables: RouteOwner, init: RtableInit) {
    this.family = init.family;
    this.type = init.type;
    this.device = init.device;
    this.in_device = init.in_device;
    this.destination = init.destination;
    this.source = init.source;
    this.metrics = init.metrics;
    this.configured_gateway = init.gateway;
    this.exception = init.exception;
    this.input = init.input;
    this.error = init.error ?? 0;
    this.generation = tables.generation;
  }

  get gateway(): IpAddress | undefined {
    return this.exception?.gateway ?? this.configured_gateway;
  }

  /** Where the packet goes on the link. */
  get next_hop(): IpAddress {
    return this.gateway ?? this.destination;
  }

  isValid(): boolean {
    return this.generation === this.tables.generation;
  }

  /** MTU of route or device, learned path MTUs left out. */
  device_mtu(): number {
    return this.family === 4 ? Math.min(this.device.mtu, MAX_TOTAL_LENGTH) : Math.min(this.in_device.mtu6, IP6_MAX_MTU);
  }

  /** As `ipv4_mtu` and `ip6_mtu`. */
  mtu(): number {
    const limit = this.family === 4 ? MAX_TOTAL_LENGTH : IP6_MAX_MTU;
    const exception = this.exception;
    const exceptions = this.family === 4 ? this.tables.exceptions4 : this.tables.exceptions6;
    if (exceptions.holds(exception)) return Math.min(exception.pmtu, limit);
    if (this.metrics.mtu !== undefined) return Math.min(this.metrics.mtu, limit);
    return this.device_mtu();
  }

  /** Whether the MTU may not be learned, and DF not be set (`ip_mtu_locked`). */
  mtuLocked(): boolean {
    if (this.metrics.mtu_lock === true) return true;
    const exceptions = this.family === 4 ? this.tables.exceptions4 : this.tables.exceptions6;
    return exceptions.holds(this.exception) && this.exception.locked;
  }

  /** As `ipv4_default_advmss` and `ip6_default_advmss`. */
  advmss(): number {
    if (this.metrics.advmss !== undefined && this.metrics.advmss > 0) return this.metrics.advmss;
    if (this.family === 4) {
      const headers = TCP_HEADER + 20;
      const mss = Math.max(this.mtu() - headers, this.tables.min_adv_mss4.value);
      return Math.min(mss, MAX_TOTAL_LENGTH - headers);
    }
    const mss = Math.max(this.mtu() - IPV6_HEADER_LENGTH - TCP_HEADER, this.tables.min_adv_mss6.value);
    return mss > MAX_PAYLOAD_LENGTH - TCP_HEADER ? MAX_PAYLOAD_LENGTH : mss;
  }

  /** As `ip4_dst_hoplimit` and `ip6_dst_hoplimit`. */
  hoplimit(): number {
    if (this.metrics.hoplimit !== undefined && this.metrics.hoplimit > 0) return this.metrics.hoplimit;
    return this.family === 4 ? this.tables.default_ttl.value : this.in_device.hop_limit.value;
  }
}
