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

/** All of them, from the lowest floor up. */
export const FAULTS: readonly Fault[] = [
  ...IP_FAULTS,
  ...ICMP_FAULTS,
  ...TCP_CONNECTION_FAULTS,
  ...TCP_DATA_FAULTS,
];
