/**
 * The settings of neighbour discovery on one interface (ip-sysctl, `net.ipv6.conf`).
 *
 * @module
 */
import { ConfPair } from "../../conf_pair.ts";
import type { Net } from "../../net.ts";

/** See the module; the names are those of the settings. */
export class NdSettings {
  readonly accept_dad: ConfPair;
  readonly accept_ra: ConfPair;
  readonly accept_ra_defrtr: ConfPair;
  readonly accept_ra_from_local: ConfPair;
  readonly accept_ra_min_hop_limit: ConfPair;
  readonly accept_ra_min_lft: ConfPair;
  readonly accept_ra_mtu: ConfPair;
  readonly accept_ra_pinfo: ConfPair;
  readonly addr_gen_mode: ConfPair;
  readonly autoconf: ConfPair;
  readonly dad_transmits: ConfPair;
  readonly drop_unsolicited_na: ConfPair;
  readonly enhanced_dad: ConfPair;
  readonly force_tllao: ConfPair;
  readonly max_addresses: ConfPair;
  readonly ndisc_notify: ConfPair;
  readonly ndisc_tclass: ConfPair;
  readonly ra_defrtr_metric: ConfPair;
  readonly router_solicitations: ConfPair;
  readonly router_solicitation_delay: ConfPair;
  readonly router_solicitation_interval: ConfPair;
  readonly router_solicitation_max_interval: ConfPair;

  /** The settings of the interface `name`. */
  constructor(net: Net, name: string) {
    const six = (leaf: string) => new ConfPair(net, "net.ipv6.conf", name, leaf);
    this.accept_dad = six("accept_dad");
    this.accept_ra = six("accept_ra");
    this.accept_ra_defrtr = six("accept_ra_defrtr");
    this.accept_ra_from_local = six("accept_ra_from_local");
    this.accept_ra_min_hop_limit = six("accept_ra_min_hop_limit");
    this.accept_ra_min_lft = six("accept_ra_min_lft");
    this.accept_ra_mtu = six("accept_ra_mtu");
    this.accept_ra_pinfo = six("accept_ra_pinfo");
    this.addr_gen_mode = six("addr_gen_mode");
    this.autoconf = six("autoconf");
    this.dad_transmits = six("dad_transmits");
    this.drop_unsolicited_na = six("drop_unsolicited_na");
    this.enhanced_dad = six("enhanced_dad");
    this.force_tllao = six("force_tllao");
    this.max_addresses = six("max_addresses");
    this.ndisc_notify = six("ndisc_notify");
    this.ndisc_tclass = six("ndisc_tclass");
    this.ra_defrtr_metric = six("ra_defrtr_metric");
    this.router_solicitations = six("router_solicitations");
    this.router_solicitation_delay = six("router_solicitation_delay");
    this.router_solicitation_interval = six("router_solicitation_interval");
    this.router_solicitation_max_interval = six("router_solicitation_max_interval");
  }
}
