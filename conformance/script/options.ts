/**
 * The options that stand at the top of a script and on packetdrill's command line: types, defaults and what is said about
 * a wrong one. {@link resolveConfig} makes one {@link ScriptConfig} of defaults, script and command line.
 */
import * as z from "zod";
import { nearest } from "./diagnostics.ts";
import type { Dialect, IpVersion, ScriptOption } from "./syntax.ts";

const integer = (min: number, max: number) =>
  z.string().regex(/^[0-9]+$/, "a decimal number").transform(Number).pipe(
    z.number().min(min, `a number of at least ${min}`).max(max, `a number of at most ${max}`),
  );
const port = integer(1, 65535);
const text = z.string();
const flag = z.literal("", "no value").transform(() => true);
const ipv4 = z.ipv4("an IPv4 address");
const address = z.union([z.ipv4(), z.ipv6()], "an IP address");
const prefixed = z.string().regex(/^[0-9A-Fa-f:.]+(\/[0-9]{1,3})?$/, "ADDRESS or ADDRESS/LENGTH").refine(
  (value) => address.safeParse(value.split("/")[0]).success && Number(value.split("/")[1] ?? 0) <= 128,
  "ADDRESS or ADDRESS/LENGTH",
);
const netmask = ipv4.refine((mask) => prefixOfNetmask(mask) !== undefined, "a contiguous netmask");
const ipVersion = z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"], "ipv4, ipv6 or ipv4-mapped-ipv6");
const nonFatal = z.string().transform((value) => value.split(",")).pipe(
  z.array(z.enum(["packet", "syscall"], "packet, syscall or packet,syscall")),
);
const codeSockopt = z.enum(["", "TCP_INFO", "TCP_CC_INFO", "SO_MEMINFO"], '"", TCP_INFO, TCP_CC_INFO or SO_MEMINFO');

/** Everything that options decide, resolved. Names are the options'. */
export interface ScriptConfig {
  /** Socket family and wire protocol. */
  readonly ip_version: IpVersion;
  /** Local port of every `bind()`. */
  readonly bind_port: number;
  /** Remote port of every `connect()`, `sendto()` and `sendmsg()`. */
  readonly connect_port: number;
  /** Address of the stack under test. packetdrill takes a random one when none is given; here it is fixed. */
  readonly local_ip: string;
  /** Prefix length of the local address. */
  readonly local_prefix: number;
  /** Address of the other end, without prefix. */
  readonly remote_ip: string;
  /** Length of the prefix routed to the device; 32 or 128 for a host route. */
  readonly remote_prefix: number;
  /** Next hop of the route to the other end. */
  readonly gateway_ip: string;
  /** MTU of the device in bytes. */
  readonly mtu: number;
  /** Mbit/s, 0: leave as it is. */
  readonly speed: number;
  /** GSO size of injected TCP packets, 0: none. */
  readonly mss: number;
  /** Absolute time tolerance in microseconds. */
  readonly tolerance_usecs: number;
  /** Relative time tolerance in percent of the gap to the event before. */
  readonly tolerance_percent: number;
  /** 0: outbound timestamp values are not checked. */
  readonly tcp_ts_tick_usecs: number;
  /** Inbound TS ecr values that were never sent are scaled instead of refused. */
  readonly tcp_ts_ecr_scaled: boolean;
  /** Outbound segments are not merged. */
  readonly strict_segments: boolean;
  /** Mismatches that are warnings only. */
  readonly non_fatal: { readonly packet: boolean; readonly syscall: boolean };
  /** Send buffers are not freed (matters for `MSG_ZEROCOPY` only). */
  readonly send_omit_free: boolean;
  /** Shell commands to run before the script. */
  readonly init_scripts: readonly string[];
  /** Interpreter of code blocks. */
  readonly code_command: string;
  /** Accepted, unused. */
  readonly code_sockopt: string;
  /** The local address is not configured on the device. */
  readonly is_anyip: boolean;
  /** Not 0: PSP, which packetdrill runs in wire mode only. */
  readonly psp_udp_port: number;
  /** Parse only. */
  readonly dry_run: boolean;
  /** Print what happens. */
  readonly verbose: boolean;
  /** Internal tracing. */
  readonly debug: boolean;
  /** Command line and script together, the command line's win. */
  readonly definitions: Readonly<Record<string, string>>;
  /** nplab: secret of `md5 valid`. */
  readonly tcp_md5_secret: string | undefined;
  /** nplab: TCP inside UDP. */
  readonly udp_encapsulation: "tcp" | "sctp" | undefined;
  /** nplab: no RST at the end. */
  readonly no_cleanup: boolean;
}

/** A zod schema from the text of a value to the value, as far as it is used. */
export interface OptionSchema {
  /** The value, or zod's issues. */
  safeParse(text: string):
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: readonly { readonly message: string }[] } };
}

/** What there is to know about one option. */
export interface OptionSpec {
  /** Whether it takes a value. */
  readonly argument: "required" | "none";
  /** Checks and converts the text of the value. */
  readonly schema: OptionSchema;
  /** The dialects that know it. */
  readonly dialects: readonly Dialect[];
  /** One line for help texts. */
  readonly about: string;
}

const BOTH: readonly Dialect[] = ["packetdrill", "nplab"];
const GOOGLE: readonly Dialect[] = ["packetdrill"];
const NPLAB: readonly Dialect[] = ["nplab"];

function takes(schema: OptionSchema, about: string, dialects = BOTH): OptionSpec {
  return { argument: "required", schema, dialects, about };
}

function bare(about: string, dialects = BOTH): OptionSpec {
  return { argument: "none", schema: flag, dialects, about };
}

/** Every option by name. */
export const OPTIONS: Readonly<Record<string, OptionSpec>> = {
  ip_version: takes(ipVersion, "socket family and wire protocol"),
  bind_port: takes(port, "local port of every bind()"),
  connect_port: takes(port, "remote port of every connect()"),
  local_ip: takes(address, "address of the stack under test"),
  remote_ip: takes(prefixed, "address of the other end, with the prefix routed to the device"),
  gateway_ip: takes(address, "next hop of the route to the other end"),
  netmask_ip: takes(netmask, "netmask of the local IPv4 address"),
  mtu: takes(integer(68, 65535), "MTU of the device"),
  speed: takes(integer(0, 4294967295), "link speed in Mbit/s"),
  mss: takes(integer(0, 65535), "GSO size of injected TCP packets", GOOGLE),
  tolerance_usecs: takes(integer(1, 4294967295), "absolute time tolerance"),
  tolerance_percent: takes(
    z.string().regex(/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/, "a number").transform(Number).pipe(
      z.number().min(0, "a number of at least 0").max(100, "a number of at most 100"),
    ),
    "relative time tolerance",
  ),
  tcp_ts_tick_usecs: takes(integer(0, 1000000), "check outbound TS val, with this tick"),
  tcp_ts_ecr_scaled: bare("allow inbound TS ecr values that were never sent", GOOGLE),
  strict_segments: bare("do not merge outbound segments", GOOGLE),
  non_fatal: takes(nonFatal, "mismatches that are warnings only"),
  send_omit_free: bare("do not free send buffers", GOOGLE),
  init_scripts: takes(text, "shell scripts to run before the script, separated by commas"),
  code_command: takes(text, "interpreter of code blocks"),
  code_format: takes(z.literal("python", "python"), "language of code blocks"),
  code_sockopt: takes(codeSockopt, "accepted, unused"),
  dry_run: bare("parse only"),
  is_anyip: bare("do not configure the local address on the device", GOOGLE),
  psp_udp_port: takes(port, "UDP port of PSP (wire mode only)", GOOGLE),
  define: takes(z.string().regex(/^[A-Za-z0-9_]+=/, "NAME=value"), "define a symbol"),
  verbose: bare("print what happens"),
  debug: bare("internal tracing"),
  wire_client: bare("remote mode, client"),
  wire_server: bare("remote mode, server"),
  wire_server_ip: takes(address, "remote mode: address of the server"),
  wire_server_at: takes(text, "remote mode: host name of the server", GOOGLE),
  wire_server_port: takes(port, "remote mode: port of the server"),
  wire_client_dev: takes(text, "remote mode: device of the client"),
  wire_server_dev: takes(text, "remote mode: device of the server"),
  so_filename: takes(text, "a stack in a shared object", GOOGLE),
  so_flags: takes(text, "flags for that stack", GOOGLE),
  tcp_md5_secret: takes(text, "secret of md5 valid", NPLAB),
  udp_encapsulation: takes(z.enum(["tcp", "sctp"], "tcp or sctp"), "transport inside UDP", NPLAB),
  tun_dev: takes(text, "name of the TUN device", NPLAB),
  persistent_tun_dev: bare("keep the TUN device", NPLAB),
  no_cleanup: bare("no RST at the end", NPLAB),
  local_linklocal_ip: takes(address, "link-local address of the stack under test", NPLAB),
  gateway_linklocal_ip: takes(address, "link-local address of the gateway", NPLAB),
};

/** The outcome of {@link parseOption}. */
export type ParsedOption =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly hint: string | undefined };

/**
 * Check one option. Messages are packetdrill's where it has them: `option '<name>' unknown`, `… forbids an argument`,
 * `… requires an argument`.
 *
 * @param value undefined if there was no `=`
 */
export function parseOption(name: string, value: string | undefined, dialect: Dialect): ParsedOption {
  const spec = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (spec === undefined || !spec.dialects.includes(dialect)) {
    const guess = nearest(name, Object.keys(OPTIONS).filter((key) => OPTIONS[key]?.dialects.includes(dialect)));
    const hint = spec !== undefined
      ? `it belongs to the ${spec.dialects.join(" and ")} dialect`
      : guess === undefined
      ? undefined
      : `did you mean --${guess}?`;
    return { ok: false, message: `option '${name}' unknown`, hint };
  }
  if (spec.argument === "none" && value !== undefined && value !== "") {
    return { ok: false, message: `option '${name}' forbids an argument`, hint: `write --${name} alone` };
  }
  if (spec.argument === "required" && value === undefined) {
    return { ok: false, message: `option '${name}' requires an argument`, hint: `write --${name}=… (${spec.about})` };
  }
  const normal = dialect === "nplab" && name === "ip_version" ? value?.replaceAll("_", "-") : value;
  const result = spec.schema.safeParse(normal ?? "");
  if (result.success) return { ok: true, value: result.data };
  const wanted = result.error.issues[0]?.message ?? spec.about;
  return { ok: false, message: `bad value '${value ?? ""}' for option '${name}'`, hint: `it takes ${wanted}` };
}

/** Prefix length of an IPv4 netmask, undefined if it is none. */
export function prefixOfNetmask(mask: string): number | undefined {
  const bits = mask.split(".").reduce((value, part) => value * 256 + Number(part), 0);
  const length = Math.clz32(~bits >>> 0);
  return (bits >>> 0) === (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0) ? length : undefined;
}

/** An option on the command line, or of a variant, that is not right. */
export class OptionError extends Error {
  /** Class name, for messages. */
  override readonly name = "OptionError";
}

/** What {@link resolveConfig} works on; later ones win: script, then command line. */
export interface ConfigLayers {
  /** Decides which options there are, and some defaults. */
  readonly dialect: Dialect;
  /** Options of the script, as parsed. */
  readonly script: readonly ScriptOption[];
  /** Command line or variant: name without dashes to value, "" for options without one. */
  readonly commandLine?: Readonly<Record<string, string>>;
  /** `-D` of the command line or variant. */
  readonly definitions?: Readonly<Record<string, string>>;
}

/**
 * One configuration from defaults, script and command line (which wins, as in packetdrill).
 *
 * @throws OptionError for an unknown option or a bad value
 */
export function resolveConfig(layers: ConfigLayers): ScriptConfig {
  const { dialect } = layers;
  const values = new Map<string, unknown>();
  const definitions: Record<string, string> = {};
  const apply = (name: string, value: string | undefined) => {
    const parsed = parseOption(name, value, dialect);
    if (!parsed.ok) {
      throw new OptionError(parsed.hint === undefined ? parsed.message : `${parsed.message}: ${parsed.hint}`);
    }
    if (name === "define" && value !== undefined) {
      const at = value.indexOf("=");
      definitions[value.slice(0, at)] = value.slice(at + 1);
    } else {
      values.set(name, parsed.value);
    }
  };
  for (const option of layers.script) apply(option.name, option.value);
  for (const [name, value] of Object.entries(layers.commandLine ?? {})) apply(name, value);
  Object.assign(definitions, layers.definitions);
  return configOf(values, definitions, dialect);
}

function configOf(
  values: ReadonlyMap<string, unknown>,
  definitions: Readonly<Record<string, string>>,
  dialect: Dialect,
): ScriptConfig {
  const number = (name: string, otherwise: number): number => {
    const value = values.get(name);
    return typeof value === "number" ? value : otherwise;
  };
  const string = (name: string): string | undefined => {
    const value = values.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const has = (name: string): boolean => values.get(name) === true;
  const version = ipVersion.parse(string("ip_version") ?? "ipv4");
  const six = version === "ipv6";
  const nplab = dialect === "nplab";
  const [remote, remotePrefix] = (string("remote_ip") ?? (six ? "2001:DB8::1/32" : "192.0.2.1/24")).split("/");
  const nonFatalWords = values.get("non_fatal");
  const encapsulation = string("udp_encapsulation");
  return {
    ip_version: version,
    bind_port: number("bind_port", 8080),
    connect_port: number("connect_port", 8080),
    local_ip: string("local_ip") ??
      (six ? nplab ? "fd3d:fa7b:d17d::1" : "fd3d:fa7b:d17d::2" : nplab ? "192.168.0.1" : "192.168.0.2"),
    local_prefix: six ? 48 : prefixOfNetmask(string("netmask_ip") ?? "255.255.0.0") ?? 16,
    remote_ip: remote ?? "",
    remote_prefix: remotePrefix === undefined ? (six ? 128 : 32) : Number(remotePrefix),
    gateway_ip: string("gateway_ip") ??
      (six ? nplab ? "fd3d:fa7b:d17d::2" : "fd3d:fa7b:d17d:8888::" : nplab ? "192.168.0.2" : "192.168.0.1"),
    mtu: number("mtu", 1500),
    speed: number("speed", 0),
    mss: number("mss", 0),
    tolerance_usecs: number("tolerance_usecs", 4000),
    tolerance_percent: number("tolerance_percent", 12.5),
    tcp_ts_tick_usecs: number("tcp_ts_tick_usecs", 0),
    tcp_ts_ecr_scaled: has("tcp_ts_ecr_scaled"),
    strict_segments: has("strict_segments"),
    non_fatal: {
      packet: Array.isArray(nonFatalWords) && nonFatalWords.includes("packet"),
      syscall: Array.isArray(nonFatalWords) && nonFatalWords.includes("syscall"),
    },
    send_omit_free: has("send_omit_free"),
    init_scripts: (string("init_scripts") ?? "").split(",").filter((word) => word !== ""),
    code_command: string("code_command") ?? "python3",
    code_sockopt: string("code_sockopt") ?? "",
    is_anyip: has("is_anyip"),
    psp_udp_port: number("psp_udp_port", 0),
    dry_run: has("dry_run"),
    verbose: has("verbose"),
    debug: has("debug"),
    definitions,
    tcp_md5_secret: string("tcp_md5_secret"),
    udp_encapsulation: encapsulation === "tcp" || encapsulation === "sctp" ? encapsulation : undefined,
    no_cleanup: has("no_cleanup"),
  };
}
