/** Whatever is thrown at it: the parser says no with ScriptError, quickly; and formatting never changes a meaning. */
import fc from "fast-check";
import { assert, assertEquals } from "@std/assert";
import { checkScript } from "./check.ts";
import { ScriptError } from "./diagnostics.ts";
import { formatScript } from "./format.ts";
import { parseScriptWithWarnings } from "./parser.ts";
import { meaning } from "./test_support.ts";
import { parseScript } from "./parser.ts";
import type { Dialect, IpVersion } from "./syntax.ts";

const SEED = 20260311;

const TOKENS = [
  ...'+ 0 * < > ( ) [ ] { } : , = | . - ! / ~ ? # ; " ` % \\ \r é 😀'.split(" "),
  ..."0 1 1:1(0) 1:1001(1000) 65536 4294967296 -1 .5 0.1 +0 +.1 0x1f 1e-3 ... 1.2.3.4 ::1 fd3d::1".split(" "),
  ..."S S. P. F. . SEWA P.5 ack win urg mss nop sackOK sack TS val ecr FO FOEXP md5 ECN e0b ceb e1b opt raw".split(" "),
  ..."udp icmp ip proto unreachable echo_request mtu id seq frag mf df off ttl tos csum bad payload trunc none".split(
    " ",
  ),
  ..."AO keyid rnextkeyid mac mpcapable v1 dss dack8=1 add_address addr[a] mp_prio exact udplite icmpv6 <{ }> sctp"
    .split(
      " ",
    ),
  ..."ipv4 ipv6 gre mpls label tc flags sum key encap psp spi socket read = (x) EAGAIN flags fd events".split(" "),
  ...'{msg_name(...)=..., {fd=3, {..., [1] A|B "s" `c` %{ }% // /* */ **/ }}% \n \t --mtu=1 --x #ifdef #endif'.split(
    " ",
  ),
  "\n",
  "\n+0 ",
  "\n+0 > . 1:1(0) ",
  "\n+0 < S 0:0(0) win 5 ",
  "\n+0 f(3) = 0 ",
];

const soup = fc.array(fc.tuple(fc.constantFrom(...TOKENS), fc.constantFrom("", " ")), { maxLength: 60 }).map((parts) =>
  parts.flat().join("")
);
const reading = fc.record({
  dialect: fc.constantFrom<Dialect | "auto">("packetdrill", "nplab", "auto"),
  ipVersion: fc.constantFrom<IpVersion>("ipv4", "ipv6", "ipv4-mapped-ipv6"),
});

function never(text: string, options: { dialect: Dialect | "auto"; ipVersion: IpVersion }): void {
  const start = performance.now();
  try {
    const { script } = parseScriptWithWarnings(text, options);
    checkScript(script);
  } catch (error) {
    assert(error instanceof ScriptError, String(error));
    assert(error.problems.length > 0 && error.message.length > 0);
    for (const { span } of error.problems) assert(span.start <= span.end && span.end <= text.length);
  }
  assert(performance.now() - start < 2000);
}

Deno.test("token soup: nothing but ScriptError, and soon", () => {
  fc.assert(fc.property(soup, reading, never), { numRuns: 3000, seed: SEED });
});

Deno.test("random text: nothing but ScriptError, and soon", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), reading, never), { numRuns: 1000, seed: SEED });
});

// ------------------------------------------------------------------------------------ scripts that are in order

const space = fc.constantFrom(" ", "  ", "\t", " /* c */ ", "\n      ");
const number = fc.integer({ min: 0, max: 0xffffffff });
const tight = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(""));
const spaced = (...parts: fc.Arbitrary<string>[]) =>
  fc.tuple(fc.tuple(...parts), fc.array(space, { minLength: parts.length, maxLength: parts.length })).map((
    [words, gaps],
  ) => words.map((word, i) => (word === "" ? "" : word + (gaps[i] ?? " "))).join(""));
const word = fc.constantFrom;
const text = (value: string) => fc.constant(value);

const sequence = fc.tuple(fc.integer({ min: 0, max: 0xffff0000 }), fc.integer({ min: 0, max: 2000 })).map((
  [start, length],
) => `${start}:${start + length}(${length})`);
const options = word(
  "",
  "<mss 1460,nop,wscale 7>",
  "<nop,nop,sack 1:2 3:4>",
  "< TS val 1 ecr 2 , nop , nop >",
  "<ECN e1b 1 ceb 2 e0b 3,nop>",
  "<FO abcd12,nop,nop,nop>",
  "<opt 30 0081>",
  "<AO keyid 1 rnextkeyid 2 mac 00112233>",
  "<mpcapable v1 flags[flag_h, flag_b] key[ckey=2 , skey]>",
  "<dss dack8=1 dsn8=1 ssn = 1 dll=5 nocs fin,nop,nop>",
  '<add_address address_id=1 addr[a=inet_addr("192.0.2.9")] hmac=auto>',
  "<mp_reset 1>",
);
const openOptions = word(
  "<mss *,nop,wscale *>",
  "<nop,nop,sack * : 5 3:*>",
  "<sack *,nop,nop>",
  "<{ TS val * ecr 5 , mss 1460 }>",
  "<{sackOK,...}>",
  "<mss 1460, ...>",
  "<AO keyid * rnextkeyid 2 mac *,...>",
  "<FO *,ECN e0b * ceb 5,opt 77 *,md5 *,...>",
);
const flags = word("S", "S.", ".", "P.", "FP.", "-", "P.5", ".7", "EWA.", "R");
const ipInfo = word(
  "",
  "[ect0]",
  "(tos 0x10)",
  "[ttl 3]",
  "[id 7, tos 0x1, ttl 9]",
  "[flowlabel 0x12345]",
  "[-mf,off 8]",
);
const tcp = spaced(
  ipInfo,
  flags,
  sequence,
  number.map((n) => `ack ${n}`),
  text("win 5"),
  options,
  word("", "csum bad", "res 3"),
);
const openTcp = spaced(
  ipInfo,
  flags,
  sequence,
  number.map((n) => `ack ${n}`),
  openOptions,
  word("", "exact", "res 3 exact"),
);
const udp = spaced(
  word("", "[tos 0x1]", "[id 7] frag 0:16"),
  text("udp"),
  word("", "5 > 6"),
  word("(0)", "(100)"),
  word("", "csum 0"),
);
const icmp = spaced(
  text("icmp"),
  word("echo_request", "type_3 code_1", "parameter_problem"),
  word("", "id 5"),
  word("", "[1:2(1)]", "[udp(5)]", "[raw(9)]"),
);
const packet = fc.oneof(
  spaced(word("<", ">"), fc.oneof(tcp, udp, icmp)),
  spaced(word(">"), fc.oneof(openTcp, text("udp 5 > 6 (7) exact"))),
);
const leaf = word(
  "...",
  "5",
  "-1",
  "0x1f",
  "SOL_SOCKET",
  '"s\\n"',
  "A|B | C",
  "{..., 5}",
  "{fd=3,events=0}",
  "{onoff = 1, linger=2}",
  "[]",
);
const list = fc.array(leaf, { minLength: 1, maxLength: 4 }).map((items) => `[${items.join(",")}]`);
const call = tight(
  spaced(word("f", "write", "g")),
  text("("),
  fc.array(fc.oneof(leaf, list), { maxLength: 4 }).map((items) => items.join(" ,")),
  text(")"),
  spaced(text("="), word("0", "-1 EAGAIN (x y)", "0x2 (flags O_RDWR)")),
);
const other = word("`a  b`", "%{ assert x }%", "%{\nif x:\n  y\n}%", "> none", 'mib("A.B") = +1');
const event = fc.tuple(word("0", "+0", "+ .25", "+1"), fc.oneof(packet, call, other), word("", " // c", "\n\n\n")).map((
  [time, action, end],
) => `${time} ${action}${end}\n`);
const wholeScript = fc.tuple(
  word("", "// c\n", "--mtu=1400\n`init`\n"),
  fc.array(event, { minLength: 1, maxLength: 8 }),
).map(([head, events]) => head + events.join(""));

Deno.test("formatting: the same meaning, the same comments, and once is enough", () => {
  fc.assert(
    fc.property(wholeScript, word<IpVersion>("ipv4", "ipv6"), (source, ipVersion) => {
      const reading = { ipVersion, dialect: "packetdrill" } as const;
      const before = parseScript(source, reading);
      const formatted = formatScript(source, reading);
      const after = parseScript(formatted, reading);
      assertEquals(meaning(after), meaning(before));
      assertEquals(
        after.comments.map((comment) => comment.text),
        before.comments.map((comment) => comment.text.trimEnd()),
      );
      assertEquals(formatScript(formatted, reading), formatted);
    }),
    { numRuns: 1000, seed: SEED },
  );
});

Deno.test("a script that is cut anywhere, or loses a character, is refused or parsed, never worse", () => {
  fc.assert(
    fc.property(wholeScript, fc.nat(), fc.nat(), reading, (source, at, kind, options) => {
      const place = at % (source.length + 1);
      never(kind % 2 === 0 ? source.slice(0, place) : source.slice(0, place) + source.slice(place + 1), options);
    }),
    { numRuns: 1000, seed: SEED },
  );
});
