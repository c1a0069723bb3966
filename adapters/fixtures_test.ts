/**
 * Each adapter that was built runs a handful of fixtures through the command line: its worlds open, its calls wait and
 * return, its packets pass, and what its stack lacks is skipped, not failed. The rest is its stack's.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { z } from "zod";
import { ADAPTERS } from "../conformance/matrix/stacks.ts";
import { probeKernel } from "../conformance/targets/kernel/probe.ts";

/** Opens by both sides, calls that wait, data, a close, a ping, datagrams: all three stacks can do these. */
const PASSED = [
  "handshake/active_open.pkt",
  "handshake/active_open_blocking.pkt",
  "data/in_order.pkt",
  "close/active_close.pkt",
  "ip/padding_echo_v4.pkt",
  "reassembly/two_sources.pkt",
];
/** None of the three has urgent data. */
const SKIPPED = ["data/urgent.pkt"];

const resultsSchema = z.object({
  runs: z.array(
    z.object({ script: z.string(), variant: z.string(), verdict: z.string(), message: z.string().optional() }),
  ),
});

async function verdicts(name: string, path: string): Promise<string[]> {
  const results = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const scripts = [...PASSED, ...SKIPPED].map((script) => `fixtures/${script}`);
    await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--cached-only",
        ...["--allow-read", "--allow-write", "--allow-run", "--allow-ffi", "--allow-sys", "--allow-env"],
        "conformance/cli.ts",
        ...scripts,
        ...["--adapter", `${name}=${path}`, "--target", name, "--variant", "ipv4", "--json", results],
      ],
      cwd: new URL("..", import.meta.url),
      stdin: "null",
    }).output();
    const { runs } = resultsSchema.parse(JSON.parse(await Deno.readTextFile(results)));
    return runs.map(({ script, verdict }) => `${script.replace(/^.*fixtures\//, "")} ${verdict}`).sort();
  } finally {
    await Deno.remove(results);
  }
}

for (const [name, path] of Object.entries(ADAPTERS)) {
  const built = await Deno.stat(new URL(`../${path}`, import.meta.url)).then(() => true, () => false);
  Deno.test({
    name: `adapter of ${name}${built ? "" : ` (not built: adapters/build.sh ${name})`}`,
    ignore: !built || !probeKernel().available,
    fn: async () => {
      const expected = [...PASSED.map((script) => `${script} pass`), ...SKIPPED.map((script) => `${script} skip`)];
      assertEquals(await verdicts(name, path), expected.sort());
    },
  });
}
