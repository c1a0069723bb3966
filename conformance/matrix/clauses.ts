/**
 * Which clauses scripts say that they show.
 *
 * @module
 */
import { planText } from "../runner/plan.ts";
import { readScript } from "../script/read_script.ts";

/** Ids of clauses by the path of a script. One that can't be read shows none: its runs are errors that say why. */
export async function clausesOfScripts(scripts: readonly string[]): Promise<Map<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const path of new Set(scripts)) {
    const text = await readScript(path).catch(() => "");
    found.set(path, clausesOf(path, text));
  }
  return found;
}

function clausesOf(path: string, text: string): readonly string[] {
  const headers = planText({ path, text }, undefined).flatMap((run) =>
    (run.kind === "ready" ? run.script : run.partial)?.header ?? []
  );
  return [...new Set(headers.flatMap(({ requires }) => requires.map(({ value }) => value)))];
}
