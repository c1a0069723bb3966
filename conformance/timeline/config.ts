/**
 * From a script's options to the world it wants.
 *
 * @module
 */
import type { ScriptConfig } from "../script/options.ts";
import type { DeviceKind, HeaderComment, HeaderPrefix, Script } from "../script/syntax.ts";
import { DEVICE_NAMES, type InterfaceOptions, type RouteOptions, type WorldOptions } from "../targets/target.ts";

/**
 * What carries the packets of a script's usual interface: what its header says; else Ethernet if the script has words for that and no other
 * interface that they may be for.
 */
export function deviceKind({ header, superset }: Pick<Script, "header" | "superset">): DeviceKind {
  if (header.device !== undefined) return header.device;
  const named = (name: string) => header.interfaces.some((one) => one.name.startsWith(name));
  if (named(DEVICE_NAMES.tap)) return "tap";
  const needs = superset.some(({ feature }) => feature === "arp" || feature === "ethernet");
  return needs && !named("eth") && !named(DEVICE_NAMES.tun) ? "tap" : "tun";
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
    interfaces: interfacesOf(header, config),
    routes: routesOf(header, config),
    cwd,
  };
}

/** Names of a script's interfaces, the usual one first. */
export function interfaceNames(script: Pick<Script, "header" | "superset">): string[] {
  return [...new Set([DEVICE_NAMES[deviceKind(script)], ...script.header.interfaces.map(({ name }) => name)])];
}

function isOfFamily({ address }: HeaderPrefix, { local_ip }: ScriptConfig): boolean {
  return address.includes(":") === local_ip.includes(":");
}

/** Several lines may be about one interface. */
function interfacesOf({ interfaces }: HeaderComment, config: ScriptConfig): InterfaceOptions[] {
  const byName = new Map<string, InterfaceOptions>();
  for (const { name, addresses, mtu } of interfaces) {
    const before = byName.get(name);
    const own = addresses.filter((prefix) => isOfFamily(prefix, config))
      .map(({ address, length }) => ({ address, prefixLength: length }));
    byName.set(name, {
      name,
      addresses: [...before?.addresses ?? [], ...own],
      mtu: mtu ?? before?.mtu,
    });
  }
  return [...byName.values()];
}

function routesOf({ routes }: HeaderComment, config: ScriptConfig): RouteOptions[] {
  return routes.filter(({ prefix }) => isOfFamily(prefix, config)).map(({ prefix, gateway, device }) => ({
    destination: prefix.address,
    prefixLength: prefix.length,
    gateway,
    device,
  }));
}
