/**
 * `deno task pkt record`: a script from a capture.
 *
 * @module
 */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { printable } from "../printable.ts";
import type { PktOutput } from "../script/pkt_output.ts";
import { CaptureError } from "./capture/byte_stream.ts";
import { readCaptureFile, UnreadableError } from "./capture/read_capture.ts";
import { ChoiceError, type Local, parseLocal } from "./choose.ts";
import { record } from "./record.ts";
import type { RecordedScript } from "./script_text.ts";

/** What a script allows its times to be off, µs, unless asked otherwise: two ticks of a slow kernel, and the way. */
const TOLERANCE_US = 10_000;

const EXAMPLES = `
Examples:
  $ tcpdump -i eth0 -w download.pcap tcp port 80       # beforehand, where the stack under test runs
  $ deno task pkt record download.pcap --local 192.0.2.7 --output download.pkt
  $ deno task conformance download.pkt --target kernel,sim

What can't be told from packets is said in the script's head and on standard error.
Exit status: 0 with a script, 1 where the capture is damaged or does not have a connection to record, 2 for wrong usage.`;

interface RawOptions {
  readonly local?: Local;
  readonly connection?: number;
  readonly output?: string;
  readonly title?: string;
  readonly windows?: true;
  readonly tolerance: number;
}

/** Adds the command to `program`; `ended` is told its exit status. */
export function addRecordCommand(program: Command, io: PktOutput, ended: (status: number) => void): void {
  program.command("record").description("write a script from a capture of a connection (pcap or pcapng)")
    .argument("<file>", "the capture")
    .option("--local <address>", "the end that is the stack under test: ADDRESS or ADDRESS:PORT", local)
    .option("--connection <number>", "which connection, where there are several", positive)
    .option("-o, --output <file>", "where to put the script; standard output without it")
    .option("--title <text>", "title of the script")
    .option("--windows", "expect the windows that the stack advertised, too")
    .option("--tolerance <microseconds>", "what times may be off", positive, TOLERANCE_US)
    .addHelpText("after", EXAMPLES)
    .action(async (file: string, raw: RawOptions) => ended(await recordFile(file, raw, io)));
}

function local(text: string): Local {
  const parsed = parseLocal(text);
  if (parsed === undefined) throw new InvalidArgumentError("it takes ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.");
  return parsed;
}

function positive(text: string): number {
  const number = Number(text);
  if (!/^\d{1,9}$/.test(text) || number === 0) throw new InvalidArgumentError("it takes a whole number from 1.");
  return number;
}

async function recordFile(file: string, raw: RawOptions, io: PktOutput): Promise<number> {
  const fail = (message: string) => {
    io.err(printable(`error: ${message}\n`, false));
    return 1;
  };
  try {
    const script = record(() => readCaptureFile(file), {
      local: raw.local,
      connection: raw.connection,
      title: raw.title,
      windows: raw.windows === true,
      tolerance_us: raw.tolerance,
      source: file.replace(/^.*\//, ""),
    });
    return await deliver(script, raw.output, io);
  } catch (error) {
    if (error instanceof CaptureError) return fail(`${file}: ${error.message}`);
    if (error instanceof ChoiceError) {
      return fail(`${file}: ${error.message}${error.remedy === undefined ? "" : `\n  ${error.remedy}`}`);
    }
    if (error instanceof UnreadableError) return fail(`cannot read ${file}: ${error.message}`);
    throw error;
  }
}

async function deliver({ text, doubts }: RecordedScript, output: string | undefined, io: PktOutput): Promise<number> {
  if (output === undefined) {
    io.out(text);
  } else {
    try {
      await Deno.writeTextFile(output, text);
    } catch (error) {
      io.err(`error: cannot write ${output}: ${error instanceof Error ? error.message : String(error)}\n`);
      return 2;
    }
  }
  const said = doubts.map((doubt) => `  - ${doubt}\n`).join("");
  if (said !== "") io.err(printable(`not told by the capture:\n${said}`, false));
  return 0;
}
