/**
 * What is to be run: each script in each variant, parsed once per variant.
 *
 * @module
 */
import { OptionError, ScriptError } from "../script/mod.ts";
import type { ScriptConfig } from "../script/options.ts";
import type { Event, IpVersion, Script } from "../script/syntax.ts";
import { variantsOf } from "../script/variants.ts";
import { type Reading, resolveScriptConfig } from "./config.ts";

/** A script that could be read and parsed in a variant, ready to run. */
export interface ReadyRun {
  readonly kind: "ready";
  readonly path: string;
  readonly variant: IpVersion;
  readonly script: Script;
  readonly config: ScriptConfig;
  /** How long its timeline takes at least, µs. */
  readonly estimate_us: number;
  /** It uses files outside of its world, as other scripts may: only one such script runs at a time. */
  readonly sharesHost: boolean;
}

/** A script that can't be run in a variant; the message is its verdict. */
export interface BrokenRun {
  readonly kind: "broken";
  readonly path: string;
  readonly variant: IpVersion;
  readonly message: string;
  readonly line: number | undefined;
  /** It needs something that no target here has; a skip, not an error. */
  readonly skip: boolean;
  /** What could be read of it. */
  readonly partial?: Script | undefined;
  readonly estimate_us: 0;
  readonly sharesHost: false;
}

/** One planned run. */
export type PlannedRun = ReadyRun | BrokenRun;

/** The clauses that a run's script names, for its result. */
export function namedClauses(run: PlannedRun): { readonly requirements?: readonly string[] } {
  const header = (run.kind === "broken" ? run.partial : run.script)?.header;
  const requirements = header?.requires.map(({ value }) => value) ?? [];
  return requirements.length === 0 ? {} : { requirements };
}

/** What the command line says about planning. */
export interface PlanOptions extends Reading {
  /** `undefined`: the variants that the script asks for. */
  readonly variants: readonly IpVersion[] | undefined;
}

/** A text file of a script, read once. */
export interface ScriptSource {
  readonly path: string;
  /** The text, or why it could not be read. */
  readonly text: string | Error;
}

/**
 * How long the timeline of `events` takes at least, µs: the sum of its waits. Good enough to start long scripts first.
 */
export function estimateDuration(events: readonly Event[]): number {
  let at = 0;
  for (const { time } of events) {
    if (time.kind === "absolute") at = Math.max(at, time.at_us);
    else if (time.kind === "relative") at += time.delta_us;
    else if (time.kind === "absolute-range") at = Math.max(at, time.from_us);
    else if (time.kind === "relative-range") at += time.from_us;
  }
  return at;
}

/** Files of its own that a world provides though their names look shared. */
const OWN_FILES = /\/tmp\/sysctl_restore_\$\{?PPID\}?\.sh|\/proc\/sys\/net\//g;

function sharesHost(script: Script): boolean {
  const texts = [script.initCommand?.command, script.cleanupCommand?.command];
  for (const { action } of script.events) {
    if (action.kind === "command") texts.push(action.command);
    else if (action.kind === "syscall" && action.name === "open") return true;
  }
  return texts.some((text) => text !== undefined && /\/(tmp|sys)\//.test(text.replace(OWN_FILES, "")));
}

/** The variants to run a script in when the command line names none: its header's, its option's, its name's, else ipv4. */
function ownVariants(script: Script): readonly IpVersion[] {
  if (script.header.variants.length > 0) return script.header.variants;
  const option = script.options.find((each) => each.name === "ip_version")?.value?.replaceAll("_", "-");
  if (option === "ipv4" || option === "ipv6" || option === "ipv4-mapped-ipv6") return [option];
  return [variantsOf(script.path)[0]!];
}

function parse(source: ScriptSource, variant: IpVersion, options: PlanOptions): PlannedRun {
  const { path, text } = source;
  const broken = (message: string, line?: number, skip = false, partial?: Script): BrokenRun => ({
    kind: "broken",
    path,
    variant,
    message,
    line,
    skip,
    partial,
    estimate_us: 0,
    sharesHost: false,
  });
  if (text instanceof Error) return broken(`${path}: can't be read: ${text.message}`);
  try {
    const explicit = options.variants !== undefined;
    const { script, config } = resolveScriptConfig(path, text, variant, explicit, options);
    const estimate_us = estimateDuration(script.events);
    return { kind: "ready", path, variant, script, config, estimate_us, sharesHost: sharesHost(script) };
  } catch (error) {
    if (error instanceof ScriptError) {
      if (error.needsWireMode) return broken(`${path}: needs two machines (packetdrill's wire mode)`, undefined, true);
      const line = error.problems[0]?.span.line;
      if (error.unsupported !== undefined) return broken(`${path}:${line}: ${error.problems[0]?.message}`, line, true);
      return broken(error.message, line, false, error.partial);
    }
    if (error instanceof OptionError) return broken(`${path}: ${error.message}`);
    throw error;
  }
}

/** Runs in the variants that the script asks for itself; what it asks for can be read in any in which it parses. */
function planOwnVariants(source: ScriptSource, options: PlanOptions): PlannedRun[] {
  const attempts: PlannedRun[] = [];
  for (const variant of variantsOf(source.path)) {
    const attempt = parse(source, variant, options);
    attempts.push(attempt);
    if (attempt.kind === "broken") continue;
    return ownVariants(attempt.script).map((wanted) =>
      attempts.find((each) => each.variant === wanted) ?? parse(source, wanted, options)
    );
  }
  // A header is a comment: it holds whatever is wrong with the rest.
  const [first] = attempts;
  const wanted = first?.kind === "broken" && first.partial !== undefined ? ownVariants(first.partial) : [];
  if (wanted.length === 0) return [first!];
  return wanted.map((variant) => attempts.find((each) => each.variant === variant) ?? parse(source, variant, options));
}

/** The runs that the scripts mean. A script that can't be parsed is a run whose verdict is an error. */
export function planRuns(sources: readonly ScriptSource[], options: PlanOptions): PlannedRun[] {
  const planned: PlannedRun[] = [];
  for (const source of sources) {
    const named = options.variants?.filter((variant) => variantsOf(source.path).includes(variant));
    if (named !== undefined) {
      planned.push(...named.map((variant) => parse(source, variant, options)));
      continue;
    }
    planned.push(...planOwnVariants(source, options));
  }
  return planned;
}

/** How runs were planned that are planned again elsewhere. */
export interface PlannedAs extends Reading {
  /** The command line named the variants. */
  readonly variantsNamed: boolean;
}

/** A run of which only the script's text and the variant are at hand, planned as it was before. */
export function planAgain(source: ScriptSource, variant: IpVersion, as: PlannedAs): PlannedRun {
  return parse(source, variant, { ...as, variants: as.variantsNamed ? [variant] : undefined });
}

/** The runs of one script at hand as text: in `variant`, else in those that it asks for. */
export function planText(source: ScriptSource, variant: IpVersion | undefined): PlannedRun[] {
  return planRuns([source], { variants: variant === undefined ? undefined : [variant], definitions: [] });
}
