/**
 * The command line of `deno task matrix`.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { z } from "zod";
import { UsageError } from "../cli/usage_error.ts";
import { STACK_NAMES } from "./stacks.ts";

const schema = z.strictObject({
  paths: z.array(z.string()),
  stacks: z.array(z.enum(STACK_NAMES)),
  linux: z.array(z.string()),
  results: z.array(z.string()),
  out: z.string(),
});

/** What the command line asks for. */
export type MatrixOptions = z.infer<typeof schema>;

function names(text: string): string[] {
  const given = text.split(",").map((one) => one.trim());
  const wrong = given.find((one) => !(STACK_NAMES as readonly string[]).includes(one));
  if (wrong !== undefined) {
    throw new InvalidArgumentError(`'${wrong}' is no stack of the matrix; there are ${STACK_NAMES.join(", ")}.`);
  }
  return STACK_NAMES.filter((one) => given.includes(one));
}

function file(text: string, previous: string[]): string[] {
  return [...previous, text];
}

/**
 * Reads the command line; undefined where help was asked for and given.
 *
 * @throws {UsageError}
 */
export function parseMatrixOptions(args: readonly string[]): MatrixOptions | undefined {
  const command = new Command("deno task matrix")
    .description(
      "Runs scripts on every stack that can be had here and says what each does of each clause.\n" +
        "Exit status: 0 every verdict as expected, 1 some not, 2 usage or nothing could be run.",
    )
    .argument("[paths...]", "scripts or folders of scripts (default: fixtures/)")
    .option("--stacks <names>", `columns, of ${STACK_NAMES.join(", ")}`, names, [...STACK_NAMES])
    .option(
      "--linux <[name=]file>",
      "a Linux built for user mode (default: the one that ci/linux/build.sh has built); may be repeated",
      file,
      [],
    )
    .option("--results <file>", "columns from a results document (--json), nothing is run; may be repeated", file, [])
    .option("--out <dir>", "where matrix.md, matrix.json and each stack's results go", "results/matrix")
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new UsageError(error.message.replace(/^error: /, ""), "See `deno task matrix --help`.");
  }
  const parsed = schema.safeParse({ ...command.opts(), paths: command.args });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--${issue!.path.join(".")}: ${issue!.message}`, "See `deno task matrix --help`.");
}
