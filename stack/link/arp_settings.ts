/**
 * The settings of ARP on one interface (ip-sysctl).
 *
 * @module
 */
import { ConfPair } from "../conf_pair.ts";
import type { Net } from "../net.ts";

/** See the module. */
export class ArpSettings {
  /** What is not answered: 0 nothing, 1 addresses of other interfaces, 2 and askers of other subnets, 8 everything. */
  readonly ignore: ConfPair;
  /** How the source of a question is chosen: 0 any, 1 of the target's subnet if there is one, 2 the best one. */
  readonly announce: ConfPair;
  /** Only an interface answers that a packet back would leave through. */
  readonly filter: ConfPair;
  /** Who announces itself unasked becomes a neighbour: 0 no, 1 yes, 2 if of the interface's subnet. */
  readonly accept: ConfPair;
  /** Who announces itself unasked is not heard at all. */
  readonly dropGratuitous: ConfPair;
  /** Addresses are announced when the device comes up. */
  readonly notify: ConfPair;
  /** Questions for what is forwarded through another interface are answered. */
  readonly proxy: ConfPair;

  constructor(net: Net, name: string) {
    const four = (leaf: string) => new ConfPair(net, "net.ipv4.conf", name, leaf);
    this.ignore = four("arp_ignore");
    this.announce = four("arp_announce");
    this.filter = four("arp_filter");
    this.accept = four("arp_accept");
    this.dropGratuitous = four("drop_gratuitous_arp");
    this.notify = four("arp_notify");
    this.proxy = four("proxy_arp");
  }
}
