/**
 * `deno task mutate`: puts one fault at a time into a copy of the stack and runs the fixtures on it. A fault that no
 * fixture notices is a hole in the suite.
 *
 * @module
 */
import { isTest, readTree, type SourceFile } from "../house/source_tree.ts";
import { judgeByHand, type JudgedFault } from "./by_hand.ts";
import { type Judged, runCampaign } from "./campaign.ts";
import { type ChangedLines, changedSince } from "./changed.ts";
import { claimingScripts, claimsByScript } from "./claims.ts";
import { ClauseIndex, type Fault } from "./fault.ts";
import { FAULTS } from "./faults.ts";
import { describeMutant, type Mutant, mutantsOf } from "./mutants.ts";
import { type MutateOptions, OptionsError, parseOptions } from "./options.ts";
import { byClause, byFile, recordOf, survivors } from "./tally.ts";
import { ROOT, Tree } from "./tree.ts";

/** The sources of the stack, tests left out. */
export function stackSources(): SourceFile[] {
  return readTree(ROOT).filter(({ path }) => path.startsWith("stack/") && !isTest(path));
}

function isPlace(word: string): boolean {
  return word.startsWith("stack/") || word === "stack";
}

/** Numbers of their own, from 1: a copy has only these. */
function numbered(mutants: readonly Mutant[]): Mutant[] {
  return mutants.map((mutant, i) => ({ ...mutant, id: i + 1 }));
}

function wanted(mutant: Mutant, options: MutateOptions, changed: ChangedLines | undefined): boolean {
  const { path, line, clauses } = mutant;
  const places = options.words.filter(isPlace).map((word) => word.replace(/\/$/, ""));
  if (places.length > 0 && !places.some((place) => path === place || path.startsWith(`${place}/`))) return false;
  if (options.carrying && clauses.length === 0) return false;
  if (options.clause.length > 0 && !options.clause.some((clause) => clauses.includes(clause))) return false;
  return changed === undefined || changed.get(path)?.has(line) === true;
}

async function selectMutants(files: readonly SourceFile[], options: MutateOptions): Promise<Mutant[]> {
  const changed = options.since === undefined ? undefined : await changedSince(options.since);
  const mutants = mutantsOf(files, (mutant) => wanted(mutant, options, changed));
  return numbered(mutants.filter((_, i) => i % (options.sample ?? 1) === 0));
}

function tellProgress(done: number, total: number): void {
  if (!Deno.stderr.isTerminal()) return;
  Deno.stderr.writeSync(new TextEncoder().encode(done < total ? `${done} of ${total}\r` : `${" ".repeat(20)}\r`));
}

async function mutateMechanically(options: MutateOptions): Promise<number> {
  const files = stackSources();
  const mutants = await selectMutants(files, options);
  if (mutants.length === 0) throw new OptionsError("there is nothing to change there");
  if (options.list) {
    for (const mutant of mutants) console.log(describeMutant(mutant));
    return 0;
  }
  const began = performance.now();
  await using tree = await Tree.make();
  await tree.instrument(files, mutants);
  const judged: Judged[] = [];
  await runCampaign(tree.folder, mutants, {
    claims: claimsByScript(claimingScripts()),
    profiles: options.profile,
    lanes: Math.min(options.jobs, mutants.length),
    all: options.all,
    claimsOnly: false,
    onJudged: (each) => {
      judged.push(each);
      tellProgress(judged.length, mutants.length);
    },
  });
  judged.sort((a, b) => a.mutant.id - b.mutant.id);
  if (options.json !== undefined) {
    await Deno.writeTextFile(options.json, JSON.stringify({ schema: 1, mutants: judged.map(recordOf) }) + "\n");
  }
  for (const line of survivors(judged)) console.log(line);
  console.log(`\n${byFile(judged)}\n`);
  if (judged.some(({ mutant }) => mutant.clauses.length > 0)) console.log(`${byClause(judged)}\n`);
  const killed = judged.filter(({ outcome }) => outcome === "killed").length;
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${killed} of ${judged.length} mutants killed in ${seconds} s`);
  return killed === judged.length ? 0 : 1;
}

/** One line about a fault written by hand. */
function describeJudged({ fault, notices, broken }: JudgedFault): string {
  const name = fault.name.padEnd(30);
  if (broken) return `BROKEN    ${name} the stack can't be loaded with it`;
  if (notices.length === 0) return `SURVIVED  ${name} ${fault.about}`;
  const shown = notices.slice(0, 3).map(({ run, line, verdict }) => {
    const script = run.script.replace(/^fixtures\//, "");
    return `${script}${line === undefined ? "" : `:${line}`} (${run.variant})${
      verdict === "hung" ? " never ends" : ""
    }`;
  });
  const more = notices.length > 3 ? ` and ${notices.length - 3} more` : "";
  return `caught    ${name} ${shown.join(", ")}${more}`;
}

async function plantByHand(faults: readonly Fault[], options: MutateOptions): Promise<number> {
  if (options.list) {
    for (const { name, at, about } of faults) console.log(`${name.padEnd(30)} ${at}: ${about}`);
    return 0;
  }
  const began = performance.now();
  const missed: string[] = [];
  let done = 0;
  await judgeByHand(faults, new ClauseIndex(stackSources()), {
    scripts: claimingScripts(),
    profiles: options.profile.length === 1 && options.profile[0] === "rfc" ? ["rfc", "linux"] : options.profile,
    lanes: options.jobs,
    all: options.all,
    claimsOnly: false,
    onJudged: (judged) => {
      if (judged.broken || judged.notices.length === 0) missed.push(judged.fault.name);
      console.log(describeJudged(judged));
      tellProgress(++done, faults.length);
    },
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${faults.length - missed.length} of ${faults.length} faults caught in ${seconds} s`);
  if (missed.length === 0) return 0;
  console.log(`no fixture notices: ${missed.join(", ")}`);
  return 1;
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    const names = options.words.filter((word) => !isPlace(word));
    const mechanical = options.words.some(isPlace) || options.clause.length > 0 || options.since !== undefined ||
      options.carrying || options.sample !== undefined;
    if (mechanical && names.length === 0) return await mutateMechanically(options);
    const unknown = names.find((name) => FAULTS.every((fault) => fault.name !== name));
    if (unknown !== undefined) {
      throw new OptionsError(`there is no fault ${unknown}; \`deno task mutate --list\` names them`);
    }
    return await plantByHand(FAULTS.filter(({ name }) => names.length === 0 || names.includes(name)), options);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
