import { assert, assertEquals, assertThrows } from "@std/assert";
import { ScriptError } from "./diagnostics.ts";
import { formatScript } from "./format.ts";
import { parseScript } from "./parser.ts";
import { meaning } from "./test_support.ts";

function formats(what: string, before: string, after: string): void {
  Deno.test(`format: ${what}`, () => {
    assertEquals(formatScript(before), after);
    assertEquals(formatScript(after), after);
    assertEquals(meaning(parseScript(after)), meaning(parseScript(before)));
  });
}

formats("times stand in a column", "0 `a`\n+0.1   `b`\n+.001\t`c`\n", "    0 `a`\n +0.1 `b`\n+.001 `c`\n");
formats("a longer time sticks out", "0 `a`\n+0.100~+0.200 > . 1:1(0)\n", "    0 `a`\n+0.100~+0.200 > . 1:1(0)\n");
formats(
  "packets",
  "+0 <S  0:0( 0 )  win 5 < mss 1460 , nop,nop,sackOK >\n+ 0 > [ect0]  P. 1 : 2 (1)   ack 1\n",
  "   +0 < S 0:0(0) win 5 <mss 1460,nop,nop,sackOK>\n   +0 > [ect0] P. 1:2 (1) ack 1\n",
);
formats("a dot and a number stay apart", "+0 > .    5:5(0)\n", "   +0 > . 5:5(0)\n");
formats("an ACE counter stays together", "+0 > P .5 1:1(0)\n", "   +0 > P.5 1:1(0)\n");
formats("encapsulation", "+0 < ipv4 1.2.3.4>5.6.7.8:gre:udp (5)\n", "   +0 < ipv4 1.2.3.4 > 5.6.7.8: gre: udp (5)\n");
formats(
  "additions",
  "+0 <{ 2 } [id 7,- df] * >1.2.3.4: frag 0 : 8 udp 1>2 (5) csum bad\n+0 > ? . 1:1(0)\n+1 >none\n",
  "   +0 <{2} [id 7, -df] * > 1.2.3.4: frag 0:8 udp 1 > 2 (5) csum bad\n   +0 >? . 1:1(0)\n   +1 > none\n",
);
formats(
  "calls",
  "0...0.1 read ( 3 ,..., 5 )=-1 EAGAIN(x y)\n+0 fcntl(3,F_SETFL,A | B)=0\n",
  "0...0.1 read(3, ..., 5) = -1 EAGAIN (x y)\n   +0 fcntl(3, F_SETFL, A|B) = 0\n",
);
formats("counters", '+0 mib ("Ip.InReceives")>=+1\n', '   +0 mib("Ip.InReceives") >= +1\n');
formats(
  "line breaks inside an event stay, indented by the bracket",
  "+0 f(3,\n[A,\n B], {\nfd=3,\nevents=0}\n) = 0\n",
  "   +0 f(3,\n        [A,\n         B], {\n             fd=3,\n             events=0}\n        ) = 0\n",
);
formats(
  "comments stay where they are",
  "// head\n\n\n\n0 `a`   // behind\n\n// between\n+0 f(1, // inside\n2) = 0\n/* block\n  two */\n+0 `b`",
  "// head\n\n    0 `a`  // behind\n\n// between\n   +0 f(1, // inside\n        2) = 0\n/* block\n  two */\n   +0 `b`\n",
);
formats(
  "options, code and commands are not touched",
  "--mtu=1400\n`a  b\n c`\n0 %{\nif x:\n   y\n}%\n`z`\n",
  "--mtu=1400\n`a  b\n c`\n    0 %{\nif x:\n   y\n}%\n`z`\n",
);
formats("events that share a line get one each", "0 `a` +1 `b`\n", "    0 `a`\n   +1 `b`\n");

Deno.test("format: nplab's directives and left-out text stay", () => {
  const text = "#ifdef FreeBSD\n+0   garbage (\n#endif\n+0 > R. ...(0)   ack 1/udp(1 > 2)\n";
  assertEquals(formatScript(text), "#ifdef FreeBSD\n+0   garbage (\n#endif\n   +0 > R. ...(0) ack 1/udp(1 > 2)\n");
});

Deno.test("format: a script that does not parse is refused", () => {
  assertThrows(() => formatScript("0 `a`\n+0 > . 1:2(0)\n"), ScriptError);
});

Deno.test("format: every script of the project keeps its meaning and formats once and for all", async () => {
  const folder = new URL("../../fixtures/", import.meta.url);
  let scripts = 0;
  for await (const path of walk(folder)) {
    const text = await Deno.readTextFile(path);
    const six = /v6\.pkt$/.test(path.pathname) || /^\/\/ variants:\s*ipv6\s*$/m.test(text);
    const options = { path: path.pathname, ...(six ? { ipVersion: "ipv6" as const } : {}) };
    const formatted = formatScript(text, options);
    assertEquals(formatScript(formatted, options), formatted, path.pathname);
    assertEquals(meaning(parseScript(formatted, options)), meaning(parseScript(text, options)), path.pathname);
    scripts++;
  }
  assert(scripts > 0);
});

async function* walk(folder: URL): AsyncGenerator<URL> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory) yield* walk(new URL(`${entry.name}/`, folder));
    else if (entry.name.endsWith(".pkt")) yield new URL(entry.name, folder);
  }
}
