/**
 * Names of files about a run.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Of a script's path, octets in the names of its captures: names of files have 255 at most. */
const MAX_STEM = 200;

/** What captures of a script are called by its path: its end, and what is no letter or number becomes `_`. */
function stemOf(script: string): string {
  const stem = script.replace(/^(\.{0,2}\/)+/, "").replace(/[^\p{L}\p{M}\p{N}.-]+/gu, "_");
  const octets = encoder.encode(stem);
  // What stood in the middle of a character is taken away with it.
  return new TextDecoder().decode(octets.subarray(Math.max(0, octets.length - MAX_STEM))).replace(/^\ufffd+/, "");
}

/** What captures of each script are called, so that no two scripts share a name (`a/b.pkt` and `a_b.pkt` would). */
export function captureStems(scripts: Iterable<string>): ReadonlyMap<string, string> {
  const stems = new Map<string, string>();
  const taken = new Set<string>();
  for (const script of scripts) {
    if (stems.has(script)) continue;
    const stem = stemOf(script);
    let own = stem;
    for (let n = 2; taken.has(own.toLowerCase()); n++) own = `${stem}~${n}`;
    // Some file systems tell no capitals.
    taken.add(own.toLowerCase());
    stems.set(script, own);
  }
  return stems;
}

/** The file name for a run of a script whose files are called `stem`. */
export function fileName(
  { script, variant, target }: { readonly script: string; readonly variant: string; readonly target: string },
  extension: string,
  stem: string = stemOf(script),
): string {
  return `${stem}.${variant}.${target}.${extension}`;
}
