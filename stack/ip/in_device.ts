/**
 * What the IP floor knows about one interface: addresses, joined groups, settings (`struct in_device`, `struct inet6_dev`).
 *
 * @module
 */
import { ConfPair } from "../conf_pair.ts";
import type { NetDevice } from "../link/device.ts";
import type { Net } from "../net.ts";
import type { Setting } from "../sysctl.ts";
import { IpAddress } from "../wire/address.ts";
import type { SourceFilter } from "./multicast/filter.ts";
import type { GroupHost } from "./multicast/group_host.ts";
import { InterfaceGroups } from "./multicast/interface_groups.ts";

/** One address of an interface. */
export interface InterfaceAddress {
  readonly address: IpAddress;
  readonly prefix_length: number;
  /** IPv4: directed broadcast address, absent for /31, /32 and loopback. */
  readonly broadcast: IpAddress | undefined;
  /** IPv6: its preferred lifetime is over: not for what is new, if there is another (RFC 4862 section 5.5.4). */
  deprecated?: boolean;
}

/** Groups that routers are in (RFC 4291 section 2.8). */
const ALL_ROUTERS: readonly IpAddress[] = ["ff01::2", "ff02::2", "ff05::2"].map((text) => IpAddress.parse(text));

/** Is told when what an interface wants of a group changes. */
export type MembershipListener = (state: InDevice, group: IpAddress, before: SourceFilter, after: SourceFilter) => void;

/** One interface. */
export class InDevice {
  readonly addresses4: InterfaceAddress[] = [];
  readonly addresses6: InterfaceAddress[] = [];
  /** Joined groups, both families. */
  readonly groups: InterfaceGroups;
  /** What routers are told of them, on links that have any. */
  igmp: GroupHost | undefined = undefined;
  mld: GroupHost | undefined = undefined;
  readonly forwarding4: ConfPair;
  readonly forwarding6: ConfPair;
  readonly rp_filter: ConfPair;
  readonly accept_local: ConfPair;
  readonly route_localnet: ConfPair;
  readonly accept_source_route: ConfPair;
  readonly accept_source_route6: ConfPair;
  readonly accept_redirects4: ConfPair;
  readonly accept_redirects6: ConfPair;
  readonly secure_redirects: ConfPair;
  readonly shared_media: ConfPair;
  readonly send_redirects: ConfPair;
  readonly bc_forwarding: ConfPair;
  readonly disable_ipv6: ConfPair;
  readonly hop_limit: ConfPair;
  readonly seg6_enabled: ConfPair;
  private readonly mtu6_setting: Setting;

  /** The state of `device`, whose settings exist already. */
  constructor(private readonly net: Net, readonly device: NetDevice, listener: MembershipListener) {
    this.groups = new InterfaceGroups((group, before, after) => listener(this, group, before, after));
    const four = (leaf: string) => new ConfPair(net, "net.ipv4.conf", device.name, leaf);
    const six = (leaf: string) => new ConfPair(net, "net.ipv6.conf", device.name, leaf);
    this.forwarding4 = four("forwarding");
    this.forwarding6 = six("forwarding");
    this.rp_filter = four("rp_filter");
    this.accept_local = four("accept_local");
    this.route_localnet = four("route_localnet");
    this.accept_source_route = four("accept_source_route");
    this.accept_source_route6 = six("accept_source_route");
    this.accept_redirects4 = four("accept_redirects");
    this.accept_redirects6 = six("accept_redirects");
    this.secure_redirects = four("secure_redirects");
    this.shared_media = four("shared_media");
    this.send_redirects = four("send_redirects");
    this.bc_forwarding = four("bc_forwarding");
    this.disable_ipv6 = six("disable_ipv6");
    this.hop_limit = six("hop_limit");
    this.seg6_enabled = six("seg6_enabled");
    this.mtu6_setting = net.sysctl.entry(`net.ipv6.conf.${device.name}.mtu`);
    this.mtu6_setting.store(String(device.mtu));
  }

  /** IPv6 MTU: the interface's `mtu` setting, never above the device's. */
  get mtu6(): number {
    return Math.min(this.mtu6_setting.value, this.device.mtu);
  }

  /** Sets the IPv6 MTU, as a router advertises it. */
  setMtu6(mtu: number): void {
    this.mtu6_setting.store(String(mtu));
  }

  /** The device's MTU changed. */
  mtuChanged(): void {
    this.mtu6_setting.store(String(this.device.mtu));
  }

  /** Joins a group for the host itself, once more. */
  join(group: IpAddress): void {
    this.groups.join(group);
  }

  /** Undoes one {@link join}; whether there was one. */
  leave(group: IpAddress): boolean {
    return this.groups.leave(group);
  }

  /** Whether a group was joined here. */
  isMember(group: IpAddress): boolean {
    return this.groups.has(group);
  }

  /** Whether anybody here wants what `source` sends to a group. */
  allows(group: IpAddress, source: IpAddress): boolean {
    return this.groups.allows(group, source);
  }

  /** Its link-local address, if it has one. */
  linkLocal(): IpAddress | undefined {
    return this.addresses6.find(({ address }) => address.isLinkLocal)?.address;
  }

  /** The groups every node is in: all systems, all nodes; those of routers as long as it forwards. */
  joinDefaults(): void {
    this.join(IpAddress.ALL_SYSTEMS4);
    this.join(IpAddress.ALL_NODES6);
    this.join(IpAddress.parse("ff01::1"));
    let router = false;
    const follow = () => {
      const forwards = this.forwarding6.value !== 0;
      if (forwards === router) return;
      router = forwards;
      for (const group of ALL_ROUTERS) router ? this.join(group) : this.leave(group);
    };
    follow();
    this.net.sysctl.watch(`net.ipv6.conf.${this.device.name}.forwarding`, follow);
  }
}
