/**
 * `deno task pkt check|fmt PATH…`: every problem of every script, or the scripts in the one format; `record`: a script from
 * a capture.
 *
 * Exit status 0: nothing to say (warnings aside); 1: problems, or files that are not formatted; 2: usage, a path that does
 * not exist, or no script at all.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { printable, printableName } from "../printable.ts";
import { addRecordCommand } from "../record/command.ts";
import { StandardStream } from "../standard_stream.ts";
import { formatProblem, ScriptError } from "./diagnostics.ts";
import { formatScript } from "./format.ts";
import { checkSource, ownVariants, parseOptionsFor, type ReadingOptions } from "./problems.ts";
import type { PktOutput } from "./pkt_output.ts";
import { readScript } from "./read_script.ts";
import { SourceText } from "./source.ts";
import type { IpVersion } from "./syntax.ts";
import { IP_VERSIONS } from "./variants.ts";

/** A mistake of the user's that is not in a script. */
class UsageError extends Error {}

/** Run the command. Never throws for anything that a user can get wrong. */
export async function pkt(args: readonly string[], io: PktOutput): Promise<number> {
  let status = 0;
  const program = new Command("pkt").description("Check, format and record packetdrill scripts.").exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError("(pkt --help lists the commands)");
  const check = program.command("check").description("report every problem of scripts and folders of scripts");
  withReadingOptions(check).option("-q, --quiet", "print no warnings and no summary").action(
    async (paths: string[]) => {
      status = await checkPaths(paths, readingOptions(check), check.opts()["quiet"] === true, io);
    },
  );
  const fmt = program.command("fmt").description("format scripts in place");
  withReadingOptions(fmt)
    .option("--check", "change nothing, name the files that would change")
    .option("--stdout", "print the formatted text instead of writing it")
    .action(async (paths: string[]) => {
      const mode = fmt.opts()["check"] === true ? "check" : fmt.opts()["stdout"] === true ? "stdout" : "write";
      status = await formatPaths(paths, readingOptions(fmt), mode, io);
    });
  addRecordCommand(program, io, (ended) => {
    status = ended;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      io.err(printable(`error: ${error.message}\n`, false));
      return 2;
    }
    throw error;
  }
  return status;
}

function withReadingOptions(command: Command): Command {
  return command
    .argument("<path...>", "scripts, or folders of .pkt files")
    .option(
      "--variant <list>",
      `which of ${IP_VERSIONS.join(", ")} (or all); default: what the script is for`,
      parseVariants,
    )
    .addOption(
      new Option("--dialect <name>", "the grammar").choices(["auto", "packetdrill", "nplab"]).default("auto"),
    )
    .option("--platform <name>", "nplab: the name that #ifdef knows", "Linux")
    .option("-D, --define <NAME=VALUE>", "define a symbol (repeatable)", parseDefine, {});
}

function parseVariants(text: string): IpVersion[] {
  if (text === "all") return [...IP_VERSIONS];
  return text.split(",").map((name) => {
    const version = IP_VERSIONS.find((known) => known === name.trim());
    if (version === undefined) throw new InvalidArgumentError(`it takes ${IP_VERSIONS.join(", ")} or all.`);
    return version;
  });
}

function parseDefine(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const match = /^([A-Za-z0-9_]+)=([^]*)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("it takes NAME=VALUE.");
  return { ...before, [match[1] ?? ""]: match[2] ?? "" };
}

function readingOptions(command: Command): ReadingOptions {
  return command.opts<ReadingOptions>();
}

async function checkPaths(
  paths: readonly string[],
  reading: ReadingOptions,
  quiet: boolean,
  io: PktOutput,
): Promise<number> {
  let faulty = 0;
  let total = 0;
  const counts = { "error": 0, "run-time": 0, "warning": 0 };
  for await (const path of scriptFiles(paths)) {
    total++;
    const source = await readSource(path);
    const problems = checkSource(path, source, reading);
    const shown = quiet ? problems.filter((problem) => problem.severity !== "warning") : problems;
    for (const problem of problems) counts[problem.severity]++;
    if (problems.some((problem) => problem.severity !== "warning")) faulty++;
    const text = new SourceText(path, source);
    if (shown.length > 0) {
      io.out(printable(`${shown.map((problem) => formatProblem(problem, text)).join("\n\n")}\n\n`, false));
    }
  }
  if (!quiet) {
    const parts = [
      plural(total, "script"),
      `${total - faulty} in order`,
      plural(counts.error, "error"),
      plural(counts["run-time"], "run-time error"),
      plural(counts.warning, "warning"),
    ];
    io.out(`${parts.join(", ")}\n`);
  }
  return faulty > 0 ? 1 : 0;
}

async function formatPaths(
  paths: readonly string[],
  reading: ReadingOptions,
  mode: "write" | "check" | "stdout",
  io: PktOutput,
): Promise<number> {
  let status = 0;
  for await (const path of scriptFiles(paths)) {
    const source = await readSource(path, true);
    const [version = "ipv4"] = reading.variant ?? ownVariants(path, source);
    let formatted: string;
    try {
      formatted = formatScript(source, parseOptionsFor(path, version, reading));
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      io.err(printable(`${error.message}\n\n`, false));
      status = 1;
      continue;
    }
    if (mode === "stdout") {
      io.out(formatted);
    } else if (formatted !== source && mode === "check") {
      io.out(`${printableName(path)}: not formatted\n`);
      status = 1;
    } else if (formatted !== source) {
      await replaceFile(path, formatted);
      io.out(`${printableName(path)}: formatted\n`);
    }
  }
  return status;
}

/** Write beside the file, then rename: a full disk costs nobody their script. */
async function replaceFile(path: string, text: string): Promise<void> {
  let temporary = path;
  try {
    // A link stays a link.
    const file = await Deno.realPath(path);
    const { mode } = await Deno.stat(file);
    temporary = `${file}.${Deno.pid}.tmp`;
    await Deno.writeTextFile(temporary, text, mode === null ? {} : { mode });
    await Deno.rename(temporary, file);
  } catch (error) {
    if (temporary !== path) await Deno.remove(temporary).catch(() => {});
    throw new UsageError(
      `cannot write ${printableName(path)}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** `exactly`: it is to be written again, so nothing of it may be lost. */
async function readSource(path: string, exactly = false): Promise<string> {
  try {
    return await readScript(path, exactly);
  } catch (error) {
    throw new UsageError(
      `cannot read ${printableName(path)}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** The scripts that paths stand for: files as they are, folders searched for `.pkt`, in order of name. */
async function* scriptFiles(paths: readonly string[]): AsyncGenerator<string> {
  let any = false;
  for (const path of paths) {
    let isFolder: boolean;
    try {
      isFolder = (await Deno.stat(path)).isDirectory;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new UsageError(`${printableName(path)}: no such file or folder`);
      throw new UsageError(
        `cannot read ${printableName(path)}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    for await (const file of isFolder ? folderScripts(path) : [path]) {
      any = true;
      yield file;
    }
  }
  if (!any) throw new UsageError(`no .pkt file in ${paths.map(printableName).join(", ")}`);
}

async function* folderScripts(folder: string): AsyncGenerator<string> {
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    throw new UsageError(
      `cannot read ${printableName(folder)}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = `${folder.replace(/\/+$/, "")}/${entry.name}`;
    if (entry.isDirectory) yield* folderScripts(path);
    else if (entry.name.endsWith(".pkt")) yield path;
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

if (import.meta.main) {
  const out = new StandardStream(Deno.stdout);
  const err = new StandardStream(Deno.stderr);
  const status = await pkt(Deno.args, { out: (text) => out.write(text), err: (text) => err.write(text) });
  if (out.problem !== undefined) err.write(`error: standard output: could not be written: ${out.problem}\n`);
  Deno.exit(out.problem === undefined ? status : 2);
}
