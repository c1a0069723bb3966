/** Wildcards, sets and named options: each lets through what it says, and nothing else. */
import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { replay } from "./_fake_session.ts";

const SYN = "0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 700 ecr 0,nop,wscale 7>\n";
const LIVE = "mss 1460,sackOK,TS val 100 ecr 700,nop,wscale 8";

/** What comes of expecting `<options>` of a SYN-ACK that has `live`; "" is a pass. */
async function verdict(options: string, live = LIVE): Promise<string> {
  const outcome = await replay(`${SYN}+0 > S. 0:0(0) ack 1 <${options}>\n`, {
    packets: [`0 > S. 0:0(0) ack 1 win 65535 <${live}>`],
  });
  if (outcome.verdict !== "pass") assertEquals(outcome.verdict, "fail", outcome.message);
  return outcome.message;
}

const WILDCARDS: readonly [options: string, differs: string][] = [
  ["mss *,sackOK,TS val 100 ecr 700,nop,wscale 8", "nop,nop,nop,nop,sackOK,TS val 100 ecr 700,nop,wscale 8"],
  ["mss 1460,sackOK,TS val 100 ecr 700,nop,wscale *", LIVE.replace("mss 1460", "mss 1461")],
  ["mss 1460,sackOK,TS val * ecr 700,nop,wscale 8", LIVE.replace("ecr 700", "ecr 701")],
  ["mss 1460,sackOK,TS val * ecr *,nop,wscale 8", LIVE.replace("wscale 8", "wscale 9")],
  ["mss 1460,...", LIVE.replace("mss 1460", "mss 1461")],
  ["mss 1460,sackOK,...", LIVE.replace("sackOK", "nop,nop")],
  ["{wscale 8,mss 1460,sackOK,TS val 100 ecr 700}", LIVE.replace("wscale 8", "wscale 9")],
  ["{wscale *,TS val * ecr 700,mss *,sackOK}", LIVE.replace("ecr 700", "ecr 701")],
  ["{wscale 8,mss 1460,sackOK,TS val * ecr *}", LIVE.replace("sackOK", "nop,nop")],
  ["{wscale 8,mss 1460,...}", LIVE.replace("nop,wscale 8", "nop,nop,nop,nop")],
  ["{wscale 8,mss 1460,sackOK}", LIVE],
];

for (const [options, differs] of WILDCARDS) {
  Deno.test(`<${options}> takes what it says and refuses <${differs}>`, async () => {
    if (differs !== LIVE) assertEquals(await verdict(options), "");
    assert((await verdict(options, differs)) !== "");
  });
}

/** Options with values of any length, those named by this project, and live ones that differ in one thing. */
const OTHERS: readonly [expected: string, comes: string, differs: readonly string[]][] = [
  ["FO *,...", "FO abcdef01,nop,nop", ["FOEXP abcdef01", "mss 5"]],
  ["FOEXP *", "FOEXP abcdef01", ["FO abcdef010203", "opt 254 abcd01020304"]],
  ["md5 *,nop,nop", "md5 000102030405060708090a0b0c0d0e0f,nop,nop", [
    "opt 18 000102030405060708090a0b0c0d0e0f,nop,nop",
  ]],
  ["ECN e0b * ceb 2 e1b *,nop", "ECN e0b 1 ceb 2 e1b 3,nop", [
    "ECN e0b 1 ceb 3 e1b 3,nop",
    "ECN e1b 1 ceb 2 e0b 3,nop",
  ]],
  ["opt 30 *,...", "opt 30 0081", ["opt 31 0081"]],
  ["AO keyid 1 rnextkeyid 2 mac *", "AO keyid 1 rnextkeyid 2 mac 0011223344556677", [
    "AO keyid 2 rnextkeyid 2 mac 0011223344556677",
    "AO keyid 1 rnextkeyid 1 mac 0011223344556677",
  ]],
  ["AO keyid * rnextkeyid * mac 00112233", "AO keyid 9 rnextkeyid 8 mac 00112233", [
    "AO keyid 9 rnextkeyid 8 mac 00112234",
    "AO keyid 9 rnextkeyid 8 mac 0011223344556677",
  ]],
];

for (const [expected, comes, differs] of OTHERS) {
  Deno.test(`<${expected}> takes <${comes}> and nothing else`, async () => {
    assertEquals(await verdict(expected, comes), "");
    for (const other of differs) assert((await verdict(expected, other)) !== "", other);
  });
}

Deno.test("SACK edges may be left open one by one", async () => {
  const open = "0 < S 0:0(0) win 1000\n+0 > S. 0:0(0) ack 1\n+0 < . 1:1(0) ack 1 win 1000\n";
  const sack = async (blocks: string, live: string) =>
    (await replay(`${open}+0 > . 1:1(0) ack 1 <nop,nop,sack ${blocks}>\n`, {
      packets: ["0 > S. 0:0(0) ack 1 win 1", `0 > . 1:1(0) ack 1 win 1 <nop,nop,sack ${live}>`],
    })).verdict;
  for (const blocks of ["*", "1001:*", "*:2001", "*:*", "1001:2001"]) {
    assertEquals(await sack(blocks, "1001:2001"), "pass", blocks);
  }
  for (const blocks of ["1002:*", "*:2002", "*:* *:*", "1001:2002"]) {
    assertEquals(await sack(blocks, "1001:2001"), "fail", blocks);
  }
  assertEquals(await sack("*", "1001:2001 3001:4001"), "pass");
  assertEquals(await sack("*:*", "1001:2001 3001:4001"), "fail");
});

const OPTION = fc.constantFrom(
  "mss 1460",
  "mss 536",
  "wscale 8",
  "wscale 0",
  "sackOK",
  "opt 30 0081",
  "opt 30 00",
  "opt 77 01",
);

/** A list without padding, filled up to a multiple of 4. */
function padded(options: readonly string[]): string {
  const length = options.reduce((sum, option) => sum + lengthOf(option), 0);
  return [...options, ...Array.from({ length: (4 - length % 4) % 4 }, () => "nop")].join(",");
}

function lengthOf(option: string): number {
  const [name = "", , data] = option.split(" ");
  return { mss: 4, wscale: 3, sackOK: 2 }[name] ?? 2 + (data?.length ?? 0) / 2;
}

const anyValue = (option: string) => option.replace(/^(mss|wscale) \d+/, "$1 *").replace(/^(opt \d+) .*/, "$1 *");

Deno.test("a set matches just the permutations of its options; wildcards match what they replace", async () => {
  const list = fc.array(OPTION, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(list, list, fc.nat(), async (expected, other, seed) => {
      const shuffled = expected.map((option, i) => ({ option, key: (seed * (i + 7919)) % 104729 }))
        .sort((a, b) => a.key - b.key).map(({ option }) => option);
      assertEquals(await verdict(`{${expected.join(",")}}`, padded(shuffled)), "");
      assertEquals(await verdict(`{${expected.map(anyValue).join(",")}}`, padded(shuffled)), "");
      assertEquals(await verdict(`${shuffled.map(anyValue).join(",")},...`, padded(shuffled)), "");
      const same = JSON.stringify([...expected].sort()) === JSON.stringify([...other].sort());
      assertEquals((await verdict(`{${expected.join(",")}}`, padded(other))) === "", same);
      const kinds = (options: readonly string[]) => options.map(anyValue).sort().join();
      assertEquals(
        (await verdict(`{${expected.map(anyValue).join(",")}}`, padded(other))) === "",
        kinds(expected) === kinds(other),
      );
    }),
    { numRuns: 200, seed: 20261128 },
  );
});
