/**
 * What a process that runs mutants and the one that asks it say to each other: a JSON object a line.
 *
 * @module
 */
import { z } from "zod";

/** A script in a variant on a profile of the stack. */
export const runName = z.strictObject({
  /** Path of the script, from the root of the project. */
  script: z.string(),
  variant: z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]),
  profile: z.enum(["rfc", "linux"]),
});
/** One of them. */
export type RunName = z.infer<typeof runName>;

/** Runs to be made with a mutant on. */
export const order = z.strictObject({
  mutant: z.number().int().nonnegative(),
  /** Indices into the list of runs. */
  runs: z.array(z.number().int().nonnegative()),
  /** End with the first that does not pass. */
  first: z.boolean(),
});
/** One of them. */
export type Order = z.infer<typeof order>;

/** What the process says of itself, of a run, and at the end of an order. */
export const answer = z.discriminatedUnion("kind", [
  /** It has read the scripts: these are the runs, and these mutants were reached while the stack was loaded. */
  z.strictObject({ kind: z.literal("ready"), runs: z.array(runName), loaded: z.array(z.number()) }),
  z.strictObject({
    kind: z.literal("run"),
    run: z.number(),
    verdict: z.enum(["pass", "fail", "skip", "error"]),
    line: z.number().optional(),
    message: z.string(),
    /** What no mutant was on for. */
    reached: z.array(z.number()).optional(),
  }),
  z.strictObject({ kind: z.literal("done") }),
]);
/** One of them. */
export type Answer = z.infer<typeof answer>;
