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
import { boundToRuntime } from "./portable.ts";
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
  boundToRuntime,
  rawOffsets,
  longFiles,
  longFunctions,
  largeObjects,
] as const;

/** Every place of the tree where a rule does not hold. */
export function allBreaches(files: readonly SourceFile[]): Breach[] {
  return CHECKS.flatMap((check) => check(files));
}
