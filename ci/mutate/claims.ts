/**
 * Which scripts claim to show which clauses.
 *
 * @module
 */
import { join } from "node:path";
import { parseScriptWithWarnings } from "../../conformance/script/parser.ts";
import { ScriptError } from "../../conformance/script/mod.ts";
import { ROOT } from "./tree.ts";

function scriptsBelow(folder: string): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return scriptsBelow(path);
    return name.endsWith(".pkt") ? [path] : [];
  }).sort();
}

function clausesOf(path: string, text: string): string[] {
  for (const ipVersion of ["ipv4", "ipv6"] as const) {
    try {
      return parseScriptWithWarnings(text, { path, ipVersion }).script.header.requires.map(({ value }) => value);
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
    }
  }
  return [];
}

/** A fixture and what it claims. */
export interface ClaimingScript {
  /** Its path, from the root of the project. */
  readonly path: string;
  readonly text: string;
  /** Clauses of its header. */
  readonly clauses: readonly string[];
}

/** All fixtures that claim something. */
export function claimingScripts(): ClaimingScript[] {
  return scriptsBelow("fixtures").flatMap((path) => {
    const text = Deno.readTextFileSync(join(ROOT, path));
    const clauses = [...new Set(clausesOf(path, text))];
    return clauses.length === 0 ? [] : [{ path, text, clauses }];
  });
}

/** The same, as sets by path. */
export function claimsByScript(scripts: readonly ClaimingScript[]): Map<string, ReadonlySet<string>> {
  return new Map(scripts.map(({ path, clauses }) => [path, new Set(clauses)]));
}
