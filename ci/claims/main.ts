/**
 * `deno task check:claims`: every claim of a script to show a clause has a proof, a fault in the code that carries the
 * clause under which the script fails.
 *
 * @module
 */
import { Command } from "commander";
import { availableParallelism } from "node:os";
import { Catalogue, loadCatalogue } from "../../conformance/requirements/catalogue.ts";
import { claimingScripts } from "../mutate/claims.ts";
import { ClauseIndex } from "../mutate/fault.ts";
import { FAULTS } from "../mutate/faults.ts";
import { stackSources } from "../mutate/main.ts";
import { mutantsOf } from "../mutate/mutants.ts";
import { Candidates } from "./candidates.ts";
import { allClaims, type Claim, compareCounts, countByFolder, standingsOf, strayEntries } from "./claims.ts";
import { type ByClaim, parseAllowance, parseProofs, parseReasons, type Proof, renderProofs } from "./proofs.ts";
import { findProofs, type Means } from "./prove.ts";

const PROOFS = new URL("./proofs.json", import.meta.url);
const REASONS = new URL("./reasons.json", import.meta.url);
const ALLOWANCE = new URL("./allowance.json", import.meta.url);

interface Options {
  readonly all: boolean;
  readonly update: boolean;
  readonly list: boolean;
  readonly jobs: string;
}

function program(): Command {
  return new Command("deno task check:claims")
    .description(
      "Every clause that a fixture names is to be proven: by a fault in the code that carries the clause, under which the\n" +
        "fixture fails on profile rfc. Proofs whose script or code changed are run again.\n" +
        "Exit status: 0 all is proven but what is allowed, 1 some is not.",
    )
    .option("--all", "run every proof again", false)
    .option("--update", "look for proofs of what has none, and write what was found", false)
    .option("--list", "name the claims without a proof", false)
    .option("--jobs <n>", "processes at once", String(Math.min(availableParallelism(), 8)));
}

/** Ids that code or scripts name and the catalogue does not have. */
function unknownIds(catalogue: Catalogue, index: ClauseIndex, claims: readonly Claim[]): string[] {
  const unknown = (ids: readonly string[]) => ids.filter((id) => catalogue.find(id) === undefined);
  return [
    ...unknown(index.clauses).map((id) => `${index.regions(id)[0]!.path}: ${id} is not in the catalogue`),
    ...claims.filter(({ clause }) => catalogue.find(clause) === undefined).map(({ script, clause }) =>
      `${script}: ${clause} is not in the catalogue`
    ),
  ];
}

type Changeable = Record<string, Record<string, Proof>>;

function copyOf(proofs: ByClaim<Proof>): Changeable {
  return Object.fromEntries(Object.entries(proofs).map(([script, own]) => [script, { ...own }]));
}

/** What is wrong, and the proofs as they should be. */
async function check(options: Options): Promise<{ readonly complaints: string[]; readonly proofs: Changeable }> {
  const files = stackSources();
  const index = new ClauseIndex(files);
  const scripts = claimingScripts();
  const claims = allClaims(scripts, index);
  const proofs = copyOf(parseProofs("ci/claims/proofs.json", Deno.readTextFileSync(PROOFS)));
  const reasons = parseReasons("ci/claims/reasons.json", Deno.readTextFileSync(REASONS));
  const allowance = parseAllowance("ci/claims/allowance.json", Deno.readTextFileSync(ALLOWANCE));
  const complaints = unknownIds(await loadCatalogue(), index, claims);
  const strays = strayEntries(claims, proofs, "proofs.json");
  complaints.push(...strayEntries(claims, reasons, "reasons.json"), ...(options.update ? [] : strays));
  const means: Means = {
    files,
    index,
    scripts,
    candidates: new Candidates(mutantsOf(files, ({ clauses }) => clauses.length > 0), FAULTS, index),
    jobs: Math.max(1, Math.floor(Number(options.jobs)) || 1),
  };
  const before = standingsOf(claims, index, proofs, reasons);
  const again = [...before.stale, ...(options.all ? before.proven : [])];
  const findings = await findProofs(again, means, ({ script, clause }) => proofs[script]?.[clause]);
  const broken = findings.filter(({ proof }) => proof === undefined).map(({ claim }) => claim);
  for (const { claim: { script, clause }, proof } of findings) if (proof !== undefined) proofs[script]![clause] = proof;
  if (again.length > 0) console.log(`${again.length} proofs run again, ${again.length - broken.length} hold`);
  if (options.update) {
    for (const { script, clause } of broken) delete proofs[script]![clause];
    for (const { proof, claim: { script, clause } } of await findProofs([...before.unproven, ...broken], means)) {
      if (proof !== undefined) (proofs[script] ??= {})[clause] = proof;
    }
    const known = new Set(claims.map(({ script, clause }) => `${script} ${clause}`));
    for (const [script, own] of Object.entries(proofs)) {
      for (const clause of Object.keys(own)) if (!known.has(`${script} ${clause}`)) delete own[clause];
    }
  } else {
    complaints.push(
      ...broken.map(({ script, clause }) =>
        `${script}: the proof that it shows ${clause} no longer holds: \`deno task check:claims --update\` looks for another`
      ),
    );
  }
  const after = standingsOf(claims, index, proofs, reasons);
  const without = [...after.unproven, ...after.uncarried];
  const { tooMany, spare } = compareCounts(countByFolder(without), allowance);
  complaints.push(...tooMany);
  if (options.update) writeAllowance(countByFolder(without), allowance);
  else complaints.push(...spare);
  if (options.list) {
    for (const { script, clause } of after.unproven) {
      console.log(`${script}: no fault in the code of ${clause} fails it`);
    }
    for (const { script, clause } of after.uncarried) console.log(`${script}: no code carries ${clause}`);
  }
  const proven = after.proven.length + (options.update ? 0 : again.length - broken.length);
  console.log(
    `${claims.length} claims: ${proven} proven, ${after.reasoned.length} with a reason, ` +
      `${after.unproven.length} without a proof, ${after.uncarried.length} of clauses that no code carries`,
  );
  return { complaints, proofs };
}

/** Writes the counts where they shrank. */
function writeAllowance(counts: Readonly<Record<string, number>>, allowed: Readonly<Record<string, number>>): void {
  const unproven: Record<string, number> = {};
  for (const folder of Object.keys(allowed).sort()) {
    const least = Math.min(counts[folder] ?? 0, allowed[folder]!);
    if (least > 0) unproven[folder] = least;
  }
  Deno.writeTextFileSync(ALLOWANCE, JSON.stringify({ schema: 1, unproven }, undefined, 2) + "\n");
}

async function main(args: readonly string[]): Promise<number> {
  const options = program().parse([...args], { from: "user" }).opts<Options>();
  try {
    const { complaints, proofs } = await check(options);
    if (options.update) Deno.writeTextFileSync(PROOFS, renderProofs(proofs));
    for (const complaint of complaints) console.error(complaint);
    return complaints.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
