/**
 * The command line of `deno task differ`.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { z } from "zod";
import { ALL_TARGET_NAMES } from "../cli/options.ts";
import { UsageError } from "../cli/usage_error.ts";
import { KINDS } from "./generate.ts";

const schema = z.strictObject({
  seed: z.number().int().min(0),
  count: z.number().int().min(1).max(100_000),
  kind: z.array(z.enum(KINDS)),
  only: z.array(z.number().int().min(0)).optional(),
  target: z.enum(ALL_TARGET_NAMES),
  jobs: z.number().int().min(1).max(256),
  tries: z.number().int().min(1).max(20),
  shrink: z.number().int().min(0),
  folder: z.string().optional(),
  verbose: z.boolean(),
});

/** What the command line asks for. */
export type DifferOptions = z.infer<typeof schema>;

function integer(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError("It is not a whole number.");
  return Number(text);
}

function list(text: string): string[] {
  return text.split(",").map((one) => one.trim()).filter((one) => one !== "");
}

/**
 * Reads the command line; undefined where help was asked for and given.
 *
 * @throws {UsageError}
 */
export function parseDifferOptions(args: readonly string[], now: number): DifferOptions | undefined {
  const command = new Command("differ")
    .description("Runs random scripts on this machine's kernel and on our stack and compares what both do")
    .option("--seed <n>", "of the scripts; the same seed gives the same ones", integer, now % 1_000_000)
    .option("--count <n>", "scripts of each kind", integer, 100)
    .option("--kind <list>", `what they are about: ${KINDS.join(", ")}`, list, [...KINDS])
    .option("--only <list>", "run these of the seed's scripts only, by number", (text) => list(text).map(integer))
    .option("--target <name>", "our side, in virtual time", "sim")
    .option("--jobs <n>", "scripts in flight on the kernel", integer, 16)
    .option("--tries <n>", "how often a script that differs is run", integer, 4)
    .option("--shrink <n>", "of each kind of difference, shrink so many scripts", integer, 1)
    .option("--folder <dir>", "write the shrunk scripts there")
    .option("--verbose", "show the first difference of each script", false)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(error.message.replace(/^error: /, ""), "See --help.");
  }
  const parsed = schema.safeParse(command.opts());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${issue!.path.join(".")}: ${issue!.message}`, "See --help.");
}
