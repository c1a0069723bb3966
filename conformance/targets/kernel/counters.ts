/**
 * MIB counters of a network namespace, from `/proc/net/snmp`, `netstat` and `snmp6`.
 *
 * @module
 */

import { runInNamespace } from "../../../host/netns.ts";
import { readFileText } from "./proc.ts";

/** Parses pairs of lines `Name: Field Field` and `Name: 1 2` into `Name.Field`. */
export function parsePairedCounters(text: string, into: Map<string, number>): void {
  const lines = text.split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const [group, ...names] = lines[i]!.split(" ");
    const [sameGroup, ...values] = lines[i + 1]!.split(" ");
    if (group === undefined || group !== sameGroup) continue;
    names.forEach((name, at) => into.set(`${group.slice(0, -1)}.${name}`, Number(values[at])));
  }
}

/** Parses lines `Ip6InReceives   1` into `Ip6.InReceives`. */
export function parseFlatCounters(text: string, into: Map<string, number>): void {
  for (const line of text.split("\n")) {
    const match = /^(Ip6|Icmp6|UdpLite6|Udp6)(\S+)\s+(-?\d+)$/.exec(line);
    if (match) into.set(`${match[1]}.${match[2]}`, Number(match[3]));
  }
}

/** All counters of the namespace now. */
export function readCounters(namespaceFd: number): Map<string, number> {
  const counters = new Map<string, number>();
  runInNamespace(namespaceFd, () => {
    // thread-self: /proc/net shows the namespace of the process's first thread, not ours.
    parsePairedCounters(readFileText("/proc/thread-self/net/snmp"), counters);
    parsePairedCounters(readFileText("/proc/thread-self/net/netstat"), counters);
    parseFlatCounters(readFileText("/proc/thread-self/net/snmp6"), counters);
  });
  return counters;
}
