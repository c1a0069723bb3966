/**
 * A new network namespace takes some settings from the host's: congestion control, the sizes of TCP's buffers, all that
 * is in `conf/all` and `conf/default` of IPv4, and others, depending on the kernel. A script's verdict must not depend on
 * what somebody has set there, so each world gets what Linux documents as the defaults (`ip-sysctl`, `tcp(7)`, `ip(7)`).
 *
 * @module
 */

import { SystemError } from "../../../host/errno.ts";
import { readSysctl, writeSysctl } from "../../../host/sysctl.ts";
import type { Lack } from "../target.ts";
import { congestionControlLack } from "./lack.ts";
import { readFileText } from "./proc.ts";

const CONGESTION_CONTROL = "net.ipv4.tcp_congestion_control";
const DEFAULT_CONGESTION_CONTROL = "cubic";
/** Always allowed, and of the others the nearest to the default. */
const FALLBACK_CONGESTION_CONTROL = "reno";
/** Since then TCP's receive buffers grow to 32 MiB, before to 6 MiB. */
const LARGE_RMEM_SINCE = [6, 16] as const;

/** What has always been so, or nearly. Changing whether a host forwards changes others, so it goes first. */
const IPV4 = `
ip_forward 0
ip_default_ttl 64
ip_early_demux 1
ip_local_port_range 32768 60999
ip_no_pmtu_disc 0
ip_nonlocal_bind 0
ip_unprivileged_port_start 1024
icmp_echo_ignore_all 0
icmp_echo_ignore_broadcasts 1
icmp_errors_use_inbound_ifaddr 0
icmp_ignore_bogus_error_responses 1
icmp_ratemask 6168
tcp_abort_on_overflow 0
tcp_app_win 31
tcp_autocorking 1
tcp_base_mss 1024
tcp_comp_sack_delay_ns 1000000
tcp_comp_sack_nr 44
tcp_comp_sack_slack_ns 100000
tcp_dsack 1
tcp_early_retrans 3
tcp_ecn 2
tcp_ecn_fallback 1
tcp_fastopen 1
tcp_fin_timeout 60
tcp_frto 2
tcp_invalid_ratelimit 500
tcp_keepalive_intvl 75
tcp_keepalive_probes 9
tcp_keepalive_time 7200
tcp_max_reordering 300
tcp_min_rtt_wlen 300
tcp_min_snd_mss 48
tcp_min_tso_segs 2
tcp_moderate_rcvbuf 1
tcp_mtu_probing 0
tcp_no_metrics_save 0
tcp_notsent_lowat 4294967295
tcp_orphan_retries 0
tcp_pacing_ca_ratio 120
tcp_pacing_ss_ratio 200
tcp_recovery 1
tcp_reflect_tos 0
tcp_reordering 3
tcp_retrans_collapse 1
tcp_retries1 3
tcp_retries2 15
tcp_rfc1337 0
tcp_sack 1
tcp_shrink_window 0
tcp_slow_start_after_idle 1
tcp_stdurg 0
tcp_syn_retries 6
tcp_synack_retries 5
tcp_syncookies 1
tcp_thin_linear_timeouts 0
tcp_timestamps 1
tcp_tso_win_divisor 3
tcp_tw_reuse 2
tcp_window_scaling 1
tcp_wmem 4096 16384 4194304
tcp_workaround_signed_windows 0
conf.all.accept_local 0
conf.all.accept_redirects 1
conf.all.accept_source_route 0
conf.all.arp_ignore 0
conf.all.disable_policy 0
conf.all.disable_xfrm 0
conf.all.log_martians 0
conf.all.route_localnet 0
conf.all.rp_filter 0
conf.all.secure_redirects 1
conf.all.send_redirects 1
conf.all.shared_media 1
conf.all.src_valid_mark 0
conf.default.accept_local 0
conf.default.accept_redirects 1
conf.default.accept_source_route 1
conf.default.arp_ignore 0
conf.default.disable_policy 0
conf.default.disable_xfrm 0
conf.default.forwarding 0
conf.default.log_martians 0
conf.default.route_localnet 0
conf.default.rp_filter 0
conf.default.secure_redirects 1
conf.default.send_redirects 1
conf.default.shared_media 1
conf.default.src_valid_mark 0
`;

const IPV6 = `
conf.all.forwarding 0
auto_flowlabels 1
bindv6only 0
flowlabel_consistency 1
flowlabel_reflect 0
icmp.echo_ignore_all 0
icmp.echo_ignore_anycast 0
icmp.echo_ignore_multicast 0
conf.all.accept_ra 1
conf.all.accept_redirects 1
conf.all.accept_source_route 0
conf.all.autoconf 1
conf.all.disable_ipv6 0
conf.all.use_tempaddr 0
conf.default.accept_dad 1
conf.default.accept_ra 1
conf.default.accept_ra_defrtr 1
conf.default.accept_ra_mtu 1
conf.default.accept_ra_pinfo 1
conf.default.accept_redirects 1
conf.default.accept_source_route 0
conf.default.addr_gen_mode 0
conf.default.autoconf 1
conf.default.dad_transmits 1
conf.default.disable_ipv6 0
conf.default.forwarding 0
conf.default.hop_limit 64
conf.default.optimistic_dad 0
conf.default.router_solicitations -1
conf.default.use_tempaddr 0
`;

/** Settings and their defaults on this kernel, in the order in which they are to be made. */
function documentedDefaults(): [name: string, value: string][] {
  const lines = (text: string, prefix: string) =>
    text.trim().split("\n").map((line): [string, string] => {
      const space = line.indexOf(" ");
      return [prefix + line.slice(0, space), line.slice(space + 1)];
    });
  const [major = 0, minor = 0] = readFileText("/proc/sys/kernel/osrelease").split(".").map((part) => parseInt(part));
  const large = major > LARGE_RMEM_SINCE[0] || major === LARGE_RMEM_SINCE[0] && minor >= LARGE_RMEM_SINCE[1];
  return [
    ...lines(IPV4, "net.ipv4."),
    ["net.ipv4.tcp_rmem", `4096 131072 ${large ? 33554432 : 6291456}`],
    ...lines(IPV6, "net.ipv6."),
  ];
}

/** The value of a setting, `undefined` where this kernel has none such. */
function current(name: string): string | undefined {
  try {
    return readSysctl(name).replace(/\s+/g, " ").trim();
  } catch (error) {
    if (error instanceof SystemError) return undefined;
    throw error;
  }
}

/** Whether the kernel took a value. */
function tried(name: string, value: string): boolean {
  try {
    writeSysctl(name, value);
    return true;
  } catch (error) {
    if (error instanceof SystemError) return false;
    throw error;
  }
}

/** Makes the settings of new namespaces the documented ones. */
export class WorldDefaults {
  readonly #documented: readonly (readonly [name: string, value: string])[];
  #corrections: (readonly [name: string, value: string])[] | undefined;
  readonly #limits: Lack[] = [];

  /** `documented`: those that this kernel has, unless given. */
  constructor(documented: readonly (readonly [name: string, value: string])[] = documentedDefaults()) {
    this.#documented = documented;
  }

  /**
   * Corrects what is not as documented in the namespace that the thread is in, a new one. In the first everything is
   * looked at; those after it are like it, so only what was wrong there is set.
   */
  apply(): void {
    if (this.#corrections !== undefined) {
      for (const [name, value] of this.#corrections) tried(name, value);
      return;
    }
    this.#corrections = [];
    for (const [name, value] of this.#documented) {
      const found = current(name);
      if (found === undefined || found === value) continue;
      if (tried(name, value)) {
        this.#corrections.push([name, value]);
      } else {
        const what =
          `new worlds have ${name} = ${found} from the host, not ${value} as by default: the kernel refuses it`;
        this.#limits.push({ what, remedy: `as root on the host, sysctl -w "${name}=${value}"` });
      }
    }
    this.#applyCongestionControl();
  }

  #applyCongestionControl(): void {
    const name = CONGESTION_CONTROL;
    const found = current(name);
    if (found === undefined || found === DEFAULT_CONGESTION_CONTROL) return;
    if (tried(name, DEFAULT_CONGESTION_CONTROL)) {
      this.#corrections?.push([name, DEFAULT_CONGESTION_CONTROL]);
      return;
    }
    if (tried(name, FALLBACK_CONGESTION_CONTROL)) this.#corrections?.push([name, FALLBACK_CONGESTION_CONTROL]);
    const { what, remedy } = congestionControlLack(DEFAULT_CONGESTION_CONTROL);
    this.#limits.push({ what: `worlds have ${current(name)}, not Linux's default: ${what}`, remedy });
  }

  /** What the kernel refused in the first namespace. */
  get limits(): readonly Lack[] {
    return this.#limits;
  }
}
