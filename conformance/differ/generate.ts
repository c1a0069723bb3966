/**
 * Random lives of connections, the same ones for the same seed.
 *
 * @module
 */
import fc from "fast-check";
import type { Life } from "./connection.ts";
import { type PacketLife, packetLives } from "./packets.ts";
import { receiving } from "./receiving.ts";
import { sending } from "./sending.ts";

/** What a life is mostly about. */
export const KINDS = ["receive", "send", "ip"] as const;
/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** What a script is made from: a connection's life, or packets. */
export type Sample = Life | PacketLife;

const SAMPLES: Readonly<Record<Kind, fc.Arbitrary<Sample>>> = { receive: receiving, send: sending, ip: packetLives };

/** A generated value, and what is simpler than it. */
export interface Generated<T> {
  readonly value: T;
  /** Simpler ones, the simplest first. */
  simpler(): Iterable<Generated<T>>;
}

function generated<T>(arbitrary: fc.Arbitrary<T>, one: fc.Value<T>): Generated<T> {
  return {
    value: one.value,
    simpler: () => arbitrary.shrink(one.value_, one.context).map((next) => generated(arbitrary, next)),
  };
}

/** Hands out values with what is needed to shrink them, which a sample does not have. */
class Keeping<T> extends fc.Arbitrary<Generated<T>> {
  constructor(private readonly inner: fc.Arbitrary<T>) {
    super();
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<Generated<T>> {
    return new fc.Value(generated(this.inner, this.inner.generate(random, bias)), undefined);
  }

  canShrinkWithoutContext(value: unknown): value is Generated<T> {
    return value === undefined && false;
  }

  shrink(): fc.Stream<fc.Value<Generated<T>>> {
    return fc.Stream.nil();
  }
}

/** `count` lives of a kind, those of a smaller count first. */
export function lives(kind: Kind, seed: number, count: number): Generated<Sample>[] {
  return fc.sample(new Keeping(SAMPLES[kind]), { seed, numRuns: count });
}
