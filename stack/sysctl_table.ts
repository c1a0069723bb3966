/**
 * The settings of Linux 6.18's `net.core`, `net.ipv4` and `net.ipv6` trees with the defaults of a new network namespace.
 *
 * One setting per line: name, kind (`SettingKind`), range where it is narrower than the kind's, `=`, default. Ranges are what
 * Linux takes (`sysctl_kernel_test.ts` asks it).
 *
 * @module
 */

/** Settings outside the per-interface trees. */
export const SYSCTL_TABLE = `
net.core.bpf_jit_enable int = 1
net.core.bpf_jit_harden int = 0
net.core.bpf_jit_kallsyms int = 1
net.core.bpf_jit_limit int = 528482304
net.core.busy_poll int = 0
net.core.busy_read int = 0
net.core.default_qdisc text = pfifo_fast
net.core.dev_weight int = 64
net.core.dev_weight_rx_bias int = 1
net.core.dev_weight_tx_bias int = 1
net.core.devconf_inherit_init_net int = 0
net.core.fb_tunnels_only_for_init_net int = 0
net.core.flow_limit_cpu_bitmap int = 0
net.core.flow_limit_table_len int = 4096
net.core.gro_normal_batch int = 8
net.core.high_order_alloc_disable int = 0
net.core.max_skb_frags int = 17
net.core.mem_pcpu_rsv int = 256
net.core.message_burst int = 10
net.core.message_cost int = 5
net.core.netdev_budget int = 300
net.core.netdev_budget_usecs int = 8000
net.core.netdev_max_backlog int = 1000
net.core.netdev_rss_key ro = 00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00
net.core.netdev_tstamp_prequeue int = 1
net.core.netdev_unregister_timeout_secs int = 10
net.core.optmem_max int 0..2147483647 = 131072
net.core.rmem_default int 2304..2147483647 = 212992
net.core.rmem_max int 2304..2147483647 = 4194304
net.core.rps_default_mask mask 0..3 = 0
net.core.rps_sock_flow_entries int = 0
net.core.skb_defer_max int = 64
net.core.somaxconn int 0..2147483647 = 4096
net.core.tstamp_allow_data int 0..1 = 1
net.core.txrehash int 0..1 = 1
net.core.warnings int = 0
net.core.wmem_default int 4608..2147483647 = 212992
net.core.wmem_max int 4608..2147483647 = 4194304
net.core.xfrm_acq_expires int = 30
net.core.xfrm_aevent_etime uint 0..4294967295 = 10
net.core.xfrm_aevent_rseqth uint 0..4294967295 = 2
net.core.xfrm_larval_drop int = 1
net.ipv4.cipso_cache_bucket_size int = 10
net.ipv4.cipso_cache_enable int = 1
net.ipv4.cipso_rbm_optfmt int = 0
net.ipv4.cipso_rbm_strictvalid int = 1
net.ipv4.fib_multipath_hash_fields int 1..4095 = 7
net.ipv4.fib_multipath_hash_policy int 0..3 = 0
net.ipv4.fib_multipath_hash_seed uint 0..4294967295 = 0
net.ipv4.fib_multipath_use_neigh int 0..1 = 0
net.ipv4.fib_notify_on_flag_change int 0..2 = 0
net.ipv4.fib_sync_mem int = 524288
net.ipv4.fwmark_reflect int 0..255 = 0
net.ipv4.icmp_echo_enable_probe int 0..1 = 0
net.ipv4.icmp_echo_ignore_all int 0..1 = 0
net.ipv4.icmp_echo_ignore_broadcasts int 0..1 = 1
net.ipv4.icmp_errors_use_inbound_ifaddr int 0..1 = 0
net.ipv4.icmp_ignore_bogus_error_responses int 0..1 = 1
net.ipv4.icmp_msgs_burst int 0..2147483647 = 50
net.ipv4.icmp_msgs_per_sec int 0..2147483647 = 1000
net.ipv4.icmp_ratelimit ms = 1000
net.ipv4.icmp_ratemask int = 6168
net.ipv4.igmp_link_local_mcast_reports int 0..255 = 1
net.ipv4.igmp_max_memberships int = 20
net.ipv4.igmp_max_msf int = 10
net.ipv4.igmp_qrv int 1..2147483647 = 2
net.ipv4.inet_peer_maxttl int = 600
net.ipv4.inet_peer_minttl int = 120
net.ipv4.inet_peer_threshold int = 65664
net.ipv4.ip_autobind_reuse int 0..1 = 0
net.ipv4.ip_default_ttl int 1..255 = 64
net.ipv4.ip_dynaddr int 0..255 = 0
net.ipv4.ip_early_demux int 0..255 = 1
net.ipv4.ip_forward int = 0
net.ipv4.ip_forward_update_priority int 0..1 = 1
net.ipv4.ip_forward_use_pmtu int 0..255 = 0
net.ipv4.ip_local_port_range vec 0..65535 = 32768 60999
net.ipv4.ip_local_reserved_ports bitmap 0..65535 =
net.ipv4.ip_no_pmtu_disc int 0..255 = 0
net.ipv4.ip_nonlocal_bind int 0..255 = 0
net.ipv4.ip_unprivileged_port_start int 0..65535 = 1024
net.ipv4.ipfrag_high_thresh ulong 0..18446744073709551615 = 4194304
net.ipv4.ipfrag_low_thresh ulong 0..18446744073709551615 = 3145728
net.ipv4.ipfrag_max_dist int 0..2147483647 = 64
net.ipv4.ipfrag_secret_interval int = 0
net.ipv4.ipfrag_time seconds = 30
net.ipv4.nexthop_compat_mode int 0..1 = 1
net.ipv4.ping_group_range vec 0..4294967294 = 1 0
net.ipv4.raw_l3mdev_accept int 0..1 = 1
net.ipv4.route.error_burst int = 1250
net.ipv4.route.error_cost int = 250
net.ipv4.route.gc_elasticity int = 8
net.ipv4.route.gc_interval int = 60
net.ipv4.route.gc_min_interval int = 0
net.ipv4.route.gc_min_interval_ms int = 500
net.ipv4.route.gc_thresh int = -1
net.ipv4.route.gc_timeout int = 300
net.ipv4.route.max_size int = 2147483647
net.ipv4.route.min_adv_mss int = 256
net.ipv4.route.min_pmtu int 68..2147483647 = 552
net.ipv4.route.mtu_expires seconds = 600
net.ipv4.route.redirect_load int = 5
net.ipv4.route.redirect_number int = 9
net.ipv4.route.redirect_silence int = 5120
net.ipv4.tcp_abort_on_overflow int 0..255 = 0
net.ipv4.tcp_adv_win_scale int -31..31 = 1
net.ipv4.tcp_allowed_congestion_control text = reno cubic
net.ipv4.tcp_app_win int 0..31 = 31
net.ipv4.tcp_autocorking int 0..1 = 1
net.ipv4.tcp_available_congestion_control ro = reno cubic
net.ipv4.tcp_available_ulp ro =
net.ipv4.tcp_backlog_ack_defer int 0..1 = 1
net.ipv4.tcp_base_mss int = 1024
net.ipv4.tcp_challenge_ack_limit int = 2147483647
net.ipv4.tcp_child_ehash_entries int 0..16777216 = 0
net.ipv4.tcp_comp_sack_delay_ns ulong 0..18446744073709551615 = 1000000
net.ipv4.tcp_comp_sack_nr int 0..255 = 44
net.ipv4.tcp_comp_sack_slack_ns ulong 0..18446744073709551615 = 100000
net.ipv4.tcp_congestion_control text = cubic
net.ipv4.tcp_dsack int 0..255 = 1
net.ipv4.tcp_early_demux int 0..255 = 1
net.ipv4.tcp_early_retrans int 0..4 = 3
net.ipv4.tcp_ecn int 0..2 = 2
net.ipv4.tcp_ecn_fallback int 0..1 = 1
net.ipv4.tcp_ecn_option int 0..2 = 2
net.ipv4.tcp_ecn_option_beacon int 0..3 = 3
net.ipv4.tcp_ehash_entries ro = 262144
net.ipv4.tcp_fack int 0..255 = 0
net.ipv4.tcp_fastopen int = 1
net.ipv4.tcp_fastopen_blackhole_timeout_sec int 0..2147483647 = 0
net.ipv4.tcp_fastopen_key key = 00000000-00000000-00000000-00000000
net.ipv4.tcp_fin_timeout seconds = 60
net.ipv4.tcp_frto int 0..255 = 2
net.ipv4.tcp_fwmark_accept int 0..255 = 0
net.ipv4.tcp_invalid_ratelimit ms = 500
net.ipv4.tcp_keepalive_intvl seconds = 75
net.ipv4.tcp_keepalive_probes int 0..255 = 9
net.ipv4.tcp_keepalive_time seconds = 7200
net.ipv4.tcp_l3mdev_accept int 0..1 = 0
net.ipv4.tcp_limit_output_bytes int = 4194304
net.ipv4.tcp_low_latency int = 0
net.ipv4.tcp_max_orphans int = 131072
net.ipv4.tcp_max_reordering int 1..2147483647 = 300
net.ipv4.tcp_max_syn_backlog int = 2048
net.ipv4.tcp_max_tw_buckets int = 131072
net.ipv4.tcp_mem vec 0..18446744073709551615 = 287898 383867 575796
net.ipv4.tcp_migrate_req int 0..1 = 0
net.ipv4.tcp_min_rtt_wlen int 0..86400 = 300
net.ipv4.tcp_min_snd_mss int 48..65535 = 48
net.ipv4.tcp_min_tso_segs int 1..255 = 2
net.ipv4.tcp_moderate_rcvbuf int 0..255 = 1
net.ipv4.tcp_mtu_probe_floor int 48..65535 = 48
net.ipv4.tcp_mtu_probing int 0..255 = 0
net.ipv4.tcp_no_metrics_save int 0..255 = 0
net.ipv4.tcp_no_ssthresh_metrics_save int 0..1 = 1
net.ipv4.tcp_notsent_lowat uint 0..4294967295 = 4294967295
net.ipv4.tcp_orphan_retries int 0..255 = 0
net.ipv4.tcp_pacing_ca_ratio int 0..1000 = 120
net.ipv4.tcp_pacing_ss_ratio int 0..1000 = 200
net.ipv4.tcp_pingpong_thresh int 1..255 = 1
net.ipv4.tcp_plb_cong_thresh int 0..256 = 128
net.ipv4.tcp_plb_enabled int 0..1 = 0
net.ipv4.tcp_plb_idle_rehash_rounds int 0..31 = 3
net.ipv4.tcp_plb_rehash_rounds int 0..31 = 12
net.ipv4.tcp_plb_suspend_rto_sec int 0..255 = 60
net.ipv4.tcp_probe_interval int 0..17179869 = 600
net.ipv4.tcp_probe_threshold int = 8
net.ipv4.tcp_recovery int 0..255 = 1
net.ipv4.tcp_reflect_tos int 0..1 = 0
net.ipv4.tcp_reordering int 1..2147483647 = 3
net.ipv4.tcp_retrans_collapse int 0..255 = 1
net.ipv4.tcp_retries1 int 0..255 = 3
net.ipv4.tcp_retries2 int 0..255 = 15
net.ipv4.tcp_rfc1337 int 0..255 = 0
net.ipv4.tcp_rmem vec 1..2147483647 = 4096 131072 33554432
net.ipv4.tcp_rto_max_ms int 1000..120000 = 120000
net.ipv4.tcp_rto_min_us int 1..2147483647 = 200000
net.ipv4.tcp_sack int 0..255 = 1
net.ipv4.tcp_shrink_window int 0..1 = 0
net.ipv4.tcp_slow_start_after_idle int 0..255 = 1
net.ipv4.tcp_stdurg int 0..255 = 0
net.ipv4.tcp_syn_linear_timeouts int 0..127 = 4
net.ipv4.tcp_syn_retries int 1..127 = 6
net.ipv4.tcp_synack_retries int 0..255 = 5
net.ipv4.tcp_syncookies int 0..255 = 1
net.ipv4.tcp_thin_linear_timeouts int 0..255 = 0
net.ipv4.tcp_timestamps int 0..255 = 1
net.ipv4.tcp_tso_rtt_log int 0..255 = 9
net.ipv4.tcp_tso_win_divisor int 0..255 = 3
net.ipv4.tcp_tw_reuse int 0..2 = 2
net.ipv4.tcp_tw_reuse_delay int 1..60000 = 1000
net.ipv4.tcp_window_scaling int 0..255 = 1
net.ipv4.tcp_wmem vec 1..2147483647 = 4096 16384 4194304
net.ipv4.tcp_workaround_signed_windows int 0..255 = 0
net.ipv4.udp_child_hash_entries int 0..65536 = 0
net.ipv4.udp_early_demux int 0..255 = 1
net.ipv4.udp_hash_entries ro = 16384
net.ipv4.udp_l3mdev_accept int 0..1 = 0
net.ipv4.udp_mem vec 0..18446744073709551615 = 575799 767734 1151598
net.ipv4.udp_rmem_min int 1..2147483647 = 4096
net.ipv4.udp_wmem_min int 1..2147483647 = 4096
net.ipv4.xfrm4_gc_thresh int = 32768
net.ipv6.anycast_src_echo_reply int 0..255 = 0
net.ipv6.auto_flowlabels int 0..3 = 1
net.ipv6.bindv6only int 0..255 = 0
net.ipv6.calipso_cache_bucket_size int = 10
net.ipv6.calipso_cache_enable int = 1
net.ipv6.fib_multipath_hash_fields int 1..4095 = 7
net.ipv6.fib_multipath_hash_policy int 0..3 = 0
net.ipv6.fib_notify_on_flag_change int 0..2 = 0
net.ipv6.flowlabel_consistency int 0..255 = 1
net.ipv6.flowlabel_reflect int 0..7 = 0
net.ipv6.flowlabel_state_ranges int 0..255 = 0
net.ipv6.fwmark_reflect int 0..255 = 0
net.ipv6.icmp.echo_ignore_all int 0..255 = 0
net.ipv6.icmp.echo_ignore_anycast int 0..255 = 0
net.ipv6.icmp.echo_ignore_multicast int 0..255 = 0
net.ipv6.icmp.error_anycast_as_unicast int 0..1 = 0
net.ipv6.icmp.ratelimit ms = 100
net.ipv6.icmp.ratemask bitmap 0..255 = 0-1,3-127
net.ipv6.idgen_delay seconds = 1
net.ipv6.idgen_retries int = 3
net.ipv6.ioam6_id int 0..16777215 = 16777215
net.ipv6.ioam6_id_wide ulong 0..72057594037927935 = 72057594037927935
net.ipv6.ip6frag_high_thresh ulong 0..18446744073709551615 = 4194304
net.ipv6.ip6frag_low_thresh ulong 0..18446744073709551615 = 3145728
net.ipv6.ip6frag_secret_interval int = 0
net.ipv6.ip6frag_time seconds = 60
net.ipv6.ip_nonlocal_bind int 0..255 = 0
net.ipv6.max_dst_opts_length int = 2147483647
net.ipv6.max_dst_opts_number int = 8
net.ipv6.max_hbh_length int = 2147483647
net.ipv6.max_hbh_opts_number int = 8
net.ipv6.mld_max_msf int = 64
net.ipv6.mld_qrv int = 2
net.ipv6.route.gc_elasticity int = 9
net.ipv6.route.gc_interval seconds = 30
net.ipv6.route.gc_min_interval seconds = 0
net.ipv6.route.gc_min_interval_ms ms = 500
net.ipv6.route.gc_thresh int = 1024
net.ipv6.route.gc_timeout seconds = 60
net.ipv6.route.max_size int = 2147483647
net.ipv6.route.min_adv_mss int = 1220
net.ipv6.route.mtu_expires seconds = 600
net.ipv6.route.skip_notify_on_dev_down int 0..1 = 0
net.ipv6.seg6_flowlabel int = 0
net.ipv6.xfrm6_gc_thresh int = 32768
net.ipv4.route.flush wo =
net.ipv6.route.flush wo =
`;

/** `net.ipv4.conf.<interface>`: name and default; kind and range where it is no plain number. */
export const IPV4_CONF = `
accept_local 0
accept_redirects 1
accept_source_route 1
arp_accept 0
arp_announce 0
arp_evict_nocarrier 1
arp_filter 0
arp_ignore 0
arp_notify 0
bc_forwarding 0
bootp_relay 0
disable_policy 0
disable_xfrm 0
drop_gratuitous_arp 0
drop_unicast_in_l2_multicast 0
force_igmp_version 0
forwarding 0
igmpv2_unsolicited_report_interval 10000
igmpv3_unsolicited_report_interval 1000
ignore_routes_with_linkdown 0
log_martians 0
mc_forwarding 0
medium_id 0
promote_secondaries 0
proxy_arp 0
proxy_arp_pvlan 0
route_localnet 0
rp_filter 0
secure_redirects 1
send_redirects 1
shared_media 1
src_valid_mark 0
tag 0
`;

/** `net.ipv6.conf.<interface>`: name and default; kind and range where it is no plain number. */
export const IPV6_CONF = `
accept_dad 1
accept_ra 1
accept_ra_defrtr 1
accept_ra_from_local 0
accept_ra_min_hop_limit 1
accept_ra_min_lft 0
accept_ra_mtu 1
accept_ra_pinfo 1
accept_ra_rt_info_max_plen 0
accept_ra_rt_info_min_plen 0
accept_ra_rtr_pref 1
accept_redirects 1
accept_source_route 0
accept_untracked_na 0 int 0..2
addr_gen_mode 0 int 0..3
autoconf 1
dad_transmits 1
disable_ipv6 0
disable_policy 0
drop_unicast_in_l2_multicast 0
drop_unsolicited_na 0
enhanced_dad 1
force_forwarding 0 int 0..1
force_mld_version 0
force_tllao 0
forwarding 0
hop_limit 64 int 1..255
ignore_routes_with_linkdown 0
ioam6_enabled 0 int 0..1
ioam6_id 65535 int 0..65535
ioam6_id_wide 4294967295 uint 0..4294967295
keep_addr_on_down 0
max_addresses 16
max_desync_factor 600
mc_forwarding 0
mldv1_unsolicited_report_interval 10000 ms
mldv2_unsolicited_report_interval 1000 ms
mtu 1280 int 1280..2147483647
ndisc_evict_nocarrier 1 int 0..1
ndisc_notify 0
ndisc_tclass 0 int 0..255
optimistic_dad 0
proxy_ndp 0
ra_defrtr_metric 1024 uint 1..4294967295
ra_honor_pio_life 0 int 0..1
ra_honor_pio_pflag 0 int 0..1
regen_max_retry 3
regen_min_advance 2
router_probe_interval 60 seconds
router_solicitation_delay 1 seconds
router_solicitation_interval 4 seconds
router_solicitation_max_interval 3600 seconds
router_solicitations -1 int -1..2147483647
rpl_seg_enabled 0 int 0..1
seg6_enabled 0
seg6_require_hmac 0
suppress_frag_ndisc 1
temp_prefered_lft 86400
temp_valid_lft 604800
use_oif_addrs_only 0
use_optimistic 0
use_tempaddr 0
stable_secret unset secret
`;

/** `net.ipv4.neigh.<interface>` and `net.ipv6.neigh.<interface>`: name and default; kind and range where it is no plain number. */
export const NEIGH_CONF = `
anycast_delay 100 ticks
app_solicit 0 int 0..2147483647
base_reachable_time_ms 30000 ms
delay_first_probe_time 5 seconds
gc_interval 30
gc_stale_time 60 seconds
gc_thresh1 128
gc_thresh2 512
gc_thresh3 1024
interval_probe_time_ms 5000 ms 1..2147483647
locktime 100 ticks
mcast_resolicit 0 int 0..2147483647
mcast_solicit 3 int 0..2147483647
proxy_delay 80 ticks
proxy_qlen 64 int 0..2147483647
retrans_time_ms 1000 ms
ucast_solicit 3 int 0..2147483647
unres_qlen 101 int 0..1027504
unres_qlen_bytes 212992 int 0..2147483647
`;
