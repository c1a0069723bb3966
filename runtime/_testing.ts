/**
 * Two stacks on a virtual link in virtual time, with programs that are promises, for tests.
 *
 * @module
 */
import { macrotask } from "../host/macrotask.ts";
import { connectStacks, type LinkOptions, type VirtualLink } from "../stack/link/pair.ts";
import { Stack, type StackOptions } from "../stack/stack.ts";
import { Sockets } from "./sockets.ts";

/** Time at which a virtual world begins, µs. */
const BEGIN_US = 1_000_000;

/** Before virtual time goes on by more than this, µs, programs get some real time to read and write files. */
const LEAP_US = 100_000;
const FILE_IO_MS = 20;

/** Two stacks, 10.0.0.1 and 10.0.0.2, fd00::1 and fd00::2. */
export interface VirtualPair {
  readonly stacks: readonly [Stack, Stack];
  readonly sockets: readonly [Sockets, Sockets];
  readonly link: VirtualLink;
  /** Virtual time, µs. */
  readonly now: number;
  /**
   * Runs both stacks until `promise` settles. Rejects when nothing more can happen, or after `limit_us` of virtual time.
   * The promise may wait for the stacks, and for files; for anything else there is no time.
   */
  run<T>(promise: Promise<T>, limit_us?: number): Promise<T>;
}

/** Makes a pair; the same seeds give the same packets. */
export function virtualPair(link_options: LinkOptions = {}, stack_options: StackOptions = {}): VirtualPair {
  const make = (seed: number) => new Stack({ ...stack_options, seed, now_us: BEGIN_US });
  const stacks = [make(11), make(22)] as const;
  const link = connectStacks(stacks[0], stacks[1], link_options);
  stacks.forEach((stack, i) => {
    stack.addAddress(link.devices[i as 0 | 1], `10.0.0.${i + 1}/24`);
    stack.addAddress(link.devices[i as 0 | 1], `fd00::${i + 1}/64`);
  });
  let now = BEGIN_US;
  const nextDeadline = () => Math.min(...stacks.map((stack) => stack.nextDeadline() ?? Infinity));
  const step = (until: number): boolean => {
    const due = nextDeadline();
    if (due > until) return false;
    now = Math.max(now, due);
    for (const stack of stacks) stack.poll(now);
    return true;
  };
  return {
    stacks,
    sockets: [new Sockets(stacks[0].sockets), new Sockets(stacks[1].sockets)],
    link,
    get now() {
      return now;
    },
    run: async <T>(promise: Promise<T>, limit_us = 3_600_000_000): Promise<T> => {
      let settled = false;
      const mark = () => settled = true;
      promise.then(mark, mark);
      const until = now + limit_us;
      for (;;) {
        // Programs have their say before time goes on.
        await macrotask();
        if (!settled && nextDeadline() > now + LEAP_US) await new Promise((resolve) => setTimeout(resolve, FILE_IO_MS));
        if (settled) return await promise;
        if (!step(until)) throw new Error(`nothing more happens after ${(now - BEGIN_US) / 1e6} s of virtual time`);
      }
    },
  };
}

/** Octets that look random and are the same every time. */
export function pattern(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

/** SHA-256 as hexadecimal text. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((octet) => octet.toString(16).padStart(2, "0")).join("");
}
