/**
 * Registers the transports of a stack: with `ip/` by protocol number, with the socket layer by socket type.
 *
 * @module
 */
import type { Stack } from "./stack.ts";

/** Registers every transport. */
export function registerTransports(_stack: Stack): void {
}
