/** The command as a process of its own, in a folder of its own; for tests. */
import { assert } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Results } from "../report/results.ts";
import { parseResults } from "../report/results_schema.ts";

/** Root of the project. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run", "--allow-ffi", "--allow-sys", "--allow-env"];

/** A script that every stack passes. */
export const GOOD = `// title: a datagram goes out
0   socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0  bind(3, ..., ...) = 0
+0  connect(3, ..., ...) = 0
+0  write(3, ..., 8) = 8
+0  > udp (8)
`;
/** A script that every stack fails. */
export const BAD: string = GOOD.replace("> udp (8)", "> udp (9)");

/** How the command ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Where and how the command runs. */
export interface RunSettings {
  /** A shell script around the command, which is `"$@"` in it. */
  readonly shell?: string;
  /** Variables in addition to ours. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The command under way. */
export class Running {
  /** What it has written so far. */
  out = "";
  err = "";
  /** When it has ended. */
  readonly done: Promise<Outcome>;
  readonly #child: Deno.ChildProcess;
  #changed: () => void = () => {};

  constructor(readonly folder: string, args: readonly string[], settings: RunSettings) {
    const command = [
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-check",
      ...PERMISSIONS,
      `${ROOT}/conformance/cli.ts`,
      ...args,
    ];
    this.#child = new Deno.Command("sh", {
      args: ["-c", settings.shell ?? 'exec "$@"', "sh", ...command],
      cwd: folder,
      env: { ...settings.env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: AbortSignal.timeout(60_000),
    }).spawn();
    const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void) => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        add(decoder.decode(chunk, { stream: true }));
        this.#changed();
      }
      this.#changed();
    };
    const streams = [
      read(this.#child.stdout, (text) => this.out += text),
      read(this.#child.stderr, (text) => this.err += text),
    ];
    this.done = Promise.all([this.#child.status, ...streams]).then(([{ code }]) => ({
      code,
      out: this.out,
      err: this.err,
    }));
  }

  /** Its process id, where the shell around it is replaced by it. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Resolves once `part` has been written to standard output; fails where it ends without. */
  async written(part: string | RegExp): Promise<void> {
    let ended = false;
    this.done.then(() => {
      ended = true;
      this.#changed();
    });
    const there = () => typeof part === "string" ? this.out.includes(part) : part.test(this.out);
    while (!there()) {
      assert(!ended, `it ended without writing ${part}: ${this.out}${this.err}`);
      await new Promise<void>((resolve) => this.#changed = resolve);
    }
  }
}

/** Makes a folder that holds `files`. The caller removes it. */
export async function makeFolder(files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-cli-" });
  await Deno.chmod(folder, 0o755);
  for (const [name, content] of Object.entries(files)) {
    if (name.includes("/")) await Deno.mkdir(`${folder}/${name.slice(0, name.lastIndexOf("/"))}`, { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(`${folder}/${name}`, content);
    else await Deno.writeFile(`${folder}/${name}`, content);
  }
  return folder;
}

/** Whatever happens, nobody is shown a stack trace. */
export function assertNoTrace({ out, err }: Outcome): void {
  assert(!/^\s+at .*\.ts:\d+/m.test(err + out), err + out);
}

/** Runs the command in a folder that holds `files`, and looks at how it ended. */
export async function withOutcome(
  files: Readonly<Record<string, string | Uint8Array>>,
  args: readonly string[],
  check: (outcome: Outcome & { readonly folder: string }) => void | Promise<void>,
  settings: RunSettings = {},
): Promise<void> {
  const folder = await makeFolder(files);
  try {
    const outcome = await new Running(folder, args, settings).done;
    assertNoTrace(outcome);
    await check({ ...outcome, folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The results document that `--json r.json` left. */
export async function readResults(folder: string): Promise<Results> {
  return parseResults(JSON.parse(await Deno.readTextFile(`${folder}/r.json`)));
}
