/** What scripts say of Ethernet, ARP and messages in words, on the simulated stack: each word that is wrong must fail. */
import { assertEquals, assertMatch } from "@std/assert";
import { resolveScriptConfig } from "../runner/config.ts";
import type { IpVersion } from "../script/syntax.ts";
import { PythonRunner, type RunOutcome, runScript, worldOptions } from "../timeline/mod.ts";
import { SimTarget } from "./sim.ts";

async function run(text: string, ipVersion: IpVersion): Promise<RunOutcome> {
  const { script, config } = resolveScriptConfig("ethernet.pkt", text, ipVersion, true, { definitions: [] });
  const session = await new SimTarget().open(worldOptions(config, script, "/nowhere"));
  const python = new PythonRunner();
  try {
    return await runScript(script, config, session, { virtualTime: true, python, verifyChecksums: true });
  } finally {
    await session.close();
  }
}

/** Passes as it is, and fails with any one of the `changes` made to it. */
function check(
  name: string,
  ipVersion: IpVersion,
  text: string,
  changes: readonly (readonly [string, string])[],
): void {
  Deno.test(`ethernet: ${name}`, async () => {
    const right = await run(text, ipVersion);
    assertEquals([right.verdict, right.message], ["pass", ""]);
    for (const [from, to] of changes) {
      const wrong = await run(text.replace(from, to), ipVersion);
      assertEquals(wrong.verdict, "fail", `${from} -> ${to}`);
    }
  });
}

check(
  "ARP",
  "ipv4",
  `// strict: yes
0 < arp who-has 192.168.0.1 tell 192.168.0.2
+0 > eth 02:00:00:00:00:01 > 02:00:00:00:00:02: arp reply 192.168.0.1 is-at 02:00:00:00:00:01 to 192.168.0.2
`,
  [
    ["who-has 192.168.0.1", "who-has 192.168.0.9"],
    ["reply 192.168.0.1", "reply 192.168.0.9"],
    ["is-at 02:00:00:00:00:01", "is-at 02:00:00:00:00:09"],
    ["to 192.168.0.2", "to 192.168.0.9"],
    ["eth 02:00:00:00:00:01", "eth 02:00:00:00:00:09"],
    ["> 02:00:00:00:00:02:", "> 02:00:00:00:00:09:"],
    ["02:00:00:00:00:02: arp", "02:00:00:00:00:02 vlan 5: arp"],
  ],
);

check(
  "neighbour advertisements",
  "ipv6",
  `// device: tap
0 < fd3d:a0b:17d6::9 > *: nd ns fd3d:a0b:17d6::1 sll 02:00:00:00:00:02
+0 > fd3d:a0b:17d6::1 > fd3d:a0b:17d6::9: nd na fd3d:a0b:17d6::1 solicited override tll 02:00:00:00:00:01
`,
  [
    ["nd na fd3d:a0b:17d6::1", "nd na fd3d:a0b:17d6::2"],
    ["solicited override", "solicited"],
    [" tll 02:00:00:00:00:01", ""],
    ["tll 02:00:00:00:00:01", "tll 02:00:00:00:00:09"],
    ["+0 > fd3d:a0b:17d6::1 >", "+0 > fd3d:a0b:17d6::7 >"],
    ["> fd3d:a0b:17d6::9: nd", "> fd3d:a0b:17d6::7: nd"],
    ["+0 > fd3d", "+0 > [hlim 254] fd3d"],
  ],
);

check(
  "group reports",
  "ipv4",
  `0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 setsockopt(3, SOL_IP, IP_ADD_MEMBERSHIP, "\\xef\\x01\\x02\\x03\\xc0\\xa8\\x00\\x01", 8) = 0
+0 > igmp report to_ex 239.1.2.3
`,
  [
    ["to_ex 239.1.2.3", "to_ex 239.1.2.4"],
    ["to_ex", "to_in"],
    ["to_ex 239.1.2.3", "to_ex 239.1.2.3 192.0.2.1"],
    ["report to_ex", "report_v2"],
    ["> igmp", "> [ttl 2] igmp"],
    ["> igmp", "> [options 00000000] igmp"],
  ],
);

Deno.test("ethernet: an interface that is not there, and Ethernet on a TUN device, are no failures of the stack's", async () => {
  const interfaces = await run("0 eth7 < S 0:0(0) win 1\n", "ipv4");
  assertEquals(interfaces.verdict, "error");
  assertMatch(interfaces.message, /there is no interface eth7: the world has tun0/);
  const tun = await run("// device: tun\n0 < arp who-has 192.168.0.1 tell 192.168.0.2\n", "ipv4");
  assertEquals(tun.verdict, "skip");
});

Deno.test("ethernet: quiet: no shows what the stack does by itself", async () => {
  const script =
    "// device: tap\n// quiet: no\n0~2 > :: > *: nd ns fe80::ff:fe00:1 ...\n+0~+2 > nd rs sll 02:00:00:00:00:01\n";
  assertEquals((await run(script, "ipv6")).verdict, "pass");
  assertEquals((await run(script.replace("quiet: no", "quiet: yes"), "ipv6")).verdict, "fail");
});
