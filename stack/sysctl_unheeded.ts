/**
 * Settings that the stack keeps and does not read, each with what it would do.
 *
 * @module
 */

/** Why a setting is not read. */
export interface Unheeded {
  /** What it is about. */
  readonly about: string;
  /** Whether a stack that heeded it could behave otherwise than this one. */
  readonly bearing: boolean;
  /** The value as which the stack behaves whatever is written. */
  readonly as: string | undefined;
}

/**
 * A line each: `-` where no packet and no call can tell, `+` where one can, `+=V` where the stack behaves as with V; then what
 * it is about; then names, indented. `*` stands for any interface.
 */
const TABLE = `
- how Linux shares work between processors and keeps memory
  net.core.busy_poll net.core.busy_read net.core.dev_weight net.core.dev_weight_rx_bias net.core.dev_weight_tx_bias
  net.core.flow_limit_cpu_bitmap net.core.flow_limit_table_len net.core.gro_normal_batch net.core.high_order_alloc_disable
  net.core.mem_pcpu_rsv net.core.netdev_budget net.core.netdev_budget_usecs net.core.netdev_rss_key
  net.core.netdev_tstamp_prequeue net.core.netdev_unregister_timeout_secs net.core.rps_default_mask
  net.core.rps_sock_flow_entries net.core.skb_defer_max net.ipv4.fib_sync_mem net.ipv4.inet_peer_maxttl
  net.ipv4.inet_peer_minttl net.ipv4.inet_peer_threshold
  net.ipv4.udp_early_demux net.ipv4.tcp_backlog_ack_defer net.ipv4.tcp_child_ehash_entries net.ipv4.tcp_ehash_entries
  net.ipv4.udp_child_hash_entries net.ipv4.udp_hash_entries net.ipv4.route.gc_elasticity net.ipv4.route.gc_interval
  net.ipv4.route.gc_min_interval net.ipv4.route.gc_min_interval_ms net.ipv4.route.gc_thresh net.ipv4.route.gc_timeout
  net.ipv4.route.max_size net.ipv6.route.gc_elasticity net.ipv6.route.gc_interval net.ipv6.route.gc_min_interval
  net.ipv6.route.gc_min_interval_ms net.ipv6.route.gc_thresh net.ipv6.route.gc_timeout net.ipv6.route.max_size
- filters compiled by the kernel, and what it logs
  net.core.bpf_jit_enable net.core.bpf_jit_harden net.core.bpf_jit_kallsyms net.core.bpf_jit_limit net.core.message_burst
  net.core.message_cost net.core.warnings net.ipv4.conf.*.log_martians
- IPsec and labels, which the stack does not have
  net.core.xfrm_acq_expires net.core.xfrm_aevent_etime net.core.xfrm_aevent_rseqth net.core.xfrm_larval_drop
  net.ipv4.xfrm4_gc_thresh net.ipv6.xfrm6_gc_thresh net.ipv4.cipso_cache_bucket_size net.ipv4.cipso_cache_enable
  net.ipv4.cipso_rbm_optfmt net.ipv4.cipso_rbm_strictvalid net.ipv6.calipso_cache_bucket_size net.ipv6.calipso_cache_enable
  net.ipv4.conf.*.disable_policy net.ipv4.conf.*.disable_xfrm net.ipv6.conf.*.disable_policy
- devices that are made later, or other namespaces
  net.core.default_qdisc net.core.devconf_inherit_init_net net.core.fb_tunnels_only_for_init_net
- marks and devices grouped into domains, which the stack does not have
  net.ipv4.fwmark_reflect net.ipv6.fwmark_reflect net.ipv4.tcp_fwmark_accept net.ipv4.tcp_l3mdev_accept
  net.ipv4.udp_l3mdev_accept net.ipv4.raw_l3mdev_accept net.ipv4.conf.*.src_valid_mark net.ipv4.conf.*.tag
- routes with several next hops, which the stack does not have, and who is told of routes
  net.ipv4.fib_multipath_hash_fields net.ipv4.fib_multipath_hash_policy net.ipv4.fib_multipath_hash_seed
  net.ipv4.fib_multipath_use_neigh net.ipv6.fib_multipath_hash_fields net.ipv6.fib_multipath_hash_policy
  net.ipv4.fib_notify_on_flag_change net.ipv6.fib_notify_on_flag_change net.ipv4.nexthop_compat_mode
  net.ipv6.route.skip_notify_on_dev_down net.ipv4.ip_forward_update_priority
- nothing any more: Linux keeps the name
  net.ipv4.ipfrag_secret_interval net.ipv6.ip6frag_secret_interval net.ipv4.ipfrag_low_thresh net.ipv6.ip6frag_low_thresh
  net.ipv4.tcp_fack net.ipv4.tcp_low_latency net.ipv4.tcp_adv_win_scale net.ipv4.ip_dynaddr
- packets that still are in the device, and the simulated one sends at once
  net.ipv4.tcp_autocorking net.ipv4.tcp_limit_output_bytes
- how late a timer may fire: these fire in time
  net.ipv4.tcp_comp_sack_slack_ns
- what counts only where another setting asks for it, which is not heeded either
  net.ipv4.tcp_comp_sack_delay_ns net.ipv4.tcp_ecn_option net.ipv4.tcp_ecn_option_beacon net.ipv4.tcp_plb_cong_thresh net.ipv4.tcp_plb_idle_rehash_rounds
  net.ipv4.tcp_plb_rehash_rounds net.ipv4.tcp_plb_suspend_rto_sec net.ipv4.udp_rmem_min net.ipv4.udp_wmem_min
  net.ipv6.ioam6_id net.ipv6.ioam6_id_wide net.ipv6.seg6_flowlabel net.ipv6.conf.*.ioam6_id net.ipv6.conf.*.ioam6_id_wide
  net.ipv6.conf.*.seg6_require_hmac
- programs that are not root
  net.core.tstamp_allow_data
- lists to read
  net.ipv4.tcp_available_ulp
- neighbours that others answer for, or that a program finds
  net.ipv4.neigh.*.anycast_delay net.ipv6.neigh.*.anycast_delay net.ipv4.neigh.*.app_solicit net.ipv6.neigh.*.app_solicit
  net.ipv4.neigh.*.proxy_delay net.ipv6.neigh.*.proxy_delay net.ipv4.neigh.*.proxy_qlen net.ipv6.neigh.*.proxy_qlen
  net.ipv4.neigh.*.interval_probe_time_ms net.ipv6.neigh.*.interval_probe_time_ms
- the number of packets that wait for a neighbour, which is kept in octets
  net.ipv4.neigh.*.unres_qlen net.ipv6.neigh.*.unres_qlen
- links that lose their carrier, groups of proxies, and unicast packets in frames for many
  net.ipv4.conf.*.arp_evict_nocarrier
  net.ipv4.conf.*.proxy_arp_pvlan net.ipv4.conf.*.medium_id net.ipv4.conf.*.drop_unicast_in_l2_multicast
  net.ipv6.conf.*.drop_unicast_in_l2_multicast net.ipv6.conf.*.ndisc_evict_nocarrier
  net.ipv6.conf.*.proxy_ndp net.ipv6.conf.*.suppress_frag_ndisc
+=0 neighbours that are not known and say so, and addresses that are used before they are known to be free
  net.ipv6.conf.*.accept_untracked_na
  net.ipv6.conf.*.optimistic_dad net.ipv6.conf.*.use_optimistic
- links that lose their carrier, and these do not
  net.ipv4.conf.*.ignore_routes_with_linkdown net.ipv6.conf.*.ignore_routes_with_linkdown net.ipv6.conf.*.keep_addr_on_down
- multicast routing, which only a daemon can turn on
  net.ipv4.conf.*.mc_forwarding net.ipv6.conf.*.mc_forwarding
- anycast addresses, which the stack does not have
  net.ipv6.anycast_src_echo_reply net.ipv6.icmp.echo_ignore_anycast net.ipv6.icmp.error_anycast_as_unicast
- routes and lifetimes that routers advertise for few
  net.ipv6.conf.*.accept_ra_rt_info_max_plen net.ipv6.conf.*.accept_ra_rt_info_min_plen
  net.ipv6.conf.*.max_desync_factor net.ipv6.conf.*.ra_honor_pio_life net.ipv6.conf.*.ra_honor_pio_pflag
  net.ipv6.conf.*.regen_max_retry net.ipv6.conf.*.regen_min_advance net.ipv6.conf.*.router_probe_interval
  net.ipv6.conf.*.temp_prefered_lft net.ipv6.conf.*.temp_valid_lft net.ipv6.idgen_delay net.ipv6.idgen_retries
  net.ipv6.conf.*.stable_secret
+=0 routers' preferences (RFC 4191), and temporary addresses
  net.ipv6.conf.*.accept_ra_rtr_pref net.ipv6.conf.*.use_tempaddr
+ the size of what control messages may hold
  net.core.optmem_max
+ extended echo requests (RFC 8335)
  net.ipv4.icmp_echo_enable_probe
+ which ports are chosen
  net.ipv4.ip_autobind_reuse
+=0 compressed selective acknowledgements
  net.ipv4.tcp_comp_sack_nr
+ Fast Open through paths that swallow it
  net.ipv4.tcp_fastopen_blackhole_timeout_sec
+ how many closed connections are kept
  net.ipv4.tcp_max_orphans net.ipv4.tcp_max_tw_buckets
+=1 request and response
  net.ipv4.tcp_pingpong_thresh
+=1 loss detection by time
  net.ipv4.tcp_recovery
+=0 small segments put together when sent again
  net.ipv4.tcp_retrans_collapse
+=1 what is remembered of peers between connections
  net.ipv4.tcp_no_metrics_save net.ipv4.tcp_no_ssthresh_metrics_save
+=0 windows that shrink
  net.ipv4.tcp_shrink_window net.ipv4.tcp_workaround_signed_windows
+=100 what part of the window one burst may take
  net.ipv4.tcp_tso_win_divisor
+ the window kept for the application
  net.ipv4.tcp_app_win
+ memory that all sockets share
  net.ipv4.tcp_mem net.ipv4.udp_mem
+ connections that move from one listener to another
  net.ipv4.tcp_migrate_req
+ another path when this one is congested
  net.ipv4.tcp_plb_enabled
+ flow labels
  net.ipv6.flowlabel_consistency net.ipv6.flowlabel_state_ranges
+ relayed BOOTP, and secondary addresses
  net.ipv4.conf.*.bootp_relay net.ipv4.conf.*.promote_secondaries
+ source routes of RFC 6554 and in-situ measurements
  net.ipv6.conf.*.rpl_seg_enabled net.ipv6.conf.*.ioam6_enabled
+ which source address is chosen
  net.ipv6.conf.*.use_oif_addrs_only
+ forwarding by one interface alone
  net.ipv6.conf.*.force_forwarding
`;

const UNHEEDED: ReadonlyMap<string, Unheeded> = parse(TABLE);

function parse(table: string): ReadonlyMap<string, Unheeded> {
  const found = new Map<string, Unheeded>();
  let current: Unheeded | undefined;
  for (const line of table.trim().split("\n")) {
    const head = /^([-+])(?:=(\S+))? (.*)$/.exec(line);
    if (head !== null) current = { about: head[3]!, bearing: head[1] === "+", as: head[2] };
    else for (const name of line.trim().split(/\s+/)) found.set(name, current!);
  }
  return found;
}

/** A name with its interface left out. */
function withoutInterface(name: string): string {
  return name.replace(/^(net\.ipv[46]\.(?:conf|neigh))\..+\.([^.]+)$/, "$1.*.$2");
}

/** What a setting that the stack does not read is about; undefined for one that it reads. */
export function unheeded(name: string): Unheeded | undefined {
  const general = withoutInterface(name);
  return UNHEEDED.get(general);
}

/** All names that are not read, with `*` for any interface. */
export function unheededNames(): readonly string[] {
  return [...UNHEEDED.keys()];
}
