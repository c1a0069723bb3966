/**
 * Many mutants, each held against the scripts that reach its code.
 *
 * @module
 */
import { Lane, type RunAnswer } from "./lane.ts";
import type { Mutant } from "./mutants.ts";
import type { RunName } from "./protocol.ts";

/** A run that noticed a mutant. */
export interface Notice {
  readonly run: RunName;
  /** Line of the script; absent where the run ended without one. */
  readonly line?: number | undefined;
  /** `error`: the stack threw; `hung`: it never ended. */
  readonly verdict: "fail" | "error" | "hung";
}

/** What became of a mutant. */
export interface Judged {
  readonly mutant: Mutant;
  /** `unreached`: no script comes to its code. */
  readonly outcome: "killed" | "survived" | "unreached";
  /** Runs that noticed, in the order in which they ran. */
  readonly notices: readonly Notice[];
  /** How many runs were held against it. */
  readonly tried: number;
}

/** How a campaign goes about it. */
export interface CampaignOptions {
  /** Clauses that each script names, by its path: those scripts run first. */
  readonly claims: ReadonlyMap<string, ReadonlySet<string>>;
  /** Profiles to run scripts on, in their order. */
  readonly profiles: readonly string[];
  /** Processes at once. */
  readonly lanes: number;
  /** Hold all runs against each mutant that reach it, not only until one notices. */
  readonly all: boolean;
  /** Hold only scripts that name one of its clauses against a mutant. */
  readonly claimsOnly: boolean;
  /** Is told of each as it comes. */
  readonly onJudged: (judged: Judged) => void;
}

/** The scripts on the stack as it is. */
interface Clean {
  readonly runs: readonly RunName[];
  /** Runs that pass, by index; others say nothing of a mutant. */
  readonly passing: readonly number[];
  /** Runs that reach each mutant. */
  readonly reaching: ReadonlyMap<number, readonly number[]>;
  /** Mutants of what modules compute when they are loaded. */
  readonly loaded: ReadonlySet<number>;
}

/** Runs everything on the stack as it is. */
async function runClean(lane: Lane): Promise<Clean> {
  const passing: number[] = [];
  const reaching = new Map<number, number[]>();
  const hung = await lane.obey({ mutant: 0, runs: lane.runs.map((_, i) => i), first: false }, (said) => {
    if (said.verdict !== "pass") return;
    passing.push(said.run);
    for (const id of said.reached ?? []) {
      const there = reaching.get(id);
      if (there === undefined) reaching.set(id, [said.run]);
      else there.push(said.run);
    }
  });
  if (hung !== undefined) {
    throw new Error(`${lane.runs[hung]?.script} does not end on the stack as it is: mutants can't be judged`);
  }
  return { runs: lane.runs, passing, reaching, loaded: new Set(lane.loaded) };
}

/** The lanes of a campaign, which take mutants from one list. */
class Campaign {
  readonly #kills = new Map<number, number>();

  constructor(
    private readonly folder: string,
    private readonly clean: Clean,
    private readonly options: CampaignOptions,
  ) {}

  /** Runs to hold against a mutant: of scripts that name its clauses, and others, what noticed most so far first. */
  #runsFor(mutant: Mutant): { readonly naming: number[]; readonly others: number[] } {
    const { clean, options } = this;
    const runs = clean.loaded.has(mutant.id) ? clean.passing : clean.reaching.get(mutant.id) ?? [];
    const names = (index: number) => {
      const claimed = options.claims.get(clean.runs[index]!.script);
      return claimed !== undefined && mutant.clauses.some((clause) => claimed.has(clause));
    };
    const naming = runs.filter(names);
    const kills = (index: number) => this.#kills.get(index) ?? 0;
    const others = options.claimsOnly ? [] : runs.filter((index) => !names(index)).sort((a, b) => kills(b) - kills(a));
    return { naming, others };
  }

  async #obey(lane: Lane, mutant: Mutant, runs: readonly number[], first: boolean, notices: Notice[]): Promise<Lane> {
    const note = ({ run, line, verdict }: RunAnswer) => {
      if (verdict !== "fail" && verdict !== "error") return;
      this.#kills.set(run, (this.#kills.get(run) ?? 0) + 1);
      notices.push({ run: this.clean.runs[run]!, verdict, ...(line === undefined ? {} : { line }) });
    };
    const left = [...runs];
    let current = lane;
    while (left.length > 0) {
      const hung = await current.obey({ mutant: mutant.id, runs: left, first }, note);
      if (hung === undefined) break;
      notices.push({ run: this.clean.runs[hung]!, verdict: "hung" });
      current = await Lane.start(this.folder, this.options.profiles, this.clean.loaded.has(mutant.id) ? mutant.id : 0);
      // One that hangs has been noticed: the others would each take as long.
      break;
    }
    return current;
  }

  /** Judges a mutant in `lane`, and returns the lane to go on with. */
  async judge(lane: Lane, mutant: Mutant): Promise<Lane> {
    const { all, onJudged } = this.options;
    const { naming, others } = this.#runsFor(mutant);
    if (naming.length + others.length === 0) {
      onJudged({ mutant, outcome: "unreached", notices: [], tried: 0 });
      return lane;
    }
    const notices: Notice[] = [];
    const isLoaded = this.clean.loaded.has(mutant.id);
    let own = isLoaded ? await Lane.start(this.folder, this.options.profiles, mutant.id).catch(() => undefined) : lane;
    if (own === undefined) notices.push({ run: this.clean.runs[0]!, verdict: "error" });
    else {
      own = await this.#obey(own, mutant, naming, false, notices);
      if (all || notices.length === 0) own = await this.#obey(own, mutant, others, !all, notices);
    }
    const outcome = notices.length > 0 ? "killed" : "survived";
    onJudged({ mutant, outcome, notices, tried: naming.length + others.length });
    if (!isLoaded) return own!;
    own?.end();
    return lane;
  }
}

/** Judges `mutants`, which are in the copy at `folder`. Returns the runs that pass on the stack as it is. */
export async function runCampaign(
  folder: string,
  mutants: readonly Mutant[],
  options: CampaignOptions,
): Promise<readonly RunName[]> {
  const first = await Lane.start(folder, options.profiles);
  const clean = await runClean(first);
  const campaign = new Campaign(folder, clean, options);
  const waiting = [...mutants];
  await Promise.all(Array.from({ length: Math.max(1, options.lanes) }, async (_, i) => {
    let lane = i === 0 ? first : await Lane.start(folder, options.profiles);
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      lane = await campaign.judge(lane, mutant);
    }
    lane.end();
  }));
  return clean.passing.map((index) => clean.runs[index]!);
}
