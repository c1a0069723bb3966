/**
 * The settings of one stack, by the names, defaults and ranges that Linux has under `/proc/sys/net`.
 *
 * @module
 */
import { EACCES, EINVAL, ENOENT } from "./inet/errno.ts";
import { IPV4_CONF, IPV6_CONF, NEIGH_CONF, SYSCTL_TABLE } from "./sysctl_table.ts";

const INT_MIN = -2147483648;
const INT_MAX = 2147483647;

/** Per-interface settings that start otherwise than their kind does. */
const SPECIAL_CONF: Readonly<Record<string, string>> = {
  "net.ipv4.conf.all.accept_source_route": "0",
  "net.ipv4.conf.lo.disable_policy": "1",
  "net.ipv4.conf.lo.disable_xfrm": "1",
  "net.ipv6.conf.lo.accept_dad": "-1",
  "net.ipv6.conf.lo.mtu": "65536",
  "net.ipv6.conf.lo.use_tempaddr": "-1",
};

/** What a setting holds. */
export type SettingKind = "int" | "vec" | "bitmap" | "text" | "ro";

/** What a setting is before anybody wrote to it. */
interface Template {
  readonly kind: SettingKind;
  readonly min: number;
  readonly max: number;
  readonly text: string;
  readonly vector: readonly number[];
}

/** One setting. Hot code keeps the object ({@link Sysctl.entry}) and reads {@link Setting.value}, which is always current. */
export class Setting {
  /** What it holds. */
  readonly kind: SettingKind;
  /** Smallest number it takes. */
  readonly min: number;
  /** Largest number it takes. */
  readonly max: number;
  /** Text as read from `/proc/sys`; vectors separated by tabs. */
  text: string;
  /** The (first) number, or NaN for text. */
  value: number;
  /** All numbers of a vector. */
  vector: readonly number[];

  /** A setting at its default. */
  constructor(readonly name: string, template: Template) {
    this.kind = template.kind;
    this.min = template.min;
    this.max = template.max;
    this.text = template.text;
    this.vector = template.vector;
    this.value = template.vector[0] ?? NaN;
  }

  /** Takes a text that has been checked. */
  store(text: string): void {
    this.vector = numbersOf(this.kind, text);
    this.value = this.vector[0] ?? NaN;
    this.text = this.vector.length > 0 ? this.vector.join("\t") : text;
  }

  /** The text to store for a written `text`, or `-EINVAL`, `-EACCES`. */
  accept(text: string): string | number {
    switch (this.kind) {
      case "ro":
        return -EACCES;
      case "text":
        return text.trim();
      case "bitmap":
        return acceptBitmap(text, this.max);
      case "int":
      case "vec":
        return this.acceptNumbers(text);
    }
  }

  /** As `proc_dointvec_minmax`: fewer numbers than there are leave the rest; more, or anything else, is refused. */
  private acceptNumbers(text: string): string | number {
    const words = text.trim().split(/\s+/);
    if (words[0] === "" || words.length > this.vector.length) return -EINVAL;
    const numbers = [...this.vector];
    for (const [at, word] of words.entries()) {
      if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(word)) return -EINVAL;
      const negative = word.startsWith("-");
      const digits = negative ? word.slice(1) : word;
      const magnitude = /^0\d/.test(digits) ? parseInt(digits, 8) : Number(digits);
      const number = negative ? -magnitude : magnitude;
      if (!(number >= this.min && number <= this.max)) return -EINVAL;
      numbers[at] = number;
    }
    return numbers.join(" ");
  }
}

/** The numbers of a text that holds some. */
function numbersOf(kind: SettingKind, text: string): readonly number[] {
  if (kind === "text" || kind === "bitmap" || (kind === "ro" && !/^-?\d+$/.test(text))) return [];
  return text.trim().split(/\s+/).map(Number);
}

function template(kind: SettingKind, min: number, max: number, initial: string): Template {
  const vector = numbersOf(kind, initial);
  return { kind, min, max, text: vector.length > 0 ? vector.join("\t") : initial, vector };
}

/** Per-interface trees by their name up to the interface. */
const TREES: ReadonlyMap<string, ReadonlyMap<string, Template>> = new Map(
  ([
    ["net.ipv4.conf", IPV4_CONF],
    ["net.ipv6.conf", IPV6_CONF],
    ["net.ipv4.neigh", NEIGH_CONF],
    ["net.ipv6.neigh", NEIGH_CONF.replace(/^locktime .*$/m, "locktime 0")],
  ] as const).map(([tree, table]) => [tree, parseTree(table)]),
);

/** All other settings by name. */
const PLAIN: ReadonlyMap<string, Template> = new Map(SYSCTL_TABLE.trim().split("\n").map(parseLine));

function parseTree(table: string): ReadonlyMap<string, Template> {
  return new Map(
    table.trim().split("\n").map((line) => {
      const [leaf, initial] = line.split(" ");
      const kind = /^-?\d+$/.test(initial!) ? "int" : "text";
      return [leaf!, template(kind, INT_MIN, leaf === "ioam6_id_wide" ? 4294967295 : INT_MAX, initial!)];
    }),
  );
}

function parseLine(line: string): [string, Template] {
  const at = line.indexOf(" =");
  const [name, kind, range] = line.slice(0, at).split(" ");
  const [min, max] = (range ?? `${INT_MIN}..${INT_MAX}`).split("..").map(Number);
  return [name!, template(kind as SettingKind, min!, max!, line.slice(at + 2).trim())];
}

/** `net.ipv4.conf.tun0.forwarding` taken apart; the interface's name may have dots. */
function splitInterface(name: string): { tree: string; device: string; leaf: string } | undefined {
  const match = /^(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.([^.]+)$/.exec(name);
  return match === null ? undefined : { tree: match[1]!, device: match[2]!, leaf: match[3]! };
}

/** As `proc_do_large_bitmap`: comma-separated numbers and ranges, merged. */
function acceptBitmap(text: string, max: number): string | number {
  const ranges: [number, number][] = [];
  const trimmed = text.trim();
  if (trimmed === "") return "";
  for (const part of trimmed.split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (match === null) return -EINVAL;
    const low = Number(match[1]);
    const high = match[2] === undefined ? low : Number(match[2]);
    if (low > high || high > max) return -EINVAL;
    ranges.push([low, high]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of ranges) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged.map(([low, high]) => low === high ? `${low}` : `${low}-${high}`).join(",");
}

/** `net/ipv4/tcp_sack` and `net.ipv4.tcp_sack` are the same setting; an interface `a.b` is written `a/b` between dots. */
function canonical(name: string): string {
  if (!name.includes("/")) return name;
  return name.replace(/^\/?(proc\/sys\/)?/, "").replaceAll("/", ".");
}

/**
 * All settings of one stack.
 *
 * @example
 * ```ts
 * import { Sysctl } from "./sysctl.ts";
 *
 * const sysctl = new Sysctl();
 * sysctl.set("net.ipv4.tcp_rmem", "4096 131072 6291456");
 * if (sysctl.getVector("net.ipv4.tcp_rmem")[2] !== 6291456) throw new Error("not set");
 * ```
 */
export class Sysctl {
  private readonly settings = new Map<string, Setting>();
  private readonly guards = new Map<string, (text: string) => number>();
  private readonly watchers = new Map<string, ((setting: Setting) => void)[]>();
  /** Interfaces, each with what `default` had other than Linux's defaults when it came. */
  private readonly interfaces = new Map<string, ReadonlyMap<string, string>>();
  /** Settings of `default` that were written, by name without the interface. */
  private readonly changed_defaults = new Map<string, string>();

  /** Linux's defaults, then `overrides` by name. Throws `RangeError` for a name or value that Linux would refuse. */
  constructor(overrides: Readonly<Record<string, string | number>> = {}) {
    for (const name of ["all", "default", "lo"]) this.addInterface(name);
    this.link("net.ipv4.ip_forward", "net.ipv4.conf.all.forwarding");
    for (const [name, value] of Object.entries(overrides)) {
      const result = this.set(name, String(value));
      if (result === -ENOENT) throw new RangeError(`no sysctl is called "${name}"`);
      if (result < 0) throw new RangeError(`sysctl ${name} does not take the value "${value}"`);
    }
  }

  /** Makes the per-interface settings of a new interface, from `default`. Does nothing for one that is there. */
  addInterface(name: string): void {
    if (!this.interfaces.has(name)) this.interfaces.set(name, new Map(this.changed_defaults));
  }

  /** The setting itself, for code that reads it per packet. Throws `RangeError` for an unknown name. */
  entry(name: string): Setting {
    const setting = this.find(canonical(name));
    if (setting === undefined) throw new RangeError(`no sysctl is called "${name}"`);
    return setting;
  }

  /** Whether there is such a setting. */
  has(name: string): boolean {
    return this.find(canonical(name)) !== undefined;
  }

  /** Text as `sysctl -n` prints it. Throws `RangeError` for an unknown name. */
  get(name: string): string {
    return this.entry(name).text;
  }

  /** The number, the first one of a vector. Throws `RangeError` for an unknown name. */
  getNumber(name: string): number {
    return this.entry(name).value;
  }

  /** The numbers of a vector. Throws `RangeError` for an unknown name. */
  getVector(name: string): readonly number[] {
    return this.entry(name).vector;
  }

  /** Writes a setting: 0, or `-ENOENT`, `-EINVAL`, `-EACCES` (read-only). */
  set(name: string, text: string): number {
    const setting = this.find(canonical(name));
    if (setting === undefined) return -ENOENT;
    const accepted = setting.accept(text);
    if (typeof accepted === "number") return accepted;
    const refused = this.guards.get(setting.name)?.(accepted) ?? 0;
    if (refused < 0) return refused;
    this.store(setting, accepted);
    this.propagate(setting);
    return 0;
  }

  /** Sets what a program may not, e.g. `net.ipv4.tcp_available_congestion_control`. */
  force(name: string, text: string): void {
    this.store(this.entry(name), text);
  }

  /** Adds a check to writes of one setting: it returns 0 to accept or `-errno`. */
  guard(name: string, check: (text: string) => number): void {
    this.guards.set(this.entry(name).name, check);
  }

  /** Calls `watcher` after each write of one setting. */
  watch(name: string, watcher: (setting: Setting) => void): void {
    const key = this.entry(name).name;
    const watchers = this.watchers.get(key);
    if (watchers === undefined) this.watchers.set(key, [watcher]);
    else watchers.push(watcher);
  }

  /** All names, sorted. */
  names(): string[] {
    const names = [...PLAIN.keys()];
    for (const [tree, leaves] of TREES) {
      for (const device of this.interfaces.keys()) {
        if (device === "all" && tree.endsWith("neigh")) continue;
        for (const leaf of leaves.keys()) names.push(`${tree}.${device}.${leaf}`);
      }
    }
    return names.sort();
  }

  /** Settings come into being when they are first asked for: a stack asks for a tenth of them. */
  private find(name: string): Setting | undefined {
    let setting = this.settings.get(name);
    if (setting !== undefined) return setting;
    const plain = PLAIN.get(name);
    setting = plain === undefined ? this.ofInterface(name) : new Setting(name, plain);
    if (setting !== undefined) this.settings.set(name, setting);
    return setting;
  }

  /** A setting of one interface. */
  private ofInterface(name: string): Setting | undefined {
    const parts = splitInterface(name);
    const inherited = parts === undefined ? undefined : this.interfaces.get(parts.device);
    if (parts === undefined || inherited === undefined) return undefined;
    if (parts.device === "all" && parts.tree.endsWith("neigh")) return undefined;
    const leaf = TREES.get(parts.tree)?.get(parts.leaf);
    if (leaf === undefined) return undefined;
    const setting = new Setting(name, leaf);
    const special = SPECIAL_CONF[name] ?? inherited.get(`${parts.tree} ${parts.leaf}`);
    if (special !== undefined) setting.store(special);
    return setting;
  }

  /** Takes a checked text and tells who watches. */
  private store(setting: Setting, text: string): void {
    setting.store(text);
    const parts = setting.name.includes(".default.") ? splitInterface(setting.name) : undefined;
    if (parts?.device === "default") this.changed_defaults.set(`${parts.tree} ${parts.leaf}`, setting.text);
    for (const watcher of this.watchers.get(setting.name) ?? []) watcher(setting);
  }

  /** Writing forwarding or disable_ipv6 for `all` writes it for every interface (`inet_forward_change`, `addrconf_fixup_forwarding`). */
  private propagate(setting: Setting): void {
    const match = /^(net\.ipv[46]\.conf)\.all\.(forwarding|disable_ipv6)$/.exec(setting.name);
    if (match === null) return;
    for (const name of this.interfaces.keys()) {
      const other = this.find(`${match[1]}.${name}.${match[2]}`);
      if (other !== undefined && other !== setting) this.store(other, setting.text);
    }
  }

  /** Makes two names stand for one value. */
  private link(alias: string, name: string): void {
    const a = this.entry(alias);
    const b = this.entry(name);
    this.watch(alias, (setting) => {
      if (b.text === setting.text) return;
      this.store(b, setting.text);
      this.propagate(b);
    });
    this.watch(name, (setting) => {
      if (a.text !== setting.text) this.store(a, setting.text);
    });
  }
}
