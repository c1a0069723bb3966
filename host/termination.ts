/**
 * Cleaning up when the process is told to end.
 *
 * @module
 */

/** Signals that ask a process to end, with their numbers. */
const SIGNALS: Readonly<Record<TerminationSignal, number>> = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };

/** A signal that asks a process to end. */
export type TerminationSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

const cleanups: ((signal: TerminationSignal) => void | Promise<void>)[] = [];
let ending = false;

async function end(signal: TerminationSignal): Promise<void> {
  const status = 128 + SIGNALS[signal];
  // A second signal means: now.
  if (ending) Deno.exit(status);
  ending = true;
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      await cleanup(signal);
    } catch (error) {
      reportCleanupError(error);
    }
  }
  Deno.exit(status);
}

function reportCleanupError(error: unknown): void {
  const text = `netproof: cleaning up failed: ${error instanceof Error ? error.message : error}\n`;
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // Standard error is closed: nobody can be told.
  }
}

const handlers: Readonly<Record<TerminationSignal, () => void>> = {
  SIGINT: () => void end("SIGINT"),
  SIGTERM: () => void end("SIGTERM"),
  SIGHUP: () => void end("SIGHUP"),
};

/**
 * Calls `cleanup` when SIGINT, SIGTERM or SIGHUP comes; the last one registered runs first. Then the process exits with
 * 128 + the signal's number. A second signal exits at once. What the kernel destroys with the process (network
 * namespaces, devices, children) needs no cleanup here.
 *
 * @returns a function that takes the registration back
 */
export function onTermination(cleanup: (signal: TerminationSignal) => void | Promise<void>): () => void {
  if (cleanups.length === 0) { for (const signal of signals()) Deno.addSignalListener(signal, handlers[signal]); }
  cleanups.push(cleanup);
  return () => {
    const at = cleanups.indexOf(cleanup);
    if (at < 0) return;
    cleanups.splice(at, 1);
    if (cleanups.length === 0 && !ending) {
      for (const signal of signals()) Deno.removeSignalListener(signal, handlers[signal]);
    }
  };
}

function signals(): TerminationSignal[] {
  return Object.keys(SIGNALS) as TerminationSignal[];
}
