/**
 * The runner inside a booted kernel. To it the kernel is this machine's, and it runs scripts on it as the target `kernel`
 * does, but for what the clock makes needless: time stands still while anything runs, so nothing is late, and what one
 * try found is the verdict.
 *
 * @module
 */
import { O_APPEND, O_WRONLY } from "../../../abi/file_constants.ts";
import { Reactor, VIRTUAL_CLOCK } from "../../../host/reactor.ts";
import { check } from "../../../host/errno.ts";
import { open, syscall, write } from "../../../host/syscall.ts";
import { executeRun } from "../../runner/execute.ts";
import { planAgain } from "../../runner/plan.ts";
import { PythonRunner } from "../../timeline/mod.ts";
import { KernelTarget } from "../kernel.ts";
import { probeKernel } from "../kernel/probe.ts";
import { EVENTS_FILE, type InsideEvent, type Job, JOB_FILE, parseJob } from "./protocol.ts";

/**
 * How long a script may take by its own time, µs: what waits for something that never comes must end. How long it may
 * take by ours is watched from outside.
 */
const LIMIT_US = 4 * 3600 * 1_000_000;
/**
 * How long the kernel has been up before the first script, s. In its first second Linux takes a time stamp of now for
 * none, and in its sixth minute its count of ticks wraps around: a machine that scripts are run on has both behind it.
 */
const UPTIME_S = 600n;
/** Written to the host's file, and no need for that to be on a disk: SYNC_FILE_RANGE_WAIT_BEFORE, _WRITE, _WAIT_AFTER. */
const SYNC_ALL = 7;
/** What `reboot(2)` wants to hear before it turns the machine off. */
const POWER_OFF = [0xfee1dead, 0x28121969, 0x4321fedc] as const;

/** Tells what happens, and makes sure that it is known outside before anything else happens. */
class Teller {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = check(open(path, O_WRONLY | O_APPEND), `open ${path}`);
  }

  tell(event: InsideEvent): void {
    let bytes: Uint8Array<ArrayBuffer> = new TextEncoder().encode(`${JSON.stringify(event)}\n`);
    while (bytes.length > 0) bytes = bytes.subarray(check(write(this.#fd, bytes), "telling what happens"));
    check(syscall("sync_file_range", this.#fd, 0, 0, SYNC_ALL), "telling what happens");
  }
}

/** Does the job that is in `folder`, and turns the machine off. */
export async function runInside(folder: string): Promise<void> {
  const job = parseJob(await Deno.readTextFile(`${folder}/${JOB_FILE}`));
  const teller = new Teller(`${folder}/${EVENTS_FILE}`);
  const availability = probeKernel();
  if (availability.available) {
    check(syscall("nanosleep", new BigInt64Array([UPTIME_S, 0n]), null), "letting time pass");
    teller.tell({ type: "ready" });
    await runAll(job, teller);
    teller.tell({ type: "end" });
  } else {
    const { reason, remedy } = availability;
    teller.tell({ type: "unusable", reason, remedy });
  }
  syscall("reboot", ...POWER_OFF, null);
}

async function runAll(job: Job, teller: Teller): Promise<void> {
  const { target: name, family, planning, cwd, strict } = job;
  const target = new KernelTarget({ name, family, reactor: new Reactor(VIRTUAL_CLOCK), virtualClock: true });
  const python = new PythonRunner();
  for (const [number, { path, text, variant }] of job.runs.entries()) {
    teller.tell({ type: "begin", run: number });
    const run = planAgain({ path, text }, variant, planning);
    const { result } = await executeRun(target, run, { python, cwd, strict, limit_us: LIMIT_US });
    teller.tell({ type: "result", run: number, result });
  }
}
