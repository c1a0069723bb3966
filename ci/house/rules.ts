/**
 * All rules together.
 *
 * @module
 */
import { ambientUses, foreignLibraries } from "./ambient.ts";
import type { Breach } from "./breach.ts";
import { importCircles } from "./circles.ts";
import { crossedBorders, upwardImports } from "./floors.ts";
import { rawOffsets } from "./offsets.ts";
import { largeObjects, longFiles, longFunctions } from "./sizes.ts";
import type { SourceFile } from "./source_tree.ts";
import { moduleState } from "./state.ts";

const CHECKS = [
  crossedBorders,
  upwardImports,
  importCircles,
  moduleState,
  ambientUses,
  foreignLibraries,
  rawOffsets,
  longFiles,
  longFunctions,
  largeObjects,
] as const;

/** Every place of the tree where a rule does not hold. The new TCP has the exceptions of the place that it is going to. */
export function allBreaches(files: readonly SourceFile[]): Breach[] {
  const breaches = CHECKS.flatMap((check) => check(files));
  return breaches.map((breach) => ({ ...breach, subject: breach.subject.replace("stack/tcp_new/", "stack/tcp/") }));
}
