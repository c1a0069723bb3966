import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { SourceFile } from "../house/source_tree.ts";
import { instrument, plantMutant } from "./instrument.ts";
import { mutantsOf } from "./mutants.ts";

const TEXT = `/** A file. */
import { join } from "node:path";
export function f(a: number, b: number, out: string[]): string {
  if (a < b && a !== 3) { // not three
    out.push("less");
    return join("x", \`\${a + 1}\`);
  } else out.push("more");
  const flags = { on: true, many: a > 2 ? 5 : 6 };
  for (const i of [1, 2, 3]) {
    if (i === a) continue;
    out.push(String(i));
  }
  return JSON.stringify(flags);
}
`;

Deno.test("instrument: with a switch on, the copy does what the file with that change does", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = new SourceFile("stack/x.ts", TEXT);
    const mutants = mutantsOf([file]);
    assert(mutants.length > 20, `${mutants.length}`);
    const copy = instrument(file, mutants, "./switch.ts");
    assertEquals(copy.split("\n").length, TEXT.split("\n").length, "lines keep their numbers");
    await Deno.writeTextFile(join(folder, "x.ts"), copy);
    await Deno.copyFile(new URL("./switch.ts", import.meta.url), join(folder, "switch.ts"));
    await Deno.writeTextFile(join(folder, "plain.ts"), TEXT);
    const { mutantSwitch } = await import(`file://${folder}/switch.ts`);
    const all = await import(`file://${folder}/x.ts`);
    const plain = await import(`file://${folder}/plain.ts`);
    const outcome = (module: typeof all) =>
      JSON.stringify([[1, 2], [2, 1], [3, 4], [2, 2], [4, 2]].map(([a, b]) => {
        const out: string[] = [];
        return [module.f(a, b, out), out];
      }));
    assertEquals(outcome(all), outcome(plain));
    assertEquals(mutantSwitch.reached.length, mutants.length, "every change is reached");
    let changed = 0;
    for (const mutant of mutants) {
      const path = join(folder, `m${mutant.id}.ts`);
      await Deno.writeTextFile(path, plantMutant(TEXT, mutant));
      mutantSwitch.turn(mutant.id);
      const switched = outcome(all);
      mutantSwitch.turn(0);
      assertEquals(switched, outcome(await import(`file://${path}`)), `${mutant.text} → ${mutant.replacement}`);
      if (switched !== outcome(plain)) changed++;
    }
    assert(changed > 15, `${changed}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("instrument: a file without mutants stays as it is", () => {
  assertEquals(instrument(new SourceFile("stack/x.ts", TEXT), [], "./switch.ts"), TEXT);
});
