/**
 * netproof: a conformance harness for TCP/IP stacks, and a TCP/IP stack.
 *
 * @module
 */
export * from "./conformance/mod.ts";
export { Stack, type StackOptions } from "./stack/mod.ts";
