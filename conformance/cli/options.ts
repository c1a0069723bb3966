/**
 * The command line of `deno task conformance`: a contract, since others script against it.
 *
 * @module
 */
import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { LINUX_FAMILY, type LinuxFile } from "../targets/linux.ts";
import { type Adapter, parseAdapter } from "./adapter_option.ts";
import { isVersionName, parseLinux } from "./linux_option.ts";
import { UsageError } from "./usage_error.ts";

/** Built-in targets by name, in the order in which they run and are shown; adapters come after them. */
export const TARGET_NAMES = ["sim", "tun", "kernel"] as const;
/** Targets that are run only when named: `rfc` is `sim` without the deviations that Linux has from the RFCs. */
export const NAMED_TARGET_NAMES = ["rfc"] as const;
/** Every built-in target. */
export const ALL_TARGET_NAMES = [...TARGET_NAMES, ...NAMED_TARGET_NAMES] as const;
/** One of {@link ALL_TARGET_NAMES}. */
export type TargetName = (typeof ALL_TARGET_NAMES)[number];

/** Variants by name. */
export const VARIANT_NAMES = ["ipv4", "ipv6", "ipv4-mapped-ipv6"] as const;
/** One of {@link VARIANT_NAMES}. */
export type VariantName = (typeof VARIANT_NAMES)[number];

/** Grammars by name; `auto` takes the one that fits. */
export const DIALECT_NAMES = ["auto", "packetdrill", "nplab"] as const;

const definition = z.string().regex(/^[A-Za-z0-9_]+=/, "is not NAME=VALUE");

const adapter = z.object({ name: z.string(), command: z.string().min(1), args: z.array(z.string()) });

const linux = z.object({ name: z.string().optional(), file: z.string().min(1) });

const schema = z.strictObject({
  paths: z.array(z.string()),
  /** Names of built-in targets and of adapters. */
  target: z.array(z.string()).optional(),
  adapter: z.array(adapter),
  linux: z.array(linux),
  variant: z.array(z.enum(VARIANT_NAMES)).optional(),
  filter: z.instanceof(RegExp).optional(),
  jobs: z.number().int().min(1).max(1024).optional(),
  shard: z.object({ index: z.number().int().min(1), count: z.number().int().min(1) }).optional(),
  retries: z.number().int().min(0).max(100),
  maxFailures: z.number().int().min(1).optional(),
  define: z.array(definition),
  dialect: z.enum(DIALECT_NAMES),
  platform: z.string().min(2),
  cwd: z.string().optional(),
  json: z.string().optional(),
  junit: z.string().optional(),
  tap: z.string().optional(),
  html: z.string().optional(),
  requirements: z.string().optional(),
  pcap: z.string().optional(),
  baseline: z.string().optional(),
  strict: z.boolean(),
  commands: z.boolean(),
  limit: z.number().positive(),
  watch: z.boolean(),
  verbose: z.boolean(),
});

/** What the command line asks for. */
export type ConformanceOptions = z.infer<typeof schema>;

/** The parts of a list with commas between them, added to those of an earlier option of the same name. */
function names(text: string, previous: string[] = []): string[] {
  return [...new Set([...previous, ...text.split(",").map((value) => value.trim())])];
}

function adapters(text: string, previous: Adapter[] = []): Adapter[] {
  try {
    const parsed = parseAdapter(text);
    if (previous.some(({ name }) => name === parsed.name)) throw new Error(`there are two adapters ${parsed.name}.`);
    return [...previous, parsed];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function kernels(text: string, previous: LinuxFile[] = []): LinuxFile[] {
  try {
    return [...previous, parseLinux(text)];
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** Throws unless all targets that are asked for are there, each once. */
function checkTargets({ target, adapter, linux }: ConformanceOptions): void {
  const own = [...adapter, ...linux].flatMap(({ name }) => name ?? []);
  const twice = own.find((name, i) => own.indexOf(name) < i);
  if (twice !== undefined) throw new UsageError(`there are two targets ${twice}`, "Give each another NAME=.");
  const there = [...ALL_TARGET_NAMES, ...own, ...(linux.length > 0 ? [LINUX_FAMILY] : [])];
  for (const name of target ?? []) {
    if (there.includes(name)) continue;
    if (name === LINUX_FAMILY) {
      throw new UsageError("--target linux: there is no kernel to boot", "Name one by --linux FILE (docs/linux.md).");
    }
    // What its version makes of it is known once it has been asked.
    if (isVersionName(name) && linux.some((each) => each.name === undefined)) continue;
    throw new UsageError(
      `option '--target <names>' argument '${target!.join(",")}' is invalid. '${name}' is no target; ` +
        `there are ${there.join(", ")}.`,
      "A stack of your own becomes a target by --adapter NAME=COMMAND (docs/adapters.md).",
    );
  }
}

function list<T extends string>(what: string, allowed: readonly T[]): (text: string, previous?: T[]) => T[] {
  return (text, previous = []) => {
    const values = text.split(",").map((value) => value.trim());
    for (const value of values) {
      if (!(allowed as readonly string[]).includes(value)) {
        throw new InvalidArgumentError(`'${value}' is no ${what}; there are ${allowed.join(", ")}.`);
      }
    }
    return [...new Set([...previous, ...(values as T[])])];
  };
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least) {
      throw new InvalidArgumentError(`'${text}' is not a whole number of at least ${least}.`);
    }
    return value;
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError(`'${text}' is not a positive number.`);
  return value;
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

function shard(text: string): { index: number; count: number } {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (match === null || index < 1 || count < index) {
    throw new InvalidArgumentError(`'${text}' is not I/N with 1 <= I <= N, such as 2/4.`);
  }
  return { index, count };
}

function withReports(command: Command): Command {
  return command
    .option("--json <file>", "write the results document; - is standard output, which then has nothing else")
    .option("--junit <file>", "write a JUnit XML report")
    .option("--tap <file>", "write a TAP report")
    .option("--html <file>", "write one HTML page with diagrams of all runs")
    .option("--requirements <file>", "write what the runs show of each RFC clause, as Markdown")
    .option("--pcap <dir>", "write a pcapng file for each run");
}

function program(): Command {
  return withReports(new Command("deno task conformance"))
    .description(
      "Runs packetdrill scripts on TCP/IP stacks and says what each did and where they differ.\n" +
        "Exit status: 0 every verdict as expected, 1 some not, 2 usage or nothing could be run.",
    )
    .argument("[paths...]", "scripts or folders of scripts (default: fixtures/)")
    .addOption(
      new Option(
        "--target <names>",
        "what to test: sim (our stack, virtual time), rfc (the same with a TCP by the RFCs), tun (our stack behind a TUN device), kernel (Linux), " +
          "linux (the kernels of --linux), an adapter's or a kernel's name (default: all that can be used here; with --adapter: sim " +
          "and the adapters; with --linux: the kernels)",
      )
        .argParser(names),
    )
    .addOption(
      new Option(
        "--adapter <name=command>",
        "a stack of your own as a target, driven by this program (docs/adapters.md); may be repeated",
      )
        .argParser(adapters).default([], "none"),
    )
    .addOption(
      new Option(
        "--linux <[name=]file>",
        "a Linux built for user mode (make ARCH=um) as a target, in virtual time, without root (docs/linux.md); may be repeated",
      )
        .argParser(kernels).default([], "none"),
    )
    .addOption(
      new Option("--variant <names>", "ipv4, ipv6, ipv4-mapped-ipv6: run in these, with run_all.py's arguments")
        .argParser(list("variant", VARIANT_NAMES)),
    )
    .addOption(new Option("--filter <regex>", "only scripts whose path matches").argParser(regularExpression))
    .addOption(
      new Option("--jobs <n>", "scripts in flight at once on targets in real time; kernels of --linux at once")
        .argParser(wholeNumber(1)),
    )
    .addOption(new Option("--shard <i/n>", "only the i-th of n equal parts of the runs").argParser(shard))
    .addOption(
      new Option("--retries <n>", "try a run that was not on time up to n times more, in real time").argParser(
        wholeNumber(0),
      ).default(6),
    )
    .addOption(
      new Option("--max-failures <n>", "stop once n runs were not as expected").argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--define <name=value>", "define a symbol for scripts, wins over their own --define; may be repeated")
        .argParser((text: string, previous: string[] = []) => [...previous, text]).default([], "none"),
    )
    .addOption(new Option("--dialect <name>", "the grammar of the scripts").choices(DIALECT_NAMES).default("auto"))
    .option("--platform <name>", "nplab dialect: the name that #ifdef knows", "Linux")
    .option("--cwd <dir>", "working directory of scripts (default: each script's own folder)")
    .option("--baseline <file>", "expected deviations, beside ci/baseline/default.json for the built-in scripts")
    .option(
      "--strict",
      "packets that nobody expected at the end fail every script, not only those that ask for it",
      false,
    )
    .addOption(
      new Option("--limit <seconds>", "a script that has not ended by then fails").argParser(seconds).default(180),
    )
    .option(
      "--no-commands",
      "for scripts that you do not trust: skip those with shell commands, Python code or files to open",
    )
    .option("--watch", "run again whenever a script changes", false)
    .option("--verbose", "show every event, and failures with a hex view", false)
    .allowExcessArguments(true)
    .exitOverride()
    .showSuggestionAfterError(true);
}

/**
 * Reads the command line. Help goes to `writeHelp`.
 *
 * @returns the options, or `undefined` when only help was asked for
 * @throws {UsageError} when the command line can't be used
 */
export function parseCommandLine(
  args: readonly string[],
  writeHelp: (text: string) => void,
): ConformanceOptions | undefined {
  const command = program();
  const errors: string[] = [];
  command.configureOutput({ writeOut: writeHelp, writeErr: (text) => errors.push(text.trimEnd()) });
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return undefined;
    throw new UsageError(
      error.message.replace(/^error: /, ""),
      "See `deno task conformance --help` for what there is.",
    );
  }
  const parsed = schema.safeParse({ ...command.opts(), paths: command.args });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new UsageError(`--${issue?.path[0]?.toString() ?? "?"}: ${issue?.message ?? "not usable"}`);
  }
  checkTargets(parsed.data);
  if (reportsOnOutput(parsed.data) > 1) {
    throw new UsageError("only one report can go to standard output", "Give the others a file.");
  }
  const { json, junit, tap, html, requirements } = parsed.data;
  const files = [json, junit, tap, html, requirements].filter((file) => file !== undefined && file !== STANDARD_OUTPUT)
    .map((file) => resolve(file!)).filter((file) => !file.startsWith("/dev/"));
  const twice = files.find((file, i) => files.indexOf(file) !== i);
  if (twice !== undefined) throw new UsageError(`two reports can't go to ${twice}`, "Give each its own file.");
  return parsed.data;
}

/** The file name that stands for standard output. */
export const STANDARD_OUTPUT = "-";

/** How many reports are to go to standard output. */
export function reportsOnOutput({ json, junit, tap, html, requirements }: ConformanceOptions): number {
  return [json, junit, tap, html, requirements].filter((file) => file === STANDARD_OUTPUT).length;
}
