/**
 * Faults as people make them: one line each, one at a time.
 *
 * @module
 */
import type { Fault } from "./fault.ts";
import { ICMP_FAULTS } from "./faults_icmp.ts";
import { IP_FAULTS } from "./faults_ip.ts";
import { TCP_CONNECTION_FAULTS } from "./faults_tcp_connection.ts";
import { TCP_DATA_FAULTS } from "./faults_tcp_data.ts";

export type { Fault };

/** Faults of one area, and the folders of fixtures that are likely to notice them, which are run first. */
const AREAS: readonly { readonly faults: readonly Fault[]; readonly folders: readonly string[] }[] = [
  { faults: IP_FAULTS, folders: ["ip", "reassembly", "udp", "checksum", "icmp"] },
  { faults: ICMP_FAULTS, folders: ["icmp", "checksum"] },
  { faults: TCP_CONNECTION_FAULTS, folders: ["handshake", "close", "mss", "checksum"] },
  { faults: TCP_DATA_FAULTS, folders: ["data", "options", "recovery", "timers"] },
];

/** All of them, from the lowest floor up. */
export const FAULTS: readonly Fault[] = AREAS.flatMap((area) => area.faults);

/** `folders` in the order in which a fault is likely to be noticed soon. */
export function inOrder(fault: Fault, folders: readonly string[]): string[] {
  const first = AREAS.find((area) => area.faults.includes(fault))?.folders ?? [];
  return [...first.filter((name) => folders.includes(name)), ...folders.filter((name) => !first.includes(name))];
}

/** The source with the fault in it. The text to replace must stand there exactly once, or the fault has gone stale. */
export function plant(source: string, fault: Fault): string {
  const parts = source.split(fault.find);
  if (parts.length !== 2) {
    throw new Error(
      `fault ${fault.name}: ${JSON.stringify(fault.find)} stands ${
        parts.length - 1
      } times in ${fault.file}, not once; ` +
        `change its \`find\` to what the source says now`,
    );
  }
  return parts.join(fault.replace);
}
