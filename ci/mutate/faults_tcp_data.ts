/**
 * Faults of TCP's data transfer: windows, acknowledgments, retransmission, congestion.
 *
 * @module
 */
import type { Fault } from "./fault.ts";

/** What an established connection gets wrong. */
export const TCP_DATA_FAULTS: readonly Fault[] = [];
