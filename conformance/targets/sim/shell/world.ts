/**
 * What shell commands act on.
 *
 * @module
 */
import type { NetDevice } from "../../../../stack/link/device.ts";
import type { Stack } from "../../../../stack/stack.ts";
import type { WorldFiles } from "../files.ts";

/** The process id that a world's commands see as their parent's. */
export const RUNNER_PID = 1000;

/** One simulated world. */
export interface ShellWorld {
  readonly stack: Stack;
  readonly device: NetDevice;
  readonly files: WorldFiles;
  readonly cwd: string;
  /** What commands find in their environment, beside what every process finds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Forgets what TCP remembers of its peers: round-trip times, fast open cookies. */
  readonly flushTcpMetrics: () => void;
  /** What `nstat` remembers between two calls. */
  readonly nstatHistory: Map<string, number>;
}

/** What a command is given. */
export interface Invocation {
  readonly args: readonly string[];
  /** Standard input: what has not been read yet. */
  readonly stdin: () => string;
  readonly world: ShellWorld;
  /** A path made absolute. */
  readonly path: (path: string) => string;
  /** Environment. */
  readonly environment: ReadonlyMap<string, string>;
}

/** What a command did. */
export interface CommandResult {
  readonly status: number;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

/** One command, without its name in `args`. */
export type Command = (invocation: Invocation) => CommandResult;

/** A command that failed with one line on standard error. */
export function failed(status: number, message: string): CommandResult {
  return { status, stderr: `${message}\n` };
}
