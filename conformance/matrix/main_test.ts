/** The task as users run it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const PERMISSIONS = ["--allow-read", "--allow-write", "--allow-run", "--allow-env"];
const SCRIPT = `// requires: RFC768-fields-length
0   socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0  bind(3, ..., ...) = 0
+0  connect(3, ..., ...) = 0
+0  write(3, ..., 8) = 8
+0  > udp (8)
`;
const matrixSchema = z.object({
  stacks: z.array(z.object({ name: z.string() })),
  clauses: z.array(z.object({ id: z.string(), states: z.record(z.string(), z.string()) })),
});

async function run(folder: string, args: readonly string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", ...PERMISSIONS, MAIN, ...args],
    cwd: folder,
    stdin: "null",
    env: { NO_COLOR: "1" },
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("matrix: runs the scripts on each stack, and puts columns of other runs together", async () => {
  const folder = await Deno.makeTempDir({ prefix: "netproof-matrix-" });
  try {
    await Deno.writeTextFile(`${folder}/good.pkt`, SCRIPT);
    await Deno.writeTextFile(`${folder}/bad.pkt`, SCRIPT.replace("> udp (8)", "> udp (9)"));
    const first = await run(folder, [".", "--stacks", "rfc,sim", "--out", "out"]);
    assertEquals(first.code, 1, first.text);
    assertStringIncludes(first.text, "rfc      1 pass, 1 fail (");
    assertStringIncludes(
      await Deno.readTextFile(`${folder}/out/matrix.md`),
      "RFC768-fields-length (Fields): Length counts header and data, minimum 8 | MUST | **fail** | **fail** | ",
    );
    const again = await run(folder, ["--results", "out/rfc.json", "--results", "out/sim.json", "--out", "again"]);
    assertEquals(again.code, 1, again.text);
    const matrix = matrixSchema.parse(JSON.parse(await Deno.readTextFile(`${folder}/again/matrix.json`)));
    assertEquals(matrix.stacks.map(({ name }) => name), ["rfc", "sim"]);
    assertEquals(matrix.clauses, [{ id: "RFC768-fields-length", states: { rfc: "fail", sim: "fail" } }]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("matrix: what can't be used is said in words", async () => {
  const folder = await Deno.makeTempDir({ prefix: "netproof-matrix-" });
  try {
    await Deno.writeTextFile(`${folder}/none.json`, "[]");
    const results = await run(folder, ["--results", "none.json"]);
    assertEquals([results.code, results.text.includes("none.json: not a results document")], [2, true], results.text);
    const gone = await run(folder, ["--results", "gone.json"]);
    assertEquals([gone.code, gone.text.includes("gone.json: ")], [2, true], gone.text);
    const stack = await run(folder, ["--stacks", "uip"]);
    assertEquals([stack.code, stack.text.includes("'uip' is no stack of the matrix")], [2, true], stack.text);
    // A stack that can't be run is left out with the reason, the others are not.
    const left = await run(folder, ["missing", "--stacks", "sim"]);
    assertEquals([left.code, left.text.includes("missing: no such file or folder")], [2, true], left.text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
