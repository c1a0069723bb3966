/**
 * The five netfilter hooks of the IP floor.
 *
 * @module
 */
import type { PacketBuffer, PacketDevice } from "../buffer.ts";
import type { Family } from "./interface.ts";

/** Hook points, numbers as `enum nf_inet_hooks` has them. */
export const Hook: {
  readonly PRE_ROUTING: 0;
  readonly LOCAL_IN: 1;
  readonly FORWARD: 2;
  readonly LOCAL_OUT: 3;
  readonly POST_ROUTING: 4;
} = Object.freeze({ PRE_ROUTING: 0, LOCAL_IN: 1, FORWARD: 2, LOCAL_OUT: 3, POST_ROUTING: 4 });
/** One of {@link Hook}'s values. */
export type Hook = (typeof Hook)[keyof typeof Hook];

/** Verdicts, numbers as Linux has them: drop it, let it go on, or the hook took it over. */
export const Verdict: { readonly DROP: 0; readonly ACCEPT: 1; readonly STOLEN: 2 } = Object.freeze({
  DROP: 0,
  ACCEPT: 1,
  STOLEN: 2,
});
/** One of {@link Verdict}'s values. */
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** Where a packet is when a hook sees it. */
export interface HookState {
  /** Which hook it is. */
  readonly hook: Hook;
  /** IP version of the packet. */
  readonly family: Family;
  /** Where it came in, if it did. */
  readonly input: PacketDevice | undefined;
  /** Where it goes out, if that is known. */
  readonly output: PacketDevice | undefined;
}

/** Looks at a packet and decides. It may change the packet in place. */
export type HookFunction = (packet: PacketBuffer, state: HookState) => Verdict;

/** A hook function to register. */
export interface HookRegistration {
  /** Where it runs. */
  readonly hook: Hook;
  /** Both families when absent. */
  readonly family?: Family;
  /** Lower runs first; 0 is filtering (`NF_IP_PRI_FILTER`). */
  readonly priority?: number;
  /** What it does. */
  readonly run: HookFunction;
}

/** The hooks of one stack. */
export class Hooks {
  private readonly lists: HookRegistration[][] = [[], [], [], [], []];

  /** Adds a hook function; the returned function removes it. */
  register(registration: HookRegistration): () => void {
    const list = this.lists[registration.hook]!;
    const priority = registration.priority ?? 0;
    let at = 0;
    while (at < list.length && (list[at]!.priority ?? 0) <= priority) at++;
    list.splice(at, 0, registration);
    return () => {
      const index = list.indexOf(registration);
      if (index >= 0) list.splice(index, 1);
    };
  }

  /** Whether the packet goes on. */
  pass(
    hook: Hook,
    packet: PacketBuffer,
    family: Family,
    input: PacketDevice | undefined,
    output: PacketDevice | undefined,
  ): boolean {
    const list = this.lists[hook]!;
    if (list.length === 0) return true;
    return this.run(list, packet, { hook, family, input, output }) === Verdict.ACCEPT;
  }

  private run(list: readonly HookRegistration[], packet: PacketBuffer, state: HookState): Verdict {
    for (const registration of [...list]) {
      if (registration.family !== undefined && registration.family !== state.family) continue;
      const verdict = registration.run(packet, state);
      if (verdict !== Verdict.ACCEPT) return verdict;
    }
    return Verdict.ACCEPT;
  }
}
