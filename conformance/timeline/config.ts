/**
 * From a script's options to the world it wants.
 *
 * @module
 */
import type { ScriptConfig } from "../script/options.ts";
import type { DeviceKind, Script } from "../script/syntax.ts";
import type { WorldOptions } from "../targets/target.ts";

/** What carries a script's packets: what its header says; else Ethernet if it has words for that. */
export function deviceKind({ header, superset }: Pick<Script, "header" | "superset">): DeviceKind {
  const needs = superset.some(({ feature }) => feature === "arp" || feature === "ethernet");
  return header.device ?? (needs ? "tap" : "tun");
}

/** The world that a script with this configuration and header wants; `cwd` is the working directory of its commands. */
export function worldOptions(
  config: ScriptConfig,
  script: Pick<Script, "header" | "superset">,
  cwd: string,
): WorldOptions {
  const { header } = script;
  return {
    ipVersion: config.ip_version,
    localIp: config.local_ip,
    localPrefixLength: config.local_prefix,
    remoteIp: config.remote_ip,
    remotePrefixLength: config.remote_prefix,
    gatewayIp: config.gateway_ip,
    mtu: config.mtu,
    speed: config.speed,
    anyIp: config.is_anyip,
    sendOmitFree: config.send_omit_free,
    offload: header.offload !== false,
    device: deviceKind(script),
    quiet: header.quiet !== false,
    cwd,
  };
}
