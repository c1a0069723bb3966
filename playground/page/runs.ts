/// <reference lib="dom" />
/**
 * Runs scripts in a worker, the newest first, and ends what does not end.
 *
 * @module
 */
import type { RunResult } from "../../conformance/report/results.ts";
import type { RunRequest } from "../run/run_script.ts";
import type { WorkerBegun, WorkerReply, WorkerRequest } from "../worker/protocol.ts";

/** What became of a run. */
export type Outcome =
  | { readonly kind: "done"; readonly results: readonly RunResult[]; readonly took_ms: number }
  | { readonly kind: "endless"; readonly after_ms: number }
  | { readonly kind: "broken"; readonly problem: string };

/** A script may take so long, ms. */
export const LIMIT_MS = 10_000;

/** The runs of the page, one at a time. */
export class Runs {
  readonly #source: string;
  readonly #onOutcome: (request: RunRequest, outcome: Outcome) => void;
  #worker: Worker | undefined;
  #under: { readonly id: number; readonly request: RunRequest; timer: number | undefined } | undefined;
  #next: RunRequest | undefined;
  #id = 0;

  /** `source` is the worker's program; `onOutcome` is told what became of each run, unless a newer one took its place. */
  constructor(source: string, onOutcome: (request: RunRequest, outcome: Outcome) => void) {
    this.#source = source;
    this.#onOutcome = onOutcome;
  }

  /** Runs a script. What waits is forgotten for it; what is under way goes on to its end or its limit. */
  start(request: RunRequest): void {
    this.#next = request;
    if (this.#under === undefined) this.#begin();
  }

  /** Whether a run is under way. */
  get busy(): boolean {
    return this.#under !== undefined;
  }

  #begin(): void {
    const request = this.#next;
    if (request === undefined) return;
    this.#next = undefined;
    const worker = this.#worker ??= this.#makeWorker();
    const id = ++this.#id;
    this.#under = { id, request, timer: undefined };
    worker.postMessage({ ...request, id } satisfies WorkerRequest);
  }

  #makeWorker(): Worker {
    // A blob works from a folder on disk, too, where browsers allow no other worker.
    const url = URL.createObjectURL(new Blob([this.#source], { type: "text/javascript" }));
    const worker = new Worker(url, { name: "netproof" });
    worker.addEventListener("message", (event) => this.#reply(event.data as WorkerBegun | WorkerReply));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#end({ kind: "broken", problem: event.message });
    });
    return worker;
  }

  #reply(reply: WorkerBegun | WorkerReply): void {
    const under = this.#under;
    if (under === undefined || reply.id !== under.id) return;
    if ("begun" in reply) {
      // How long the worker itself takes to start is not the script's.
      const endless = () => this.#end({ kind: "endless", after_ms: LIMIT_MS });
      under.timer = setTimeout(endless, LIMIT_MS) as unknown as number;
      return;
    }
    const { results, problem, took_ms } = reply;
    if (problem === undefined) this.#settle({ kind: "done", results, took_ms });
    else this.#settle({ kind: "broken", problem });
  }

  /** The worker is of no use any more. */
  #end(outcome: Outcome): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#settle(outcome);
  }

  #settle(outcome: Outcome): void {
    const under = this.#under;
    if (under === undefined) return;
    clearTimeout(under.timer);
    this.#under = undefined;
    if (this.#next === undefined) this.#onOutcome(under.request, outcome);
    else this.#begin();
  }
}
