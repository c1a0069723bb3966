import { assertEquals, assertStringIncludes } from "@std/assert";
import { needing } from "../../host/test_support.ts";
import { runText } from "../run_text.ts";
import { pkt } from "../script/pkt.ts";
import { conversation, pcap } from "./_testing.ts";

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const status = await pkt(args, { out: (text) => void (out += text), err: (text) => void (err += text) });
  return { status, out, err };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const REFUSED = pcap(conversation(["0 > S 0", "0.3 < R. 0 1"]));

Deno.test("pkt record: a script on standard output or in a file, what is not told on standard error", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.pcap`, REFUSED);
    const told = await run("record", `${folder}/a.pcap`, "--local", "10.0.0.1", "--title", "Nobody is there");
    assertEquals([told.status, told.err], [0, ""]);
    assertStringIncludes(told.out, "// title: Nobody is there\n");
    assertStringIncludes(told.out, "// Recorded from a.pcap: 10.0.0.1:43210");
    const filed = await run("record", `${folder}/a.pcap`, "--local", "10.0.0.1", "-o", `${folder}/a.pkt`);
    assertEquals([filed.status, filed.out], [0, ""]);
    assertEquals((await run("check", `${folder}/a.pkt`)).status, 0);
    assertEquals((await run("fmt", "--check", `${folder}/a.pkt`)).status, 0);
    const three = conversation(["0 > S 0", "20 < S. 0 1", "20.1 > . 1 1", "30 > F. 1 1"]);
    await Deno.writeFile(`${folder}/b.pcap`, pcap(three));
    const doubtful = await run("record", `${folder}/b.pcap`, "--local", "10.0.0.1");
    assertStringIncludes(doubtful.err, "not told by the capture:\n  - whether the program closed the connection");
  });
});

Deno.test("pkt record: what is wrong, and the status", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/a.pcap`;
    await Deno.writeFile(file, REFUSED.subarray(0, -3));
    const damaged = await run("record", file, "--local", "10.0.0.1");
    assertEquals([damaged.status, damaged.out], [1, ""]);
    assertStringIncludes(damaged.err, `error: ${file}: at octet 96 (0x60): a packet is cut short`);
    await Deno.writeFile(file, REFUSED);
    assertStringIncludes((await run("record", file)).err, "say it: --local ADDRESS, or ADDRESS:PORT");
    assertStringIncludes((await run("record", `${folder}/none.pcap`)).err, "cannot read");
    assertStringIncludes((await run("record", folder)).err, "it is a folder");
    for (
      const args of [
        [],
        [file, file],
        [file, "--local", "nowhere"],
        [file, "--connection", "0"],
        [file, "--peer", "true"],
        [file, "--impair", "lost=1%"],
      ]
    ) assertEquals((await run("record", ...args)).status, 2, args.join(" "));
    const unwritable = await run("record", file, "--local", "10.0.0.1", "-o", `${folder}/no/such`);
    assertEquals(unwritable.status, 2);
    assertStringIncludes(unwritable.err, `cannot write ${folder}/no/such`);
  });
});

const CONNECT = `try { await Deno.connect({ hostname: "10.77.0.2", port: 9 }) } catch { Deno.exit(7) }`;

needing(
  { privilege: "tun" },
  "pkt record --live: a refused connection of a program, which our stack repeats",
  async () => {
    await inFolder(async (folder) => {
      const live = await run(
        "record",
        "--live",
        "--impair",
        "delay=5ms",
        "--save",
        `${folder}/kept.pcapng`,
        "-o",
        `${folder}/live.pkt`,
        "--",
        Deno.execPath(),
        "eval",
        CONNECT,
      );
      assertEquals(live.status, 0, live.err);
      assertStringIncludes(live.err, "ended with status 7");
      const text = await Deno.readTextFile(`${folder}/live.pkt`);
      assertStringIncludes(text, "connect(3, ..., ...) = -1 ECONNREFUSED (Connection refused)");
      const played = await runText(text);
      assertEquals([played.verdict, played.message], ["pass", ""]);
      const again = await run("record", `${folder}/kept.pcapng`, "--local", "10.77.0.1");
      assertEquals(
        again.out.replace(/Recorded from [^:]*/, ""),
        text.replace(/Recorded from [^:]*/, ""),
      );
    });
  },
);

const SERVE = `const listener = Deno.listen({ hostname: "::", port: 8000 });
for await (const connection of listener) {
  await connection.read(new Uint8Array(10));
  await connection.write(new Uint8Array(5000));
  connection.close();
}`;
const FETCH = `const connection = await Deno.connect({ hostname: "fd77::1", port: 8000 });
await connection.write(new Uint8Array(10));
for (const room = new Uint8Array(9000); await connection.read(room) !== null;);
connection.close();`;

needing({ privilege: "tun" }, "pkt record --live --serve: a server's side of a connection over IPv6", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/fetch.ts`, FETCH);
    const peer = `'${Deno.execPath()}' run --allow-net '${folder}/fetch.ts'`;
    const live = await run(
      ...["record", "--live", "--serve", "--impair", "delay=10ms", "--peer", peer, "-o", `${folder}/live.pkt`],
      ...["--", Deno.execPath(), "eval", SERVE],
    );
    assertEquals(live.status, 0, live.err);
    const text = await Deno.readTextFile(`${folder}/live.pkt`);
    assertStringIncludes(text, "// variants: ipv6");
    assertStringIncludes(text, "accept(3, ..., ...) = 4");
    assertStringIncludes(text, "write(4, ..., 5000) = 5000");
    const played = await runText(text);
    assertEquals([played.verdict, played.message], ["pass", ""]);
  });
});
