/**
 * The settings of one stack, by the names, defaults and ranges that Linux has under `/proc/sys/net`.
 *
 * @module
 */
import { EACCES, EIO, ENOENT } from "../abi/errno.ts";
import { checkRelations, consequences } from "./sysctl_relations.ts";
import { IPV4_CONF, IPV6_CONF, NEIGH_CONF, SYSCTL_TABLE } from "./sysctl_table.ts";
import { unheeded } from "./sysctl_unheeded.ts";
import { acceptText, isNumeric, rangeOf, type SettingKind, takenBeforeFault } from "./sysctl_value.ts";

export type { SettingKind } from "./sysctl_value.ts";

/** Per-interface settings that start otherwise than their kind does. */
const SPECIAL_CONF: Readonly<Record<string, string>> = {
  "net.ipv4.conf.all.accept_source_route": "0",
  "net.ipv4.conf.lo.disable_policy": "1",
  "net.ipv4.conf.lo.disable_xfrm": "1",
  "net.ipv6.conf.all.accept_dad": "0",
  "net.ipv6.conf.lo.accept_dad": "-1",
  "net.ipv6.conf.lo.mtu": "65536",
  "net.ipv6.conf.lo.use_tempaddr": "-1",
};

/** Settings of IPv4 whose default only interfaces that come later take. */
const FIXED_AT_BIRTH: ReadonlySet<string> = new Set([
  "disable_policy",
  "disable_xfrm",
  "drop_unicast_in_l2_multicast",
  "forwarding",
  "promote_secondaries",
  "route_localnet",
]);

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
  /** Text before anybody wrote to it. */
  readonly initial: string;

  /** A setting at its default. */
  constructor(readonly name: string, template: Template) {
    this.kind = template.kind;
    this.min = template.min;
    this.max = template.max;
    this.text = template.text;
    this.initial = template.text;
    this.vector = template.vector;
    this.value = template.vector[0] ?? NaN;
  }

  /** Takes a text that has been checked. */
  store(text: string): void {
    this.vector = numbersOf(this.kind, text);
    this.value = this.vector[0] ?? NaN;
    this.text = this.vector.length > 0 ? text.trim().replace(/\s+/g, "\t") : text;
  }

  /** The text to store for a written `text`, or `-errno`. */
  accept(text: string): string | number {
    return acceptText(text, { kind: this.kind, min: this.min, max: this.max, current: this.text.split("\t") });
  }
}

/** The numbers of a text that holds some. */
function numbersOf(kind: SettingKind, text: string): readonly number[] {
  if (!isNumeric(kind) && !(kind === "ro" && /^-?\d+$/.test(text))) return [];
  return text.trim().split(/\s+/).map(Number);
}

function template(kind: SettingKind, min: number, max: number, initial: string): Template {
  const vector = numbersOf(kind, initial);
  return { kind, min, max, text: vector.length > 0 ? initial.trim().replace(/\s+/g, "\t") : initial, vector };
}

/** Per-interface trees by their name up to the interface. */
const TREES: ReadonlyMap<string, ReadonlyMap<string, Template>> = new Map(
  ([
    ["net.ipv4.conf", IPV4_CONF],
    ["net.ipv6.conf", IPV6_CONF],
    ["net.ipv4.neigh", NEIGH_CONF],
    ["net.ipv6.neigh", NEIGH_CONF.replace(/^locktime \d+/m, "locktime 0")],
  ] as const).map(([tree, table]) => [tree, parseTree(table)]),
);

/** All other settings by name. */
const PLAIN: ReadonlyMap<string, Template> = new Map(SYSCTL_TABLE.trim().split("\n").map(parseLine));

function parseTree(table: string): ReadonlyMap<string, Template> {
  return new Map(
    table.trim().split("\n").map((line) => {
      const [leaf, initial, kind, range] = line.split(" ");
      return [leaf!, parseTemplate((kind ?? "int") as SettingKind, range, initial === "unset" ? "" : initial!)];
    }),
  );
}

function parseLine(line: string): [string, Template] {
  const at = line.indexOf(" =");
  const [name, kind, range] = line.slice(0, at).split(" ");
  return [name!, parseTemplate(kind as SettingKind, range, line.slice(at + 2).trim())];
}

function parseTemplate(kind: SettingKind, range: string | undefined, initial: string): Template {
  const [min, max] = range === undefined ? rangeOf(kind) : range.split("..").map(Number);
  return template(kind, min!, max!, initial);
}

/** `net.ipv4.conf.tun0.forwarding` taken apart; the interface's name may have dots. */
function splitInterface(name: string): { tree: string; device: string; leaf: string } | undefined {
  const match = /^(net\.ipv[46]\.(?:conf|neigh))\.(.+)\.([^.]+)$/.exec(name);
  return match === null ? undefined : { tree: match[1]!, device: match[2]!, leaf: match[3]! };
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
  /** What has been written by name, of interfaces too. */
  private readonly written = new Set<string>();
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

  /** Why a setting can't be read: `-EACCES` for a switch, `-EIO` for a secret that nobody has set, else 0. */
  readError(name: string): number {
    const { kind, text } = this.entry(name);
    return kind === "wo" ? -EACCES : kind === "secret" && text === "" ? -EIO : 0;
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
    const taken = setting.accept(text);
    if (typeof taken === "number") {
      // Numbers before the one that is refused are taken all the same, where nothing is checked across them.
      if (setting.kind === "vec" && !setting.name.endsWith("_range")) {
        this.store(setting, takenBeforeFault(text, setting));
      }
      return taken;
    }
    const accepted = checkRelations(setting.name, taken, this);
    if (typeof accepted === "number") return accepted;
    const refused = this.guards.get(setting.name)?.(accepted) ?? 0;
    if (refused < 0) return refused;
    this.written.add(setting.name);
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

  /**
   * What a setting that was written is about, if it now has a value that Linux would heed and the stack does not; undefined if
   * it is heeded, is as it was at first, or makes no difference. Throws `RangeError` for an unknown name.
   */
  notHeeded(name: string): string | undefined {
    const setting = this.entry(name);
    const why = unheeded(setting.name);
    if (why === undefined || !why.bearing || setting.text === why.as || setting.text === setting.initial) {
      return undefined;
    }
    return why.about;
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

  /** What a write changes besides: see {@link consequences}. */
  private propagate(setting: Setting): void {
    for (const [name, text] of consequences(setting.name, setting.text, [...this.interfaces.keys()])) {
      const other = this.find(name);
      if (other !== undefined && other !== setting) this.store(other, text);
    }
    // An interface for which a setting of IPv4 was never written follows the default.
    const parts = setting.name.startsWith("net.ipv4.conf.default.") ? splitInterface(setting.name) : undefined;
    if (parts === undefined || FIXED_AT_BIRTH.has(parts.leaf)) return;
    for (const device of this.interfaces.keys()) {
      const name = `${parts.tree}.${device}.${parts.leaf}`;
      if (device === "all" || device === "default" || this.written.has(name) || SPECIAL_CONF[name] !== undefined) {
        continue;
      }
      this.store(this.find(name)!, setting.text);
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
