/**
 * Running a program in a namespace of its own and capturing what its kernel sends and receives.
 *
 * @module
 */
import { realtime } from "../../../host/clock.ts";
import type { ExitStatus } from "../../../host/call_list.ts";
import { killDescendants } from "../../../host/descendants.ts";
import { type ChildProcess, spawn } from "../../../host/process.ts";
import { Reactor } from "../../../host/reactor.ts";
import { onTermination } from "../../../host/termination.ts";
import { effectiveUserId, enterUserNamespace, probeUserNamespace } from "../../../host/userns.ts";
import { NativeCodeError } from "../../../host/native.ts";
import { SystemError } from "../../../host/errno.ts";
import type { Impairments } from "../../../stack/link/impairment.ts";
import type { Frame } from "../capture/frame.ts";
import { untilListening } from "./ready.ts";
import { LiveWorld } from "./world.ts";

/** What to run. */
export interface LiveOptions {
  /** The program and its arguments; undefined: the user runs something in the namespace. */
  readonly command: readonly string[] | undefined;
  /** A shell command for the other end of the link. */
  readonly peer: string | undefined;
  /** The program is a server: the peer begins when it listens, and it is ended when the peer has ended. */
  readonly serve: boolean;
  readonly impairments: Impairments | undefined;
  readonly mtu: number;
  /** Tells the user something. */
  readonly tell: (line: string) => void;
}

/** What was captured. */
export interface LiveRecording {
  readonly frames: readonly Frame[];
  /** What should be said about it. */
  readonly notes: readonly string[];
}

/** This machine does not let us. */
export class LiveError extends Error {
  /** `LiveError`. */
  override name = "LiveError";
}

/** How long the peer may take until it listens, µs. */
const READY_US = 5_000_000;
/** How long the kernels may go on when the program has ended, µs: FINs, and their acknowledgements. */
const AFTERWARDS_US = 300_000;

/** As an ordinary user, starts this process again as root of a user namespace. */
function gainPrivileges(): void {
  if (effectiveUserId() === 0) return;
  const granted = probeUserNamespace();
  if (granted.granted) enterUserNamespace();
  throw new LiveError(`network namespaces need root: run it with sudo; without root, ${granted.reason}`);
}

/** Runs and captures. Throws {@link LiveError} where the machine refuses. */
export async function recordLive(options: LiveOptions): Promise<LiveRecording> {
  try {
    if (Deno.build.os !== "linux") throw new LiveError("it needs Linux");
    gainPrivileges();
    using reactor = new Reactor();
    using world = new LiveWorld(options.impairments, options.mtu, reactor);
    const run = new LiveRun(options, world, reactor);
    return await run.done();
  } catch (error) {
    if (error instanceof SystemError || error instanceof NativeCodeError) throw new LiveError(error.message);
    throw error;
  }
}

class LiveRun {
  #peer: ChildProcess | undefined;
  #program: ChildProcess | undefined;

  constructor(
    private readonly options: LiveOptions,
    private readonly world: LiveWorld,
    private readonly reactor: Reactor,
  ) {}

  async done(): Promise<LiveRecording> {
    const forget = onTermination(() => this.#end());
    const notes: string[] = [];
    try {
      if (this.options.command === undefined) await this.#invite(forget);
      else notes.push(...await this.#runBoth(this.options.command));
      await this.reactor.sleepUntil(realtime() + AFTERWARDS_US);
    } finally {
      forget();
      this.#end();
    }
    const { capture } = this.world;
    capture.drain();
    const { lost } = capture;
    if (lost > 0) notes.push(`the capture lacks packets: the kernel had no room for ${lost}`);
    if (capture.surplus > 0) notes.push(`${capture.surplus} packets beyond ${capture.frames.length} were not kept`);
    return { frames: capture.frames, notes };
  }

  /** Runs the program, and its peer beside it, to the end of the one that is no server; what is to be said. */
  async #runBoth(command: readonly string[]): Promise<string[]> {
    const { peer, serve, tell } = this.options;
    const startPeer = () => this.#peer = this.#start(["/bin/sh", "-c", peer!], this.world.remote.fd, "null");
    const startProgram = () => this.#program = this.#start(command, this.world.local.fd, serve ? "null" : "inherit");
    if (peer === undefined) return failed(command[0]!, await startProgram().status);
    const server = serve ? startProgram() : startPeer();
    const running = () => server.ended === undefined;
    const listens = await untilListening(server.pid, READY_US, running, this.reactor);
    if (!listens) tell(`${serve ? "the program" : "the peer"} does not listen for TCP; going on without`);
    const client = serve ? startPeer() : startProgram();
    return failed(serve ? "the peer" : command[0]!, await client.status);
  }

  /** Waits while the user runs something in the namespaces. */
  async #invite(forget: () => void): Promise<void> {
    const interrupted = Promise.withResolvers<void>();
    const stop = () => interrupted.resolve();
    // Ctrl-C ends the recording here, not the process.
    forget();
    Deno.addSignalListener("SIGINT", stop);
    try {
      const [here, there] = [this.world.local.path, this.world.remote.path];
      this.options.tell(
        "packets are being recorded; run something from another shell, and press Ctrl-C here when it is done:\n" +
          `  nsenter --net=${here} COMMAND\n  nsenter --net=${there} COMMAND   # at the other end of tun0`,
      );
      await interrupted.promise;
    } finally {
      Deno.removeSignalListener("SIGINT", stop);
    }
  }

  #start(command: readonly string[], namespaceFd: number, stdin: "inherit" | "null"): ChildProcess {
    // Standard output may be for the script.
    return spawn(
      { command: command[0]!, args: command.slice(1), namespaceFd, stdin, stdout: 2, stderr: "inherit", adopts: true },
      this.reactor,
    );
  }

  #end(): void {
    for (const child of [this.#program, this.#peer]) {
      if (child === undefined) continue;
      killDescendants(child.pid);
      child[Symbol.dispose]();
    }
  }
}

function failed(name: string, { code }: ExitStatus): string[] {
  return code === 0 ? [] : [`${name} ended with status ${code}`];
}
