/**
 * The worker: runs scripts aside from the page, which ends it when one does not end.
 *
 * @module
 */
import { runScript } from "../run/run_script.ts";
import type { WorkerBegun, WorkerReply, WorkerRequest } from "./protocol.ts";

/** The part of a worker's global scope that is used. */
interface Scope {
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(reply: WorkerBegun | WorkerReply): void;
}

const scope = globalThis as unknown as Scope;

scope.onmessage = async ({ data: { id, ...request } }) => {
  const began = performance.now();
  scope.postMessage({ id, begun: true });
  try {
    const results = await runScript(request);
    scope.postMessage({ id, results, took_ms: performance.now() - began });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    scope.postMessage({ id, results: [], problem, took_ms: performance.now() - began });
  }
};
