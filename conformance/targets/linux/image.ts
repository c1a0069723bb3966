/**
 * A kernel built for user mode as a program: asked for its version and its configuration, before it is booted.
 *
 * @module
 */
import { type Reactor } from "../../../host/reactor.ts";
import { run } from "../../../host/process.ts";
import { SystemError } from "../../../host/errno.ts";
import type { Lack } from "../target.ts";

/** What it takes to boot and to make worlds. What scripts want beyond that they say themselves, each for itself. */
export const NEEDED_OPTIONS = [
  "UML_TIME_TRAVEL_SUPPORT",
  "HIGH_RES_TIMERS",
  "HOSTFS",
  "OVERLAY_FS",
  "TMPFS",
  "DEVTMPFS",
  "PROC_FS",
  "PROC_SYSCTL",
  "SYSFS",
  "NULL_CHAN",
  "BINFMT_ELF",
  "FUTEX",
  "EPOLL",
  "EVENTFD",
  "SHMEM",
  "UNIX",
  "PACKET",
  "INET",
  "TUN",
  "NET_NS",
] as const;

/** A program that does not answer by then is no kernel, ms. */
const PATIENCE_MS = 10_000;
/** A configuration is shorter, octets. */
const LONGEST_ANSWER = 4 << 20;
const HOW_TO_BUILD = "ci/linux/build.sh builds one; docs/linux.md says how to build another";

/** What is known of it. */
export interface KernelImage {
  /** As `uname -r` says. */
  readonly release: string;
}

/** Why a file can't be used. */
export class ImageError extends Error {
  /** `ImageError`. */
  override name = "ImageError";

  /** What is wrong, and what to do. */
  constructor(readonly lack: Lack) {
    super(lack.what);
  }
}

/** The name of a column: `6.12.117` is called `linux-6.12`. */
export function columnName(release: string): string {
  return `linux-${/^\d+\.\d+(?:-rc\d+)?/.exec(release.replace(/^(\d+\.\d+)\.0(?=-rc)/, "$1"))?.[0] ?? release}`;
}

/** Asks the kernel at `file`. Throws {@link ImageError}. */
export async function inspectImage(file: string, reactor: Reactor): Promise<KernelImage> {
  const release = (await ask(file, "--version", reactor)).trim();
  if (!/^\d+\.\d+[\w.+~-]*$/.test(release)) {
    throw new ImageError({ what: `${file} is no Linux kernel built for user mode (ARCH=um)`, remedy: HOW_TO_BUILD });
  }
  const config = await ask(file, "--showconfig", reactor);
  const missing = missingOptions(config);
  if (missing.length === 0) return { release };
  const names = missing.map((name) => `CONFIG_${name}`).join(", ");
  throw new ImageError({
    what: `${file} was built without ${names}`,
    remedy: "build it with what is in ci/linux/kernel.config (docs/linux.md)",
  });
}

/** Which of {@link NEEDED_OPTIONS} a kernel with this configuration lacks. */
export function missingOptions(config: string): string[] {
  const set = new Set([...config.matchAll(/^CONFIG_(\w+)=y$/gm)].map(([, name]) => name));
  return NEEDED_OPTIONS.filter((name) => !set.has(name));
}

/** What the program prints for `option`. */
async function ask(file: string, option: string, reactor: Reactor): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const path = file.includes("/") ? file : `./${file}`;
    const { code, output } = await run(
      { command: path, args: [option], stderr: "null", signal, limit: LONGEST_ANSWER },
      reactor,
    );
    if (signal.aborted) {
      throw new ImageError({
        what: `${file} does not answer ${option} in ${PATIENCE_MS / 1000} s`,
        remedy: HOW_TO_BUILD,
      });
    }
    return code === 0 ? output : "";
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    throw new ImageError({ what: `${file} can't be run: ${error.message}`, remedy: HOW_TO_BUILD });
  }
}
