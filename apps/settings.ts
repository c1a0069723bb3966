/**
 * What `deno task stack` is asked for, checked.
 *
 * @module
 */
import { type Impairments, parseImpairment } from "../stack/link/impairment.ts";
import { parsePrefix, type Prefix } from "../stack/wire/address.ts";
import { messageOf, UserError } from "./user_error.ts";

/** The services there are. */
export const SERVICES = ["echo", "discard", "chargen", "http"] as const;
/** One of {@link SERVICES}. */
export type ServiceName = typeof SERVICES[number];

/** Options as the command line gives them. */
export interface RawOptions {
  readonly netns: string;
  readonly join?: boolean;
  readonly tun: string;
  readonly mtu: string;
  readonly kernel: string;
  readonly address: string;
  readonly far?: string;
  readonly farKernel: string;
  readonly farAddress: string;
  readonly farMtu?: string;
  readonly impair?: string;
  readonly offload: boolean;
  readonly sysctl?: readonly string[];
  readonly seed?: string;
  readonly services: string;
  readonly root?: string;
  readonly httpPort: string;
  readonly maxUpload: string;
  readonly exec?: string;
  readonly stats?: boolean;
  readonly trace?: string;
  readonly quiet?: boolean;
}

/** The other side of a stack that is a router. */
export interface FarSettings {
  /** Network namespace, which is made. */
  readonly netns: string;
  readonly kernel: readonly Prefix[];
  readonly address: readonly Prefix[];
  readonly mtu: number;
}

/** Options that make sense. */
export interface Settings {
  readonly netns: string;
  /** Use a namespace that exists. */
  readonly join: boolean;
  readonly tun: string;
  readonly mtu: number;
  /** Addresses of the kernel's end. */
  readonly kernel: readonly Prefix[];
  /** Addresses of our stack. */
  readonly address: readonly Prefix[];
  /** Absent: the stack has one side, and is a host. */
  readonly far: FarSettings | undefined;
  readonly impairments: Impairments | undefined;
  readonly offload: boolean;
  readonly sysctl: Readonly<Record<string, string>>;
  /** Seed of the stack's random numbers; `undefined`: random ones. */
  readonly seed: number | undefined;
  readonly services: readonly ServiceName[];
  readonly root: string | undefined;
  readonly http_port: number;
  readonly max_upload: number;
  readonly exec: string | undefined;
  readonly stats: boolean;
  /** File for traces of connections. */
  readonly trace: string | undefined;
  readonly quiet: boolean;
}

function integer(text: string, option: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) {
    throw new UserError(`${option} ${text}: expected a whole number from ${least} to ${most}`);
  }
  return value;
}

function prefixes(text: string, option: string): Prefix[] {
  return text.split(",").filter((part) => part !== "").map((part) => {
    try {
      if (!part.includes("/")) throw new SyntaxError("a prefix length is missing");
      return parsePrefix(part);
    } catch (error) {
      throw new UserError(`${option} ${part}: ${messageOf(error)}; expected e.g. 10.77.0.2/24,fd77::2/64`);
    }
  });
}

/** Octets with an optional k, m or g. */
export function parseSize(text: string, option: string): number {
  const match = /^(\d{1,12})([kmg]?)$/i.exec(text);
  if (match === null) throw new UserError(`${option} ${text}: expected octets, e.g. 100m`);
  const unit = { "": 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 }[match[2]!.toLowerCase()]!;
  return Number(match[1]) * unit;
}

function namespaceName(name: string, option: string): string {
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) return name;
  throw new UserError(`${option} ${name}: a name is letters, digits, dots, dashes and underscores`);
}

function farSide(raw: RawOptions): FarSettings | undefined {
  if (raw.far === undefined) return undefined;
  if (raw.far === raw.netns) throw new UserError(`--far ${raw.far}: that is the namespace of the near side`);
  return {
    netns: namespaceName(raw.far, "--far"),
    kernel: prefixes(raw.farKernel, "--far-kernel"),
    address: prefixes(raw.farAddress, "--far-address"),
    mtu: integer(raw.farMtu ?? raw.mtu, raw.farMtu === undefined ? "--mtu" : "--far-mtu", 68, 65_535),
  };
}

/** Checks options. Throws {@link UserError}, which names the option that is wrong. */
export function checkSettings(raw: RawOptions): Settings {
  if (!/^[A-Za-z0-9][\w.-]{0,14}$/.test(raw.tun)) {
    throw new UserError(`--tun ${raw.tun}: an interface name has at most 15 letters, digits, dots and dashes`);
  }
  const services = raw.services.split(",").filter((name) => name !== "" && name !== "none");
  for (const name of services) {
    if (!(SERVICES as readonly string[]).includes(name)) {
      throw new UserError(`--services ${name}: there are ${SERVICES.join(", ")}, and none`);
    }
  }
  let impairments: Impairments | undefined;
  if (raw.impair !== undefined) {
    try {
      impairments = parseImpairment(raw.impair);
    } catch (error) {
      throw new UserError(`--impair: ${messageOf(error)}`);
    }
  }
  const sysctl: Record<string, string> = {};
  for (const setting of raw.sysctl ?? []) {
    const equals = setting.indexOf("=");
    if (equals <= 0) throw new UserError(`--sysctl ${setting}: expected NAME=VALUE, e.g. net.ipv4.tcp_sack=0`);
    sysctl[setting.slice(0, equals).trim()] = setting.slice(equals + 1).trim();
  }
  const address = prefixes(raw.address, "--address");
  if (address.length === 0) throw new UserError("--address: our stack needs at least one address");
  return {
    netns: namespaceName(raw.netns, "--netns"),
    join: raw.join ?? false,
    tun: raw.tun,
    mtu: integer(raw.mtu, "--mtu", 68, 65_535),
    kernel: prefixes(raw.kernel, "--kernel"),
    address,
    far: farSide(raw),
    impairments,
    offload: raw.offload,
    sysctl,
    seed: raw.seed === undefined ? undefined : integer(raw.seed, "--seed", 0, 2 ** 32 - 1),
    services: services as ServiceName[],
    root: raw.root,
    http_port: integer(raw.httpPort, "--http-port", 1, 65_535),
    max_upload: parseSize(raw.maxUpload, "--max-upload"),
    exec: raw.exec,
    stats: raw.stats ?? false,
    trace: raw.trace,
    quiet: raw.quiet ?? false,
  };
}
