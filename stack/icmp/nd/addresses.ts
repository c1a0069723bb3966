/**
 * The IPv6 addresses that a host gives its interfaces: tentative ones, link-local ones, and those that routers' prefixes make (RFC 4862).
 *
 * @module
 */
import type { InterfaceAddress } from "../../ip/in_device.ts";
import type { IpFloor } from "../../ip/ip.ts";
import { IFF_NOARP, IFF_UP, type NetDevice } from "../../link/device.ts";
import type { Timer } from "../../timers.ts";
import { IpAddress, MacAddress, type Prefix } from "../../wire/address.ts";
import { DuplicateDetection } from "./duplicate.ts";
import type { NdSender } from "./sender.ts";

const LINK_LOCAL = IpAddress.parse("fe80::");
const LINK_LOCAL_LENGTH = 64;
/** RFC 4291 appendix A: octets that an identifier made of a MAC address takes. */
const IDENTIFIER_LENGTH = 8;
/** RFC 4861 section 4.6.2: for ever. */
const INFINITE = 0xffffffff;
/** RFC 4862 section 5.5.3 (e): no advertisement shortens what is left below this, seconds. */
const TWO_HOURS = 7200;
const SECOND_US = 1_000_000;
/** `addr_gen_mode`: no link-local address is made. */
const GEN_MODE_NONE = 1;

/** An address made of a router's prefix. */
interface Autoconfigured {
  readonly prefix: Prefix;
  /** When it is given up, and when it should not be used for what is new, µs. */
  validUntil_us: number;
  preferredUntil_us: number;
}

/** What an address can be told. */
export interface Lifetimes {
  /** Seconds; {@link INFINITE}. */
  readonly valid: number;
  readonly preferred: number;
}

interface OnDevice {
  readonly tentative: Map<string, DuplicateDetection>;
  readonly autoconfigured: Map<string, Autoconfigured>;
  readonly timer: Timer;
  /** A link-local address was found taken: IPv6 does not go on there (RFC 4862 section 5.4.5). */
  failed: boolean;
}

/** See the module. */
export class NdAddresses {
  private readonly devices = new Map<NetDevice, OnDevice>();

  /** `usable` is told of each address that may be used from then on. */
  constructor(
    private readonly ip: IpFloor,
    private readonly sender: NdSender,
    private readonly usable: (device: NetDevice, address: IpAddress) => void,
  ) {}

  private on(device: NetDevice): OnDevice {
    let found = this.devices.get(device);
    if (found === undefined) {
      const timer = this.ip.net.timers.create(`addresses ${device.name}`, () => this.expire(device));
      found = { tentative: new Map(), autoconfigured: new Map(), timer, failed: false };
      this.devices.set(device, found);
    }
    return found;
  }

  /** Adds an address, once it is known to be nobody else's; false when it is there. */
  add(device: NetDevice, prefix: Prefix): boolean {
    const { address } = prefix;
    const state = this.ip.routes.devices.get(device.ifindex);
    const { tentative } = this.on(device);
    if (state === undefined || tentative.has(address.key)) return false;
    if (state.addresses6.some((own) => own.address.equals(address))) return false;
    if (!this.detects(device)) {
      this.ip.routes.addAddress(device, prefix);
      this.usable(device, address);
      return true;
    }
    // RFC 4862 section 5.4.2: it hears those who ask for the address from now on.
    state.join(address.solicitedNode());
    const detection = new DuplicateDetection(this.ip.net, this.sender, device, address, (outcome) => {
      tentative.delete(address.key);
      // RFC4862-5.4.5-not-assign
      if (outcome === "unique") this.ip.routes.addAddress(device, prefix);
      state.leave(address.solicitedNode());
      if (outcome === "unique") {
        this.usable(device, address);
        // RFC 3590 section 4: groups were reported from no address until now.
        if (address.isLinkLocal) state.mld?.announce();
      }
      if (outcome === "duplicate" && address.isLinkLocal) this.on(device).failed = true;
    });
    tentative.set(address.key, detection);
    return true;
  }

  /** Whether addresses are looked for on a link before they are used. */
  private detects(device: NetDevice): boolean {
    if (device.address === undefined || (device.flags & IFF_NOARP) !== 0) return false;
    const settings = this.sender.settingsOf(device);
    return settings.dad_transmits.value > 0 && settings.accept_dad.or;
  }

  /** Takes an address away; false when it is not there. */
  remove(device: NetDevice, prefix: Prefix): boolean {
    const { tentative, autoconfigured } = this.on(device);
    const { key } = prefix.address;
    autoconfigured.delete(key);
    const detection = tentative.get(key);
    if (detection === undefined) return this.ip.routes.removeAddress(device, prefix);
    detection.stop();
    tentative.delete(key);
    this.ip.routes.devices.get(device.ifindex)?.leave(prefix.address.solicitedNode());
    return true;
  }

  /** An address that is being looked for. */
  tentative(device: NetDevice, address: IpAddress): DuplicateDetection | undefined {
    return this.devices.get(device)?.tentative.get(address.key);
  }

  /** Addresses being looked for. */
  tentatives(device: NetDevice): readonly IpAddress[] {
    return [...this.devices.get(device)?.tentative.values() ?? []].map(({ address }) => address);
  }

  /** Gives an Ethernet interface that came up its link-local address (RFC 4862 section 5.3, RFC 2464 section 5). */
  deviceUp(device: NetDevice): void {
    if (device.address === undefined || (device.flags & IFF_UP) === 0) return;
    const state = this.ip.routes.devices.get(device.ifindex);
    if (state === undefined || state.disable_ipv6.or) return;
    if (this.sender.settingsOf(device).addr_gen_mode.value === GEN_MODE_NONE) return;
    this.add(device, { address: withIdentifier(LINK_LOCAL, device.address), length: LINK_LOCAL_LENGTH });
  }

  /** An interface went down: what IPv6 addresses it had, it has no more (`keep_addr_on_down` is off). */
  deviceDown(device: NetDevice): void {
    const found = this.devices.get(device);
    for (const address of this.tentatives(device)) this.remove(device, { address, length: 128 });
    found?.autoconfigured.clear();
    found?.timer.cancel();
    const state = this.ip.routes.devices.get(device.ifindex);
    for (const { address, prefix_length } of [...state?.addresses6 ?? []]) {
      this.ip.routes.removeAddress(device, { address, length: prefix_length });
    }
  }

  /** A device is gone. */
  removeDevice(device: NetDevice): void {
    const found = this.devices.get(device);
    for (const detection of found?.tentative.values() ?? []) detection.stop();
    found?.timer.cancel();
    this.devices.delete(device);
  }

  /** A prefix from which addresses may be made (RFC 4862 section 5.5.3, its letters). */
  prefix(device: NetDevice, prefix: Prefix, lifetimes: Lifetimes): void {
    // (b), (c)
    if (prefix.address.isLinkLocal || lifetimes.preferred > lifetimes.valid) return;
    // (d): prefix and identifier have to make up 128 bits.
    if (device.address === undefined || prefix.length !== 128 - 8 * IDENTIFIER_LENGTH) return;
    const found = this.on(device);
    if (found.failed) return;
    const address = withIdentifier(prefix.address, device.address);
    const known = found.autoconfigured.get(address.key);
    if (known === undefined) {
      const most = this.sender.settingsOf(device).max_addresses.value;
      const full = most > 0 && (this.ip.routes.devices.get(device.ifindex)?.addresses6.length ?? 0) >= most;
      if (lifetimes.valid === 0 || full) return;
      if (!this.add(device, { address, length: prefix.length })) return;
      found.autoconfigured.set(address.key, {
        prefix: { address, length: prefix.length },
        validUntil_us: this.until(lifetimes.valid),
        preferredUntil_us: this.until(lifetimes.preferred),
      });
    } else {
      known.preferredUntil_us = this.until(lifetimes.preferred);
      // (e): a short lifetime that nobody can vouch for does not take an address away at once.
      const left = (known.validUntil_us - this.ip.net.now) / SECOND_US;
      if (lifetimes.valid > TWO_HOURS || lifetimes.valid > left) known.validUntil_us = this.until(lifetimes.valid);
      else if (left > TWO_HOURS) known.validUntil_us = this.until(TWO_HOURS);
    }
    this.expire(device);
  }

  private until(seconds: number): number {
    return seconds === INFINITE ? Infinity : this.ip.net.now + seconds * SECOND_US;
  }

  /** Deprecates and gives up what is due, and waits for what is next (RFC 4862 section 5.5.4). */
  private expire(device: NetDevice): void {
    const { autoconfigured, timer } = this.on(device);
    const { now } = this.ip.net;
    const state = this.ip.routes.devices.get(device.ifindex);
    let next = Infinity;
    for (const one of [...autoconfigured.values()]) {
      if (now >= one.validUntil_us) {
        this.remove(device, one.prefix);
        continue;
      }
      const own = state?.addresses6.find(({ address }) => address.equals(one.prefix.address));
      if (own !== undefined) this.deprecate(own, now >= one.preferredUntil_us);
      next = Math.min(next, one.validUntil_us, now >= one.preferredUntil_us ? Infinity : one.preferredUntil_us);
    }
    if (Number.isFinite(next)) timer.arm(next);
    else timer.cancel();
  }

  private deprecate(own: InterfaceAddress, deprecated: boolean): void {
    if ((own.deprecated ?? false) === deprecated) return;
    own.deprecated = deprecated;
    this.ip.routes.changed();
  }
}

/** A prefix of 64 bits with the identifier of a MAC address behind it. */
function withIdentifier(prefix: IpAddress, mac: Uint8Array): IpAddress {
  const bytes = prefix.bytes.slice();
  bytes.set(new MacAddress(mac).eui64(), 16 - IDENTIFIER_LENGTH);
  return new IpAddress(bytes);
}
