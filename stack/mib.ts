/**
 * The counters of one stack (SNMP MIB and Linux's extensions to it).
 *
 * @module
 */
import { Counter, COUNTER_GROUPS, type CounterGroup, type CounterKey, COUNTERS } from "./mib_counters.ts";

export { Counter, type CounterKey } from "./mib_counters.ts";

const ICMP_IN = COUNTERS;
const ICMP_OUT = ICMP_IN + 256;
const ICMP6_IN = ICMP_OUT + 256;
const ICMP6_OUT = ICMP6_IN + 256;
const TOTAL = ICMP6_OUT + 256;

/** Values that `/proc/net/snmp` shows and nobody counts: fixed by the MIB (RFC 4022, RFC 4293). */
const INITIAL: readonly (readonly [number, number])[] = [
  [Counter.IpForwarding, 2],
  [Counter.IpDefaultTTL, 64],
  [Counter.TcpRtoAlgorithm, 1],
  [Counter.TcpRtoMin, 200],
  [Counter.TcpRtoMax, 120000],
  [Counter.TcpMaxConn, -1],
];

/** Named counters that count one ICMP type each. */
const ICMP_TYPES: readonly (readonly [number, string])[] = [
  [3, "DestUnreachs"],
  [11, "TimeExcds"],
  [12, "ParmProbs"],
  [4, "SrcQuenchs"],
  [5, "Redirects"],
  [8, "Echos"],
  [0, "EchoReps"],
  [13, "Timestamps"],
  [14, "TimestampReps"],
  [17, "AddrMasks"],
  [18, "AddrMaskReps"],
];
const ICMP6_TYPES: readonly (readonly [number, string])[] = [
  [1, "DestUnreachs"],
  [2, "PktTooBigs"],
  [3, "TimeExcds"],
  [4, "ParmProblems"],
  [128, "Echos"],
  [129, "EchoReplies"],
  [130, "GroupMembQueries"],
  [131, "GroupMembResponses"],
  [132, "GroupMembReductions"],
  [133, "RouterSolicits"],
  [134, "RouterAdvertisements"],
  [135, "NeighborSolicits"],
  [136, "NeighborAdvertisements"],
  [137, "Redirects"],
  [143, "MLDv2Reports"],
];

/** For each ICMP type the named counter that counts it too, or -1. */
function byType(types: typeof ICMP_TYPES, prefix: string): Int16Array {
  const indices = new Int16Array(256).fill(-1);
  for (const [type, name] of types) indices[type] = Counter[(prefix + name) as CounterKey];
  return indices;
}

const NAMED_ICMP_IN = byType(ICMP_TYPES, "IcmpIn");
const NAMED_ICMP_OUT = byType(ICMP_TYPES, "IcmpOut");
const NAMED_ICMP6_IN = byType(ICMP6_TYPES, "Icmp6In");
const NAMED_ICMP6_OUT = byType(ICMP6_TYPES, "Icmp6Out");

const NAME_TO_INDEX = new Map<string, number>();
for (const group of COUNTER_GROUPS) {
  for (const name of groupNames(group)) {
    NAME_TO_INDEX.set(`${group.name}.${name}`, Counter[(group.name + name) as CounterKey]);
  }
}

function groupNames(group: CounterGroup): string[] {
  const keys = Object.keys(Counter).slice(group.first, group.first + group.count);
  return keys.map((key) => key.slice(group.name.length));
}

/** Names of all counters but those per ICMP type. */
export function counterNames(): Iterable<string> {
  return NAME_TO_INDEX.keys();
}

/** Index of a counter called e.g. `TcpExt.TCPTimeouts`, `IcmpMsg.OutType3`, `Icmp6.InType128`; `undefined` if there is none. */
export function counterIndex(name: string): number | undefined {
  const index = NAME_TO_INDEX.get(name);
  if (index !== undefined) return index;
  const match = /^(IcmpMsg|Icmp6)\.(In|Out)Type(\d{1,3})$/.exec(name);
  if (match === null || Number(match[3]) > 255) return undefined;
  const base = match[1] === "IcmpMsg"
    ? (match[2] === "In" ? ICMP_IN : ICMP_OUT)
    : (match[2] === "In" ? ICMP6_IN : ICMP6_OUT);
  return base + Number(match[3]);
}

/**
 * The counters of one stack.
 *
 * @example
 * ```ts
 * import { Counter, Mib } from "./mib.ts";
 *
 * const mib = new Mib();
 * mib.inc(Counter.IpInReceives);
 * if (mib.get("Ip.InReceives") !== 1) throw new Error("not counted");
 * ```
 */
export class Mib {
  private readonly values = new Float64Array(TOTAL);

  /** All counters at zero, apart from what the MIB fixes. */
  constructor() {
    for (const [index, value] of INITIAL) this.values[index] = value;
  }

  /** Adds one. */
  inc(counter: number): void {
    this.values[counter]!++;
  }

  /** Adds `amount`, which may be negative for gauges such as `Tcp.CurrEstab`. */
  add(counter: number, amount: number): void {
    this.values[counter]! += amount;
  }

  /** Sets a gauge. */
  set(counter: number, value: number): void {
    this.values[counter] = value;
  }

  /** Counts an ICMP message of `type` received. */
  icmpIn(type: number): void {
    this.perIcmpType(ICMP_IN, NAMED_ICMP_IN, type);
  }

  /** Counts an ICMP message of `type` sent. */
  icmpOut(type: number): void {
    this.perIcmpType(ICMP_OUT, NAMED_ICMP_OUT, type);
  }

  /** Counts an ICMPv6 message of `type` received. */
  icmp6In(type: number): void {
    this.perIcmpType(ICMP6_IN, NAMED_ICMP6_IN, type);
  }

  /** Counts an ICMPv6 message of `type` sent. */
  icmp6Out(type: number): void {
    this.perIcmpType(ICMP6_OUT, NAMED_ICMP6_OUT, type);
  }

  /** Counts a type, and the named counter for it. */
  private perIcmpType(base: number, named: Int16Array, type: number): void {
    this.values[base + type]!++;
    if (named[type]! >= 0) this.values[named[type]!]!++;
  }

  /** Value by index, or by a name such as `Ip.InReceives`. Throws `RangeError` for a name that is none. */
  get(counter: number | string): number {
    const index = typeof counter === "number" ? counter : counterIndex(counter);
    if (index === undefined) {
      throw new RangeError(`no counter is called "${counter}"; names are as in /proc/net/snmp, e.g. "Ip.InReceives"`);
    }
    return this.values[index]!;
  }

  /** Every counter that is not zero, by name. */
  snapshot(): Map<string, number> {
    const result = new Map<string, number>();
    for (const [name, index] of NAME_TO_INDEX) {
      if (this.values[index] !== 0) result.set(name, this.values[index]!);
    }
    this.perType("IcmpMsg.InType", ICMP_IN, result);
    this.perType("IcmpMsg.OutType", ICMP_OUT, result);
    this.perType("Icmp6.InType", ICMP6_IN, result);
    this.perType("Icmp6.OutType", ICMP6_OUT, result);
    return result;
  }

  /** Text of `/proc/net/snmp`. */
  snmp(): string {
    let text = "";
    for (const name of ["Ip", "Icmp", "IcmpMsg", "Tcp", "Udp"]) {
      text += name === "IcmpMsg" ? this.icmpMsgLines() : this.lines(name);
    }
    return text;
  }

  /** Text of `/proc/net/netstat`. */
  netstat(): string {
    return this.lines("TcpExt") + this.lines("IpExt");
  }

  /** Text of `/proc/net/snmp6`. */
  snmp6(): string {
    const rows: string[] = [];
    const row = (name: string, value: number) => rows.push(`${name.padEnd(32)}\t${value}\n`);
    for (const group of COUNTER_GROUPS) {
      if (!group.name.endsWith("6")) continue;
      groupNames(group).forEach((name, at) => row(group.name + name, this.values[group.first + at]!));
      if (group.name !== "Icmp6") continue;
      const types = new Map<string, number>();
      this.perType("Icmp6InType", ICMP6_IN, types);
      this.perType("Icmp6OutType", ICMP6_OUT, types);
      for (const [name, value] of types) row(name, value);
    }
    return rows.join("");
  }

  /** Two lines of `/proc/net/snmp`. */
  private lines(name: string): string {
    const group = COUNTER_GROUPS.find((candidate) => candidate.name === name)!;
    const values = this.values.subarray(group.first, group.first + group.count);
    return `${name}: ${groupNames(group).join(" ")}\n${name}: ${values.join(" ")}\n`;
  }

  /** `IcmpMsg`, which shows types that were counted. */
  private icmpMsgLines(): string {
    const types = new Map<string, number>();
    this.perType("InType", ICMP_IN, types);
    this.perType("OutType", ICMP_OUT, types);
    if (types.size === 0) return "";
    return `IcmpMsg: ${[...types.keys()].join(" ")}\nIcmpMsg: ${[...types.values()].join(" ")}\n`;
  }

  /** Types that were counted, by name. */
  private perType(prefix: string, base: number, into: Map<string, number>): void {
    for (let type = 0; type < 256; type++) {
      const value = this.values[base + type]!;
      if (value !== 0) into.set(prefix + type, value);
    }
  }
}
