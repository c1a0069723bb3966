/**
 * From a script's options to the world it wants.
 *
 * @module
 */
import type { ScriptConfig } from "../script/options.ts";
import type { HeaderComment } from "../script/syntax.ts";
import type { WorldOptions } from "../targets/target.ts";

/** The world that a script with this configuration and header wants; `cwd` is the working directory of its commands. */
export function worldOptions(config: ScriptConfig, header: HeaderComment, cwd: string): WorldOptions {
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
    cwd,
  };
}
