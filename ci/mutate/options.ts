/**
 * The command line of `deno task mutate`.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { Command } from "commander";
import { z } from "zod";

const whole = z.coerce.number().int().min(1);

const schema = z.strictObject({
  words: z.array(z.string()),
  clause: z.array(z.string()),
  since: z.string().optional(),
  carrying: z.boolean(),
  sample: whole.optional(),
  profile: z.array(z.enum(["rfc", "linux"])).min(1),
  all: z.boolean(),
  jobs: whole,
  json: z.string().optional(),
  list: z.boolean(),
});

/** What the command line asks for. */
export type MutateOptions = z.infer<typeof schema>;

/** A command line that can't be used. */
export class OptionsError extends Error {
  /** `OptionsError`. */
  override name = "OptionsError";
}

function list(text: string, previous: string[] = []): string[] {
  return [...previous, ...text.split(",").map((word) => word.trim())];
}

function program(): Command {
  return new Command("deno task mutate")
    .description(
      "Puts faults into a copy of the stack, one at a time, and says which fixtures notice.\n" +
        "Without arguments: the faults written by hand. With files or folders of stack/, --clause or --since:\n" +
        "every mechanical change of that code (comparison, boundary, boolean, constant, drop, swap).\n" +
        "Exit status: 0 every fault is noticed, 1 some are not, 2 they could not be judged.",
    )
    .argument("[words...]", "files and folders of stack/ to change mechanically, or names of faults written by hand")
    .option("--clause <ids>", "only code that carries these clauses", list, [])
    .option("--since <revision>", "only lines that changed since that revision of git")
    .option("--carrying", "only code that carries a clause", false)
    .option("--sample <n>", "one of n mutants")
    .option("--profile <names>", "profiles of the stack that scripts run on: rfc, linux", list, undefined)
    .option("--all", "hold every script that reaches it against each fault, not only until one notices", false)
    .option("--jobs <n>", "processes at once", String(Math.min(availableParallelism(), 8)))
    .option("--json <file>", "write what became of each mutant")
    .option("--list", "only list the faults", false);
}

/**
 * Reads the command line.
 *
 * @throws {OptionsError} when it can't be used
 */
export function parseOptions(args: readonly string[]): MutateOptions {
  const command = program().parse([...args], { from: "user" });
  const parsed = schema.safeParse({ profile: ["rfc"], ...command.opts(), words: command.args });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OptionsError(`--${issue?.path.join(".")}: ${issue?.message}`);
}
