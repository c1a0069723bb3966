/**
 * Every problem of a script, in all the variants that it is for.
 *
 * @module
 */
import { checkScript } from "./check.ts";
import { type Problem, ScriptError } from "./diagnostics.ts";
import { type ParseOptions, parseScriptWithWarnings } from "./parser.ts";
import type { IpVersion } from "./syntax.ts";
import { IP_VERSIONS, VARIANTS, variantsOf } from "./variants.ts";

/** How scripts are to be read. */
export interface ReadingOptions {
  /** The variants to read them in; undefined: those that each script is for. */
  readonly variant: readonly IpVersion[] | undefined;
  /** The grammar. */
  readonly dialect: "auto" | "packetdrill" | "nplab";
  /** The name that nplab's `#ifdef` knows. */
  readonly platform: string;
  /** Symbols defined outside of the script. */
  readonly define: Readonly<Record<string, string>>;
}

/** A script read as it asks for itself. */
export const AS_IT_ASKS: ReadingOptions = { variant: undefined, dialect: "auto", platform: "Linux", define: {} };

/** The variants that a script is for, if the user names none. */
export function ownVariants(path: string, source: string): IpVersion[] {
  const option = /^[ \t]*--ip_version=["]?(ipv4[-_]mapped[-_]ipv6|ipv4|ipv6)/m.exec(source);
  const fromOption = IP_VERSIONS.find((version) => version === option?.[1]?.replaceAll("_", "-"));
  if (fromOption !== undefined) return [fromOption];
  const header = /^\/\/[ \t]*variants:(.*)$/m.exec(source);
  const fromHeader = IP_VERSIONS.filter((version) => header?.[1]?.split(",").some((word) => word.trim() === version));
  if (fromHeader.length > 0) return fromHeader;
  return variantsOf(path).slice(0, 1);
}

/** How a script is read in one of its variants. */
export function parseOptionsFor(path: string, version: IpVersion, reading: ReadingOptions): ParseOptions {
  return {
    path,
    ipVersion: version,
    // packetdrill's two-machine tests get MSS from their driver.
    definitions: { MSS: version === "ipv6" ? "1440" : "1460", ...VARIANTS[version].definitions, ...reading.define },
    dialect: reading.dialect,
    platform: reading.platform,
  };
}

/** All problems of one script in the variants asked for; one that only some of them have says which. */
export function checkSource(path: string, source: string, reading: ReadingOptions): Problem[] {
  const versions = reading.variant ?? ownVariants(path, source);
  const found = new Map<string, { problem: Problem; versions: IpVersion[] }>();
  for (const version of versions) {
    for (const problem of problemsOf(source, parseOptionsFor(path, version, reading))) {
      const key = `${problem.span.start} ${problem.message}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { problem, versions: [version] });
      else known.versions.push(version);
    }
  }
  return [...found.values()].map((entry) =>
    entry.versions.length === versions.length
      ? entry.problem
      : { ...entry.problem, message: `${entry.problem.message} (as ${entry.versions.join(", ")})` }
  ).sort((a, b) => a.span.start - b.span.start);
}

function problemsOf(source: string, options: ParseOptions): readonly Problem[] {
  try {
    const { script, warnings } = parseScriptWithWarnings(source, options);
    return [...warnings, ...checkScript(script)];
  } catch (error) {
    if (error instanceof ScriptError) {
      if (error.unsupported !== undefined) return error.problems;
      return error.partial === undefined ? error.problems : [...error.problems, ...checkScript(error.partial, false)];
    }
    throw error;
  }
}
