/**
 * What a script's commands learn of their world, beside what every process finds.
 *
 * @module
 */
import { DEVICE_NAMES, type WorldOptions } from "./target.ts";

/** An IPv4 prefix length as a netmask, `255.255.0.0`. */
function netmask(length: number): string {
  return [0, 8, 16, 24].map((before) => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - before)))).join(".");
}

/**
 * The variables `OPT_IP_VERSION`, `OPT_LOCAL_IP`, `OPT_REMOTE_IP`, `OPT_GATEWAY_IP`, `OPT_LOCAL_DEV` and, in IPv4,
 * `OPT_NETMASK_IP`: the options that the packetdrill of MPTCP hands on under these names.
 */
export function commandEnvironment(options: WorldOptions): Readonly<Record<string, string>> {
  return {
    OPT_IP_VERSION: options.ipVersion,
    OPT_LOCAL_IP: options.localIp,
    OPT_REMOTE_IP: options.remoteIp,
    OPT_GATEWAY_IP: options.gatewayIp,
    ...(options.ipVersion === "ipv6" ? {} : { OPT_NETMASK_IP: netmask(options.localPrefixLength) }),
    OPT_LOCAL_DEV: DEVICE_NAMES[options.device ?? "tun"],
  };
}
