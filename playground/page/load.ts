/// <reference lib="dom" />
/**
 * Loads what the page does not need at first.
 *
 * @module
 */
import type { Clauses } from "../../conformance/assist/clauses.ts";
import type { Example } from "../examples.ts";

/** What scripts beside the page put there. */
interface Loaded {
  netproofExamples?: readonly Example[];
  netproofClauses?: readonly (readonly [id: string, text: string])[];
}

/** Runs a script that lies beside the page, which works from a folder on disk, too. */
function loadScript(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = path;
    script.addEventListener("load", () => resolve());
    script.addEventListener("error", () => reject(new Error(`${path} could not be loaded`)));
    document.head.append(script);
  });
}

/** The examples, loaded when somebody asks for them first. */
export async function loadExamples(): Promise<readonly Example[]> {
  const loaded = globalThis as unknown as Loaded;
  if (loaded.netproofExamples === undefined) await loadScript("examples.js");
  return loaded.netproofExamples ?? [];
}

/** RFC clauses. */
export async function loadClauses(): Promise<Clauses> {
  const loaded = globalThis as unknown as Loaded;
  if (loaded.netproofClauses === undefined) await loadScript("clauses.js");
  return new Map(loaded.netproofClauses);
}
