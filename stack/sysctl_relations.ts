/**
 * Settings whose values are checked against other settings, or against what the stack has.
 *
 * @module
 */
import { EINVAL, EIO, ENOENT } from "../abi/errno.ts";
import { acceptNumbers, type NumberLimits } from "./sysctl_value.ts";

/** The other settings. */
export interface OtherSettings {
  get(name: string): string;
  getNumber(name: string): number;
  getVector(name: string): readonly number[];
}

/** Gives the text to store, another one in its place, or `-errno`. */
type Check = (text: string, settings: OtherSettings) => string | number;

function numbers(text: string): readonly [number, number] {
  const [first, second] = text.split("\t").map(Number);
  return [first!, second!];
}

/** A congestion control must be there. */
const congestionControl: Check = (text, settings) => {
  const available = settings.get("net.ipv4.tcp_available_congestion_control").split(" ");
  return text.split(/\s+/).every((name) => available.includes(name)) ? text : -ENOENT;
};

/** Addresses are made from a secret (`IN6_ADDR_GEN_MODE_STABLE_PRIVACY`). */
const SECRET_MODE = "2";

/** What is written to the switch of IPv6 must be a number. */
const FLUSH: NumberLimits = { kind: "int", min: -2147483648, max: 2147483647, current: ["0"] };

const CHECKS: Readonly<Record<string, Check>> = {
  "net.ipv4.ip_local_port_range": (text, settings) => {
    const [low, high] = numbers(text);
    const first = settings.getNumber("net.ipv4.ip_unprivileged_port_start");
    return low <= high && low >= 1 && low >= first ? text : -EINVAL;
  },
  "net.ipv4.ip_unprivileged_port_start": (text, settings) =>
    Number(text) <= settings.getVector("net.ipv4.ip_local_port_range")[0]! ? text : -EINVAL,
  // A range that is none means that nobody may.
  "net.ipv4.ping_group_range": (text) => {
    const [low, high] = numbers(text);
    return low <= high ? text : "1\t0";
  },
  "net.ipv4.tcp_reordering": (text, settings) =>
    Number(text) <= settings.getNumber("net.ipv4.tcp_max_reordering") ? text : -EINVAL,
  "net.ipv4.ipfrag_high_thresh": (text, settings) =>
    Number(text) >= settings.getNumber("net.ipv4.ipfrag_low_thresh") ? text : -EINVAL,
  "net.ipv4.ipfrag_low_thresh": (text, settings) =>
    Number(text) <= settings.getNumber("net.ipv4.ipfrag_high_thresh") ? text : -EINVAL,
  "net.ipv6.ip6frag_high_thresh": (text, settings) =>
    Number(text) >= settings.getNumber("net.ipv6.ip6frag_low_thresh") ? text : -EINVAL,
  "net.ipv6.ip6frag_low_thresh": (text, settings) =>
    Number(text) <= settings.getNumber("net.ipv6.ip6frag_high_thresh") ? text : -EINVAL,
  "net.ipv4.tcp_congestion_control": (text, settings) =>
    /\s/.test(text) || text === "" ? -ENOENT : congestionControl(text, settings),
  "net.ipv4.tcp_allowed_congestion_control": congestionControl,
  "net.ipv6.conf.lo.mtu": (text) => Number(text) <= 65536 ? text : -EINVAL,
  "net.ipv6.route.flush": (text) => typeof acceptNumbers(text, FLUSH) === "number" ? -EINVAL : text,
  // Each interface has a secret of its own.
  "net.ipv6.conf.all.stable_secret": () => -EIO,
};

/** The text to store for a setting, or `-errno`. */
export function checkRelations(name: string, text: string, settings: OtherSettings): string | number {
  const device = /^net\.ipv6\.conf\.(.+)\.addr_gen_mode$/.exec(name)?.[1];
  if (device !== undefined && device !== "all" && device !== "default" && text === SECRET_MODE) {
    // Addresses made from a secret want one.
    const secrets = [device, "default"].map((one) => settings.get(`net.ipv6.conf.${one}.stable_secret`));
    if (secrets.every((secret) => secret === "")) return -EINVAL;
  }
  return Object.hasOwn(CHECKS, name) ? CHECKS[name]!(text, settings) : text;
}

/** What a write to `all` writes to every interface and to `default`. */
const FOR_EACH =
  /^(net\.ipv4\.conf)\.all\.(forwarding)$|^(net\.ipv6\.conf)\.all\.(forwarding|disable_ipv6|addr_gen_mode|ignore_routes_with_linkdown)$/;
/** Octets that a packet in a queue of neighbours counts as. */
const UNRESOLVED_OCTETS = 2090;

/** Other settings that a write changes, with their texts. */
export function consequences(
  name: string,
  text: string,
  interfaces: readonly string[],
): readonly (readonly [string, string])[] {
  const each = FOR_EACH.exec(name);
  if (each !== null) {
    const [tree, leaf] = [each[1] ?? each[3]!, each[2] ?? each[4]!];
    const written = interfaces.map((device) => [`${tree}.${device}.${leaf}`, text] as const);
    // A router does not believe redirects.
    return name === "net.ipv4.conf.all.forwarding"
      ? [...written, ["net.ipv4.conf.all.accept_redirects", Number(text) === 0 ? "1" : "0"]]
      : written;
  }
  if (name === "net.ipv6.conf.all.force_forwarding") {
    return interfaces.filter((device) => device !== "default").map((
      device,
    ) => [`net.ipv6.conf.${device}.force_forwarding`, text]);
  }
  return coupled(name, Number(text));
}

/** Two settings that show one value in different units. */
function coupled(name: string, value: number): readonly (readonly [string, string])[] {
  if (name.endsWith(".route.gc_min_interval")) return [[`${name}_ms`, String(value * 1000)]];
  if (name.endsWith(".route.gc_min_interval_ms")) return [[name.slice(0, -3), String(Math.floor(value / 1000))]];
  if (/\.neigh\..*\.unres_qlen$/.test(name)) return [[`${name}_bytes`, String(value * UNRESOLVED_OCTETS)]];
  if (/\.neigh\..*\.unres_qlen_bytes$/.test(name)) {
    return [[name.slice(0, -6), String(Math.floor(value / UNRESOLVED_OCTETS))]];
  }
  return [];
}
