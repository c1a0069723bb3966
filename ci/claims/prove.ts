/**
 * Looks for proofs, and holds proofs against the stack as it is.
 *
 * @module
 */
import type { SourceFile } from "../house/source_tree.ts";
import { judgeByHand } from "../mutate/by_hand.ts";
import type { ClaimingScript } from "../mutate/claims.ts";
import type { ClauseIndex } from "../mutate/fault.ts";
import { Lane } from "../mutate/lane.ts";
import type { Mutant } from "../mutate/mutants.ts";
import { IN_A_CIRCLE } from "../mutate/switch.ts";
import { Tree } from "../mutate/tree.ts";
import type { Candidates } from "./candidates.ts";
import type { Claim } from "./claims.ts";
import type { Proof } from "./proofs.ts";

/** What there is to prove with. */
export interface Means {
  readonly files: readonly SourceFile[];
  readonly index: ClauseIndex;
  readonly candidates: Candidates;
  readonly scripts: readonly ClaimingScript[];
  readonly jobs: number;
}

/** What came of a claim. */
export interface Finding {
  readonly claim: Claim;
  /** The fault that proves it; absent where none does. */
  readonly proof?: Proof | undefined;
  /** Why it can't be proven, where more is to be said than that no fault does. */
  readonly why?: string | undefined;
}

/** Clauses that several scripts claim are proven together. */
interface Work {
  readonly clause: string;
  readonly claims: Claim[];
  /** Changes to try, and claims that each is to be tried for. */
  readonly tries: readonly { readonly mutant: Mutant; readonly claims: readonly Claim[] }[];
}

/** A lane with what passes in it, and the changes that each run reaches. */
class Prover {
  #passing = new Map<string, number[]>();
  #reach = new Map<number, Set<number>>();
  readonly found = new Map<Claim, Mutant>();

  private constructor(private lane: Lane, private readonly folder: string) {}

  static async start(folder: string, scripts: ReadonlySet<string>): Promise<Prover> {
    const prover = new Prover(await Lane.start(folder, ["rfc"]), folder);
    const runs = prover.lane.runs.flatMap(({ script }, i) => scripts.has(script) ? [i] : []);
    await prover.lane.obey({ mutant: 0, runs, first: false }, ({ run, verdict, reached }) => {
      if (verdict !== "pass") return;
      const { script } = prover.lane.runs[run]!;
      const own = prover.#passing.get(script);
      if (own === undefined) prover.#passing.set(script, [run]);
      else own.push(run);
      prover.#reach.set(run, new Set(reached));
    });
    return prover;
  }

  /** Whether the script passes on profile `rfc` in some variant. */
  passes(script: string): boolean {
    return this.#passing.has(script);
  }

  /** How many of the scripts at hand reach a change: those that few reach say more. */
  reachOf(mutant: Mutant): number {
    let count = 0;
    for (const reached of this.#reach.values()) if (reached.has(mutant.id)) count++;
    return count;
  }

  #runsOf(claim: Claim, mutant: Mutant, loaded: boolean): number[] {
    const runs = this.#passing.get(claim.script) ?? [];
    return loaded ? runs : runs.filter((run) => this.#reach.get(run)!.has(mutant.id));
  }

  /** Tries one change for some claims, and notes which it proves. */
  async attempt(mutant: Mutant, claims: readonly Claim[]): Promise<void> {
    const isLoaded = this.lane.loaded.includes(mutant.id);
    const byRun = new Map<number, Claim>();
    for (const claim of claims) {
      if (this.found.has(claim)) continue;
      for (const run of this.#runsOf(claim, mutant, isLoaded)) byRun.set(run, claim);
    }
    if (byRun.size === 0) return;
    const lane = isLoaded ? await Lane.start(this.folder, ["rfc"], mutant.id).catch(() => undefined) : this.lane;
    if (lane === undefined) return;
    const noted = (run: number) => this.found.set(byRun.get(run)!, mutant);
    const order = { mutant: mutant.id, runs: [...byRun.keys()], first: false };
    const hung = await lane.obey(order, ({ run, verdict, message }) => {
      // One that throws proves nothing, but for what would never end.
      if (verdict === "fail" || message.includes(IN_A_CIRCLE)) noted(run);
    });
    if (hung !== undefined) noted(hung);
    if (isLoaded) lane.end();
    else if (!this.lane.alive) this.lane = await Lane.start(this.folder, ["rfc"]);
  }

  end(): void {
    this.lane.end();
  }
}

async function attemptAll(prover: Prover, work: Work): Promise<void> {
  const tries = work.tries.map((each) => ({ ...each, reach: prover.reachOf(each.mutant) }));
  tries.sort((a, b) => a.reach - b.reach);
  for (const { mutant, claims } of tries) {
    if (work.claims.every((claim) => prover.found.has(claim))) return;
    await prover.attempt(mutant, claims);
  }
}

/** Numbers of their own, from 1, for all changes that are to be tried. */
function renumbered(mutants: Iterable<Mutant>): Map<Mutant, Mutant> {
  return new Map([...new Set(mutants)].map((mutant, i) => [mutant, { ...mutant, id: i + 1 }]));
}

async function tryMechanically(works: readonly Work[], means: Means): Promise<ReadonlyMap<Claim, Mutant>> {
  const own = renumbered(works.flatMap(({ tries }) => tries.map(({ mutant }) => mutant)));
  const back = new Map([...own].map(([mutant, copy]) => [copy, mutant]));
  await using tree = await Tree.make();
  await tree.instrument(means.files, [...own.values()]);
  const scripts = new Set(works.flatMap(({ claims }) => claims.map(({ script }) => script)));
  const waiting = works.map((work) => ({
    ...work,
    tries: work.tries.map(({ mutant, claims }) => ({ mutant: own.get(mutant)!, claims })),
  }));
  const found = new Map<Claim, Mutant>();
  const lanes = Math.max(1, Math.min(means.jobs, works.length));
  await Promise.all(Array.from({ length: lanes }, async () => {
    const prover = await Prover.start(tree.folder, scripts);
    for (let work = waiting.shift(); work !== undefined; work = waiting.shift()) await attemptAll(prover, work);
    prover.end();
    for (const [claim, mutant] of prover.found) found.set(claim, back.get(mutant)!);
  }));
  return found;
}

async function tryByHand(claims: readonly Claim[], means: Means): Promise<ReadonlyMap<Claim, string>> {
  const found = new Map<Claim, string>();
  const faults = [...new Set(claims.flatMap(({ clause }) => means.candidates.byHand(clause)))];
  if (faults.length === 0) return found;
  await judgeByHand(faults, means.index, {
    scripts: means.scripts,
    profiles: ["rfc"],
    lanes: means.jobs,
    all: true,
    claimsOnly: true,
    onJudged: ({ fault, notices }) => {
      for (const claim of claims) {
        const noticed = notices.some(({ run, verdict }) => run.script === claim.script && verdict !== "error");
        if (noticed && means.candidates.byHand(claim.clause).includes(fault)) found.set(claim, fault.name);
      }
    },
  });
  return found;
}

/** The proofs that are found for `claims`; with `proofs`, only what those say is tried. */
export async function findProofs(
  claims: readonly Claim[],
  means: Means,
  known: (claim: Claim) => Proof | undefined = () => undefined,
): Promise<Finding[]> {
  const { candidates } = means;
  const works = [...Map.groupBy(claims, ({ clause }) => clause)].map(([clause, own]): Work => ({
    clause,
    claims: own,
    tries: triesFor(clause, own, candidates, known),
  })).filter(({ tries }) => tries.length > 0);
  const mechanical = works.length === 0 ? new Map<Claim, Mutant>() : await tryMechanically(works, means);
  const left = claims.filter((claim) => {
    const proof = known(claim);
    return !mechanical.has(claim) && (proof === undefined || "fault" in proof);
  });
  const byHand = await tryByHand(left, means);
  return claims.map((claim): Finding => {
    const mutant = mechanical.get(claim);
    const { clause, hash } = claim;
    if (mutant !== undefined) return { claim, proof: { ...candidates.name(clause, mutant), hash } };
    const fault = byHand.get(claim);
    return fault === undefined ? { claim } : { claim, proof: { fault, hash } };
  });
}

function triesFor(
  clause: string,
  claims: readonly Claim[],
  candidates: Candidates,
  known: (claim: Claim) => Proof | undefined,
): Work["tries"] {
  const tries = new Map<Mutant, Claim[]>();
  const add = (mutant: Mutant, claim: Claim) => {
    const own = tries.get(mutant);
    if (own === undefined) tries.set(mutant, [claim]);
    else own.push(claim);
  };
  for (const claim of claims) {
    const proof = known(claim);
    if (proof === undefined) { for (const mutant of candidates.mechanical(clause)) add(mutant, claim); }
    else if (!("fault" in proof)) {
      const mutant = candidates.find(clause, proof);
      if (mutant !== undefined) add(mutant, claim);
    }
  }
  return [...tries].map(([mutant, own]) => ({ mutant, claims: own }));
}
