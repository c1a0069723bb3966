/**
 * What the IP floor knows about one interface: its addresses, its groups, its settings.
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

/** Is told when what an interface wants of a group changes. */
export type MembershipListener = (state: InDevice, group: IpAddress, before: SourceFilter, after: SourceFilter) => void;

/** RFC1122-3.3.7 and RFC 4291 section 2.8: the groups of every node. */
const NODES: readonly IpAddress[] = [
  IpAddress.ALL_SYSTEMS4,
  IpAddress.parse("ff01::1"),
  IpAddress.ALL_NODES6,
];
/** RFC 4291 section 2.8: those of a router, of each scope that it is one in. */
const ROUTERS: readonly IpAddress[] = [
  IpAddress.parse("ff01::2"),
  IpAddress.ALL_ROUTERS6,
  IpAddress.parse("ff05::2"),
];

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
  private readonly mtu: Setting;
  /** Whether it is in the groups of routers. */
  private isRouter = false;

  /** The state of `device`, whose settings exist already. */
  constructor(private readonly net: Net, readonly device: NetDevice, listener: MembershipListener) {
    const { name } = device;
    const four = (leaf: string) => new ConfPair(net, "net.ipv4.conf", name, leaf);
    const six = (leaf: string) => new ConfPair(net, "net.ipv6.conf", name, leaf);
    this.groups = new InterfaceGroups((...change) => listener(this, ...change));
    this.forwarding4 = four("forwarding");
    this.rp_filter = four("rp_filter");
    this.accept_local = four("accept_local");
    this.route_localnet = four("route_localnet");
    this.accept_source_route = four("accept_source_route");
    this.accept_redirects4 = four("accept_redirects");
    this.secure_redirects = four("secure_redirects");
    this.shared_media = four("shared_media");
    this.send_redirects = four("send_redirects");
    this.bc_forwarding = four("bc_forwarding");
    this.forwarding6 = six("forwarding");
    this.accept_source_route6 = six("accept_source_route");
    this.accept_redirects6 = six("accept_redirects");
    this.disable_ipv6 = six("disable_ipv6");
    this.hop_limit = six("hop_limit");
    this.seg6_enabled = six("seg6_enabled");
    this.mtu = net.sysctl.entry(`net.ipv6.conf.${name}.mtu`);
    this.mtuChanged();
    for (const scope of ["all", name]) {
      net.sysctl.watch(`net.ipv6.conf.${scope}.forwarding`, () => this.followForwarding());
    }
  }

  // The MTU of IPv6.

  /** IPv6 MTU: the interface's `mtu` setting, never above the device's. */
  get mtu6(): number {
    return Math.min(this.mtu.value, this.device.mtu);
  }

  /** Sets the IPv6 MTU, as a router advertises it. */
  setMtu6(mtu: number): void {
    this.net.sysctl.force(this.mtu.name, String(mtu));
  }

  /** The device's MTU changed: IPv6 uses all of it until told otherwise. */
  mtuChanged(): void {
    this.setMtu6(this.device.mtu);
  }

  // Addresses.

  /** Its link-local address, if it has one. */
  linkLocal(): IpAddress | undefined {
    return this.addresses6.find(({ address }) => address.isLinkLocal)?.address;
  }

  // Groups.

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

  /** The groups every node is in: all systems, all nodes; those of routers as long as it forwards. */
  joinDefaults(): void {
    for (const group of NODES) this.join(group);
    this.followForwarding();
  }

  private followForwarding(): void {
    const forwards = this.forwarding6.value !== 0;
    if (forwards === this.isRouter) return;
    this.isRouter = forwards;
    for (const group of ROUTERS) {
      if (forwards) this.join(group);
      else this.leave(group);
    }
  }
}
