/**
 * Faults written by hand, each in a process of its own.
 *
 * @module
 */
import type { ClaimingScript } from "./claims.ts";
import type { Notice } from "./campaign.ts";
import { type ClauseIndex, type Fault, locate, planted } from "./fault.ts";
import { Lane } from "./lane.ts";
import { Tree } from "./tree.ts";

/** What became of a fault. */
export interface JudgedFault {
  readonly fault: Fault;
  readonly notices: readonly Notice[];
  /** The stack can't even be loaded with it. */
  readonly broken: boolean;
}

/** How they are judged. */
export interface ByHandOptions {
  readonly scripts: readonly ClaimingScript[];
  readonly profiles: readonly string[];
  readonly lanes: number;
  readonly all: boolean;
  /** Hold only scripts that name the fault's clause against it. */
  readonly claimsOnly: boolean;
  readonly onJudged: (judged: JudgedFault) => void;
}

/** Indices of the runs that pass on the stack as it is. */
async function passingRuns(tree: Tree, profiles: readonly string[]): Promise<Set<number>> {
  const lane = await Lane.start(tree.folder, profiles);
  const passing = new Set<number>();
  await lane.obey({ mutant: 0, runs: lane.runs.map((_, i) => i), first: false }, ({ run, verdict }) => {
    if (verdict === "pass") passing.add(run);
  });
  lane.end();
  return passing;
}

/** Folders that a fault's name or place speaks of come first: `icmp-…` is noticed in `fixtures/icmp/`. */
function nearness(fault: Fault, script: string): number {
  const folder = script.split("/")[1] ?? "";
  return fault.name.split("-").includes(folder) || fault.at.includes(`/${folder}/`) ? 0 : 1;
}

async function judgeOne(
  tree: Tree,
  fault: Fault,
  index: ClauseIndex,
  passing: ReadonlySet<number>,
  options: ByHandOptions,
): Promise<JudgedFault> {
  const patch = locate(fault, index);
  const clauses = new Set(index.carriedAt(patch));
  const text = index.text(patch.path)!;
  await tree.write(patch.path, planted(text, patch));
  const notices: Notice[] = [];
  try {
    const lane = await Lane.start(tree.folder, options.profiles).catch(() => undefined);
    if (lane === undefined) return { fault, notices, broken: true };
    const claims = new Map(options.scripts.map(({ path, clauses }) => [path, clauses]));
    const naming: number[] = [];
    const others: number[] = [];
    for (const i of passing) {
      (claims.get(lane.runs[i]!.script)?.some((clause) => clauses.has(clause)) === true ? naming : others).push(i);
    }
    others.sort((a, b) => nearness(fault, lane.runs[a]!.script) - nearness(fault, lane.runs[b]!.script));
    const parts = [{ runs: naming, first: false }, { runs: options.claimsOnly ? [] : others, first: !options.all }];
    for (const { runs, first } of parts) {
      if (!lane.alive || !options.all && notices.length > 0 || runs.length === 0) continue;
      const hung = await lane.obey({ mutant: 0, runs, first }, ({ run, verdict, line }) => {
        if (verdict !== "fail" && verdict !== "error") return;
        notices.push({ run: lane.runs[run]!, verdict, ...(line === undefined ? {} : { line }) });
      });
      if (hung !== undefined) notices.push({ run: lane.runs[hung]!, verdict: "hung" });
    }
    lane.end();
    return { fault, notices, broken: false };
  } finally {
    await tree.write(patch.path, text);
  }
}

/** Judges faults, some at a time. */
export async function judgeByHand(
  faults: readonly Fault[],
  index: ClauseIndex,
  options: ByHandOptions,
): Promise<void> {
  const waiting = [...faults];
  await using trees = new AsyncDisposableStack();
  const first = trees.use(await Tree.make());
  const passing = await passingRuns(first, options.profiles);
  await Promise.all(Array.from({ length: Math.min(options.lanes, faults.length) }, async (_, i) => {
    const tree = i === 0 ? first : trees.use(await Tree.make());
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      options.onJudged(await judgeOne(tree, fault, index, passing, options));
    }
  }));
}
