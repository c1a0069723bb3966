/**
 * The interfaces of a run's world.
 *
 * @module
 */
import type { PacketAction, Script, SilenceAction } from "../script/syntax.ts";
import { type EthernetEnds, ethernetEndsOf, type Session } from "../targets/target.ts";
import { interfaceNames } from "./config.ts";
import { PacketMismatch } from "./failure.ts";

/** Which interfaces there are, and which of them a line of the script is about. */
export class Interfaces {
  /** The one that every world has, and that lines without a name are about. */
  readonly usual: string;
  readonly #names: readonly string[];
  readonly #session: Session;

  constructor(script: Pick<Script, "header" | "superset">, session: Session) {
    this.#names = interfaceNames(script);
    this.usual = this.#names[0]!;
    this.#session = session;
  }

  /** The interface that a packet passes. Throws {@link PacketMismatch} for one that there is not. */
  of({ interface: named }: Pick<PacketAction | SilenceAction, "interface">): string {
    if (named === undefined) return this.usual;
    if (this.#names.includes(named.name)) return named.name;
    throw new PacketMismatch(
      `there is no interface ${named.name}: the world has ${this.#names.join(", ")}`,
      false,
    );
  }

  /** The ends of an interface's link, where it is Ethernet. */
  ends(name: string): EthernetEnds | undefined {
    return name === this.usual ? this.#session.ethernet : ethernetEndsOf(name);
  }

  /** The stack's index of the interface with this name; undefined: the script has no such, or the target does not tell. */
  indexOf(name: string): number | undefined {
    return this.#names.includes(name) ? this.#session.interfaceIndex?.(name) : undefined;
  }

  /** Whether the script has such an interface. */
  has(name: string): boolean {
    return this.#names.includes(name);
  }
}
