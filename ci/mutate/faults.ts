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

/** All of them, from the lowest floor up. */
export const FAULTS: readonly Fault[] = [...IP_FAULTS, ...ICMP_FAULTS, ...TCP_CONNECTION_FAULTS, ...TCP_DATA_FAULTS];

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
