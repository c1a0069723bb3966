import { assert, assertEquals } from "@std/assert";
import { checkScript } from "../script/check.ts";
import { parseScript } from "../script/mod.ts";
import { runText } from "../run_text.ts";
import { beside, life } from "./_testing.ts";
import type { Text } from "./connection.ts";
import { type Generated, KINDS, lives } from "./generate.ts";
import { keptScript } from "./keep.ts";
import { shrink } from "./shrink.ts";
import { story, summary } from "./tell.ts";
import { compare, write } from "./trial.ts";

const TEXT: Text = {
  kind: "text",
  after_ms: 10,
  length: 1000,
  gap: 0,
  flags: "P.",
  ecn: "noecn",
  stamp_ms: 0,
  urgent: 0,
  stampless: false,
};
const READ = { kind: "read", after_ms: 5, length: 3000, flags: "0" } as const;

Deno.test("trial: each generated life is a script without a fault, and a stack does the same as itself", async () => {
  await beside({}, async (sides) => {
    for (const kind of KINDS) {
      for (const [i, { value }] of lives(kind, 11, 15).entries()) {
        const written = await write(value, `${kind}-${i}.pkt`, sides);
        const script = parseScript(written.script.text, {
          path: "x.pkt",
          ipVersion: "packets" in value ? value.family : value.opening.family,
        });
        assertEquals(checkScript(script).filter(({ severity }) => severity === "error"), [], written.script.text);
        assertEquals(written.own.verdict, "pass", `${written.own.message}\n${written.script.text}`);
        assertEquals((await compare(written, sides, 1)).differences, []);
      }
    }
  });
});

Deno.test("trial: a receiver acknowledges what came, and says what is missing", async () => {
  await beside({}, async (sides) => {
    const write1 = { kind: "write", after_ms: 5, length: 4000, flags: "0" } as const;
    const respond = { kind: "respond", after_ms: 10, lost: 2, every: 99, window: undefined, echo: false } as const;
    const { script } = await write(life([write1, respond]), "x.pkt", sides);
    const last = script.text.split("\n").filter((line) => line.includes("<")).at(-1)!;
    assertEquals(last.trim(), "0.025 < . 1:1(0) ack 1461 win 257 <nop,nop,sack 2921:4001>");
  });
});

Deno.test("trial: a fault is found, told, shrunk to what shows it, and kept as a script that passes where it is right", async () => {
  await beside({ "net.ipv4.tcp_dsack": 0 }, async (sides) => {
    const acts = [TEXT, READ, { ...TEXT, gap: -500 }, TEXT, { kind: "close", after_ms: 3 } as const];
    const found = await compare(await write(life(acts), "x.pkt", sides), sides, 1);
    assertEquals(found.differences[0]?.kind, "ACK: tcp_options");
    assertEquals(found.differences[0]?.fields, [["tcp_options", "", "nop,nop,sack 501:1001"]]);
    assert(summary("these", [found]).startsWith("these: 0 of 1 identical (0.0 %)\n    1  ACK: tcp_options"));
    assert(story(found, ["other", "own"]).includes("tcp_options: , nop,nop,sack 501:1001"));
    const small = await shrink(fewer(acts), found, sides, { jobs: 4, rounds: 20 });
    const { life: left } = small.written;
    assertEquals("acts" in left ? left.acts.map(({ kind }) => kind) : left, ["text"]);
    const kept = keptScript(small);
    assertEquals((await runText(kept, { target: sides.reference, strict: true })).message, "");
    assertEquals((await runText(kept, { target: sides.own })).verdict, "fail");
  });
});

/** A life whose simpler ones lack one act. */
function fewer(acts: ReturnType<typeof life>["acts"]): Generated<ReturnType<typeof life>> {
  return {
    value: life(acts),
    simpler: () => acts.map((_, i) => fewer(acts.filter((_, j) => j !== i))),
  };
}
