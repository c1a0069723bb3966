/**
 * What the runner inside a booted kernel is told, and what it tells: a job in one file, and a line of JSON for each thing
 * that happens in another. Both sides are ours and of one version; the kernel between them is not, so what comes back is
 * validated.
 *
 * @module
 */
import { z } from "zod";
import { runResult } from "../../report/results_schema.ts";

/** The job, in the folder that both sides share. */
export const JOB_FILE = "job.json";
/** What has happened, in the same folder. */
export const EVENTS_FILE = "events.jsonl";
/** The first program inside. */
export const INIT_FILE = "init";

const variant = z.enum(["ipv4", "ipv6", "ipv4-mapped-ipv6"]);

const job = z.strictObject({
  /** The target's name and its family's. */
  target: z.string(),
  family: z.string(),
  /** How scripts are read, as in `Reading` and `PlanOptions`. */
  planning: z.strictObject({
    definitions: z.array(z.string()),
    dialect: z.enum(["auto", "packetdrill", "nplab"]).optional(),
    platform: z.string().optional(),
    /** The command line named the variants. */
    variantsNamed: z.boolean(),
  }),
  cwd: z.string().optional(),
  strict: z.boolean(),
  runs: z.array(z.strictObject({ path: z.string(), text: z.string(), variant })),
});

/** What is to be run inside. */
export type Job = z.infer<typeof job>;

const event = z.discriminatedUnion("type", [
  /** It is up and can make worlds. */
  z.strictObject({ type: z.literal("ready") }),
  /** It is up and can't. */
  z.strictObject({ type: z.literal("unusable"), reason: z.string(), remedy: z.string() }),
  /** The run of that number begins. */
  z.strictObject({ type: z.literal("begin"), run: z.number().int().nonnegative() }),
  /** It has ended. */
  z.strictObject({ type: z.literal("result"), run: z.number().int().nonnegative(), result: runResult }),
  /** All have. */
  z.strictObject({ type: z.literal("end") }),
]);

/** Something that happened inside. */
export type InsideEvent = z.infer<typeof event>;

/** Reads a job. Throws where it is none. */
export function parseJob(text: string): Job {
  return job.parse(JSON.parse(text));
}

/** Reads a line. Throws an `Error` in one line where it is no event. */
export function parseEvent(line: string): InsideEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error(`a line that is not JSON: ${line.slice(0, 100)}`);
  }
  const parsed = event.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`a line that is no event: ${z.prettifyError(parsed.error).replaceAll("\n", "; ")}`);
}
