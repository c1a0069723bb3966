/**
 * `deno task pkt record`: a script from a capture, or from a program that is run for it.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { type Impairments, parseImpairment } from "../../stack/link/impairment.ts";
import { printable } from "../printable.ts";
import type { PktOutput } from "../script/pkt_output.ts";
import { CaptureError } from "./capture/byte_stream.ts";
import type { Frame } from "./capture/frame.ts";
import { readCaptureFile, UnreadableError } from "./capture/read_capture.ts";
import { ChoiceError, type Local, parseLocal } from "./choose.ts";
import { record, type RecordOptions } from "./record.ts";
import type { RecordedScript } from "./script_text.ts";

/** What a script allows its times to be off, µs, unless asked otherwise: two ticks of a slow kernel, and the way. */
const TOLERANCE_US = 10_000;

const EXAMPLES = `
Examples:
  $ tcpdump -i eth0 -w download.pcap tcp port 80       # beforehand, where the stack under test runs
  $ deno task pkt record download.pcap --local 192.0.2.7 --output download.pkt
  $ deno task conformance download.pkt --target kernel,sim

  A program, its kernel, and a peer on a link that loses packets, in namespaces of their own:
  $ deno task pkt record --live --impair 'loss=2% delay=20ms' --peer 'exec python3 -m http.server 80' \\
      --output get.pkt -- curl -so /dev/null http://10.77.0.2/big.bin

What can't be told from packets is said in the script's head and on standard error.
Exit status: 0 with a script; 1 where the capture is damaged or has no connection to record; 2 for wrong usage, or
where the machine does not let us.`;

/** Options as commander has them. */
interface RawOptions {
  readonly local?: Local;
  readonly connection?: number;
  readonly output?: string;
  readonly title?: string;
  readonly windows?: true;
  readonly tolerance: number;
  readonly live?: true;
  readonly peer?: string;
  readonly serve?: true;
  readonly impair?: Impairments;
  readonly mtu: number;
  readonly save?: string;
}

/** Something that the user has to do differently. */
class RecordError extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** Adds the command to `program`; `ended` is told its exit status. */
export function addRecordCommand(program: Command, io: PktOutput, ended: (status: number) => void): void {
  program.command("record").description("write a script from a capture of a connection, or from a program's packets")
    .argument("[arguments...]", "the capture, pcap or pcapng; with --live, behind --, a program and its arguments")
    .option("--local <address>", "the end that is the stack under test: ADDRESS or ADDRESS:PORT", local)
    .option("--connection <number>", "which connection, where there are several", positive)
    .option("-o, --output <file>", "where to put the script; standard output without it")
    .option("--title <text>", "title of the script")
    .option("--windows", "expect the windows that the stack advertised, too")
    .option("--tolerance <microseconds>", "what times may be off", positive, TOLERANCE_US)
    .option("--live", "run the program in a network namespace and record it; without one, whatever you run there")
    .option("--peer <command>", "--live: a shell command at the other end of the link, 10.77.0.2 and fd77::2")
    .option("--serve", "--live: the program is a server: the peer begins when it listens, and ends it")
    .option("--impair <settings>", "--live: what goes wrong on the link, e.g. 'loss=2% delay=20ms seed=7'", impairment)
    .option("--mtu <octets>", "--live: MTU of the link", positive, 1500)
    .option("--save <file>", "--live: keep the capture, as pcapng")
    .addHelpText("after", EXAMPLES)
    .action(async (words: string[], raw: RawOptions) => ended(await runRecord(words, raw, io)));
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

function impairment(text: string): Impairments {
  try {
    return parseImpairment(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

async function runRecord(words: readonly string[], raw: RawOptions, io: PktOutput): Promise<number> {
  try {
    const script = raw.live === true ? await fromProgram(words, raw, io) : fromFile(words, raw);
    await deliver(script, raw.output, io);
    return 0;
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    io.err(printable(`error: ${error.message}\n`, false));
    return error.status;
  }
}

function optionsOf(raw: RawOptions, source: string): RecordOptions {
  return {
    local: raw.local,
    connection: raw.connection,
    title: raw.title,
    windows: raw.windows === true,
    tolerance_us: raw.tolerance,
    source,
  };
}

function fromFile(words: readonly string[], raw: RawOptions): RecordedScript {
  const [file] = words;
  if (file === undefined || words.length > 1) {
    throw new RecordError("name one capture, or run a program: --live -- COMMAND", 2);
  }
  if (raw.peer !== undefined || raw.serve === true || raw.impair !== undefined || raw.save !== undefined) {
    throw new RecordError("--peer, --serve, --impair and --save go with --live", 2);
  }
  try {
    return record(() => readCaptureFile(file), optionsOf(raw, file.replace(/^.*\//, "")));
  } catch (error) {
    if (error instanceof CaptureError) throw new RecordError(`${file}: ${error.message}`, 1);
    if (error instanceof ChoiceError) throw new RecordError(`${file}: ${choiceText(error)}`, 1);
    if (error instanceof UnreadableError) throw new RecordError(`cannot read ${file}: ${error.message}`, 1);
    throw error;
  }
}

function choiceText({ message, remedy }: ChoiceError): string {
  return remedy === undefined ? message : `${message}\n  ${remedy}`;
}

async function fromProgram(words: readonly string[], raw: RawOptions, io: PktOutput): Promise<RecordedScript> {
  // What talks to the system is loaded only where it is needed: the other commands do without its permissions.
  const { LiveError, recordLive } = await import("./live/live.ts");
  const { localAddresses } = await import("./live/world.ts");
  const command = words.length === 0 ? undefined : words;
  try {
    const recording = await recordLive({
      command,
      peer: raw.peer,
      serve: raw.serve === true,
      impairments: raw.impair,
      mtu: raw.mtu,
      tell: (line) => io.err(`${line}\n`),
    });
    for (const note of recording.notes) io.err(printable(`${note}\n`, false));
    if (raw.save !== undefined) await save(recording.frames, raw.save);
    const own = raw.local ?? { addresses: localAddresses(), port: undefined };
    const options = { ...optionsOf(raw, command?.[0]?.replace(/^.*\//, "") ?? "a program"), local: own };
    return await choosing(() => record(() => recording.frames, options), recording.frames, raw.save);
  } catch (error) {
    if (error instanceof LiveError) throw new RecordError(error.message, 2);
    throw error;
  }
}

/** Where the user has to choose, what was captured is not lost. */
async function choosing(
  act: () => RecordedScript,
  frames: readonly Frame[],
  saved: string | undefined,
): Promise<RecordedScript> {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ChoiceError)) throw error;
    const kept = saved ?? await Deno.makeTempFile({ prefix: "recorded-", suffix: ".pcapng" });
    if (saved === undefined) await save(frames, kept);
    throw new RecordError(`${choiceText(error)}\n  the capture is in ${kept}: deno task pkt record ${kept} …`, 1);
  }
}

async function save(frames: readonly Frame[], file: string): Promise<void> {
  const { pcapngOf } = await import("./live/write_pcapng.ts");
  await written(file, () => Deno.writeFile(file, pcapngOf(frames)));
}

async function written(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new RecordError(`cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`, 2);
  }
}

async function deliver({ text, doubts }: RecordedScript, output: string | undefined, io: PktOutput): Promise<void> {
  if (output === undefined) io.out(text);
  else await written(output, () => Deno.writeTextFile(output, text));
  const said = doubts.map((doubt) => `  - ${doubt}\n`).join("");
  if (said !== "") io.err(printable(`not told by the capture:\n${said}`, false));
}
