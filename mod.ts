/**
 * netproof: a conformance harness for TCP/IP stacks, and a TCP/IP stack (`stack`).
 *
 * @module
 */
export * from "./conformance/mod.ts";
export * as stack from "./stack/mod.ts";
