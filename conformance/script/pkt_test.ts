import { assert, assertEquals } from "@std/assert";
import { pkt } from "./pkt.ts";

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const status = await pkt(args, { out: (text) => void (out += text), err: (text) => void (err += text) });
  return { status, out, err };
}

async function inFolder(files: Record<string, string>, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${folder}/${name}`, text);
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const GOOD = "    0 `a`\n";
const SIX =
  "    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n   +0 connect(3, ..., ...) = 0\n   +0 > S 0:0(0) <...>\n" +
  "   +0 < icmp packet_too_big mtu 1280\n";

Deno.test("pkt check: all problems of all files, and a status", async () => {
  await inFolder(
    { "a.pkt": GOOD, "b.pkt": "0 `a`\n+0 > S 0:1(0)\n+0 nope\n", "c.txt": "no script" },
    async (folder) => {
      const { status, out } = await run("check", folder);
      assertEquals(status, 1);
      assert(out.includes(`${folder}/b.pkt:2:8: error: inconsistent TCP sequence numbers`));
      assert(out.includes(`${folder}/b.pkt:4:1: error: syntax error at the end of the script`));
      assert(out.includes("2 scripts, 1 in order, 2 errors, 0 run-time errors, 0 warnings"));
      assertEquals((await run("check", `${folder}/a.pkt`, "-q")).out, "");
    },
  );
});

Deno.test("pkt check: what can be said beside syntax errors is said too, and nothing that they explain", async () => {
  const text = "0 socket(..., SOCK_STREAM; IPPROTO_TCP) = 3\n+0 close(3) = 0\n+0 sokcet(1) = 4\n+0 > . 1:1(0)\n";
  await inFolder({ "a.pkt": text }, async (folder) => {
    const { out } = await run("check", `${folder}/a.pkt`);
    assert(out.includes("Unknown system call: 'sokcet'"));
    assert(out.includes("1 error, 1 run-time error,"), out);
  });
});

Deno.test("pkt check: variants by name, by --variant, and problems that only some have", async () => {
  await inFolder({ "x-v6.pkt": SIX, "x.pkt": SIX }, async (folder) => {
    assertEquals((await run("check", `${folder}/x-v6.pkt`)).status, 0);
    assertEquals((await run("check", `${folder}/x.pkt`)).status, 1);
    const { out } = await run("check", `${folder}/x.pkt`, "--variant", "all");
    assert(out.includes("bad ICMP type packet_too_big (as ipv4, ipv4-mapped-ipv6)"));
  });
});

Deno.test("pkt check: run-time errors count, warnings do not", async () => {
  await inFolder({ "a.pkt": "0 close(3) = 0\n", "b.pkt": "0 `a`\n`b`\n" }, async (folder) => {
    const { status, out } = await run("check", `${folder}/a.pkt`);
    assertEquals(status, 1);
    assert(out.includes("run-time error: runtime error in close call: unable to find fd with script fd 3"));
    const warned = await run("check", `${folder}/b.pkt`);
    assertEquals(warned.status, 0);
    assert(warned.out.includes("warning: the cleanup command never runs"));
  });
});

Deno.test("pkt check: definitions, dialects", async () => {
  await inFolder({ "a.pkt": "0 > . 1:1(0) <mss SIZE>\n", "b.pkt": "0 > R. ...(0)\n" }, async (folder) => {
    assert((await run("check", `${folder}/a.pkt`)).out.includes("hint: define it: -D SIZE=…"));
    assert(!(await run("check", `${folder}/a.pkt`, "-D", "SIZE=5")).out.includes(" error: syntax"));
    assert((await run("check", `${folder}/b.pkt`, "--dialect", "packetdrill")).out.includes("syntax error at '...'"));
    assert(!(await run("check", `${folder}/b.pkt`)).out.includes("syntax error"));
  });
});

Deno.test("pkt fmt: writes, or only tells, or prints", async () => {
  await inFolder({ "a.pkt": GOOD, "b.pkt": "0 `b`\n", "c.pkt": "0 `c\n" }, async (folder) => {
    const checked = await run("fmt", "--check", folder);
    assertEquals([checked.status, checked.out], [1, `${folder}/b.pkt: not formatted\n`]);
    assert(checked.err.includes(`${folder}/c.pkt:1:3: error: back-quoted command is not closed`));
    assertEquals((await run("fmt", "--stdout", `${folder}/b.pkt`)).out, "    0 `b`\n");
    assertEquals(await Deno.readTextFile(`${folder}/b.pkt`), "0 `b`\n");
    const written = await run("fmt", `${folder}/a.pkt`, `${folder}/b.pkt`);
    assertEquals([written.status, written.out], [0, `${folder}/b.pkt: formatted\n`]);
    assertEquals(await Deno.readTextFile(`${folder}/b.pkt`), "    0 `b`\n");
    assertEquals((await run("fmt", "--check", `${folder}/b.pkt`)).status, 0);
  });
});

Deno.test("pkt: usage errors are 2", async () => {
  await inFolder({}, async (folder) => {
    for (
      const args of [[], ["bogus"], ["check"], ["check", "/nonexistent/x.pkt"], ["check", folder], [
        "fmt",
        "--bogus",
        folder,
      ]]
    ) {
      const { status, err, out } = await run(...args);
      assertEquals(status, 2, args.join(" "));
      assert((err + out).length > 0);
    }
    assertEquals((await run("check", "--variant", "ipv5", folder)).status, 2);
    assertEquals((await run("check", "-D", "x", folder)).status, 2);
  });
  assertEquals((await run("--help")).status, 0);
});

Deno.test("pkt fmt: what it could not write as it was stays as it is", async () => {
  await inFolder({ "b.pkt": "0 `b`\n" }, async (folder) => {
    const latin1 = new Uint8Array([...new TextEncoder().encode("0 `a`\n// "), 0xe9, 10]);
    await Deno.writeFile(`${folder}/a.pkt`, latin1);
    const refused = await run("fmt", `${folder}/a.pkt`);
    assertEquals(refused.status, 2);
    assert(refused.err.includes("a.pkt: line 2 is not UTF-8: convert it first"), refused.err);
    assertEquals(await Deno.readFile(`${folder}/a.pkt`), latin1);
    assertEquals((await run("check", `${folder}/a.pkt`)).status, 0);
    await Deno.symlink("b.pkt", `${folder}/link.pkt`);
    assertEquals((await run("fmt", `${folder}/link.pkt`)).status, 0);
    assert((await Deno.lstat(`${folder}/link.pkt`)).isSymlink);
    assertEquals(await Deno.readTextFile(`${folder}/b.pkt`), "    0 `b`\n");
    assertEquals([...Deno.readDirSync(folder)].length, 3);
  });
});

Deno.test("pkt: a name has one line, whatever is in it", async () => {
  await inFolder({ "a\n::error::\u001b[2J.pkt": "nope\n", "b\n.pkt": "0 `b`\n" }, async (folder) => {
    const checked = await run("check", folder);
    assert(checked.out.includes("/a\\n::error::\\x1b[2J.pkt:1:1: error"), checked.out);
    assertEquals((await run("fmt", `${folder}/b\n.pkt`)).out, `${folder}/b\\n.pkt: formatted\n`);
  });
});
