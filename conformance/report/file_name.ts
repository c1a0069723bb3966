/**
 * Names of files about a run.
 *
 * @module
 */

/** The file name for a run: path separators and blanks become `_`. */
export function fileName(
  { script, variant, target }: { readonly script: string; readonly variant: string; readonly target: string },
  extension: string,
): string {
  return `${script.replace(/^(\.{0,2}\/)+/, "").replace(/[^A-Za-z0-9.-]+/g, "_")}.${variant}.${target}.${extension}`;
}
