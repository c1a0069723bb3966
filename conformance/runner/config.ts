/**
 * From a script's text to what its timeline needs: the tree and the options in effect.
 *
 * @module
 */
import { parseScript } from "../script/mod.ts";
import { OPTIONS, resolveConfig, type ScriptConfig } from "../script/options.ts";
import type { Dialect, IpVersion, Script } from "../script/syntax.ts";
import { VARIANTS } from "../script/variants.ts";

/** What the command line says about reading scripts. */
export interface Reading {
  /** `NAME=VALUE`, wins over the script's own. */
  readonly definitions: readonly string[];
  /** The grammar; default: whichever fits. */
  readonly dialect?: Dialect | "auto" | undefined;
  /** The name that nplab's `#ifdef` knows; default `Linux`. */
  readonly platform?: string | undefined;
}

/** A parsed script and its options. */
export interface ResolvedScript {
  readonly script: Script;
  readonly config: ScriptConfig;
}

function parseDefinitions(definitions: readonly string[]): Record<string, string> {
  return Object.fromEntries(definitions.map((each) => {
    const at = each.indexOf("=");
    return [each.slice(0, at), each.slice(at + 1)];
  }));
}

/**
 * Parses a script for a variant. `explicit`: the variant was asked for, so its arguments win over the script's own
 * options, as `run_all.py`'s do; otherwise they only stand in for what the script does not say.
 *
 * @throws {import("../script/mod.ts").ScriptError}
 */
export function resolveScriptConfig(
  path: string,
  text: string,
  ipVersion: IpVersion,
  explicit: boolean,
  reading: Reading,
): ResolvedScript {
  const variant = VARIANTS[ipVersion];
  const defined = { ...variant.definitions, ...parseDefinitions(reading.definitions) };
  const script = parseScript(text, {
    path,
    ipVersion,
    definitions: defined,
    ...(reading.dialect === undefined ? {} : { dialect: reading.dialect }),
    ...(reading.platform === undefined ? {} : { platform: reading.platform }),
  });
  const own = new Set(script.options.map((option) => option.name));
  const options = Object.fromEntries(
    Object.entries(variant.options).filter(([name]) =>
      OPTIONS[name]?.dialects.includes(script.dialect) && (explicit || name === "ip_version" || !own.has(name))
    ),
  );
  const config = resolveConfig({
    dialect: script.dialect,
    script: script.options,
    commandLine: options,
    definitions: defined,
  });
  return { script, config };
}
