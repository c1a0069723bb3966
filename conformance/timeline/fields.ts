/**
 * Comparing header fields: every difference is kept for the report, the first one is what the message says.
 *
 * @module
 */
import type { FieldLayout } from "../../stack/wire/error.ts";
import type { FieldDifference } from "../report/results.ts";
import { PacketMismatch } from "./failure.ts";

/** Collects differences between what a script says and what came. */
export class Comparison {
  readonly differences: FieldDifference[] = [];
  /** packetdrill's words for the first one. */
  reason: string | undefined;

  /** Compares a number. `at` is where its octets are in the live packet. */
  number(field: string, expected: number, actual: number, at?: Octets): void {
    if (expected === actual) return;
    this.differ(
      field,
      `${expected} (0x${expected.toString(16)})`,
      `${actual} (0x${actual.toString(16)})`,
      `live packet field ${field}: expected: ${expected} (0x${expected.toString(16)}) ` +
        `vs actual: ${actual} (0x${actual.toString(16)})`,
      at,
    );
  }

  /** Records a difference. */
  differ(field: string, expected: string, actual: string, reason: string, at?: Octets): void {
    this.reason ??= reason;
    this.differences.push(
      at === undefined ? { field, expected, actual } : { field, expected, actual, start: at.start, end: at.end },
    );
  }

  /** Throws what was found, if anything. */
  done(): void {
    if (this.reason !== undefined) throw new PacketMismatch(this.reason, true, this.differences);
  }
}

/** A range of octets. */
export interface Octets {
  readonly start: number;
  readonly end: number;
}

/** Where a field of a header at `base` lies. Throws for a name that the layout does not have. */
export function octetsOf(fields: readonly FieldLayout[], name: string, base: number): Octets {
  const layout = fields.find((one) => one.name === name);
  if (layout === undefined) throw new Error(`no field ${name}`);
  return { start: base + (layout.bit >> 3), end: base + ((layout.bit + layout.bits + 7) >> 3) };
}
