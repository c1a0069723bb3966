import { assert, assertEquals } from "@std/assert";
import { lex, type TokenKind } from "./lexer.ts";
import { SourceText } from "./source.ts";
import type { Dialect } from "./syntax.ts";

function scan(text: string, dialect: Dialect = "packetdrill", defined: string[] = []): [TokenKind, string][] {
  const { tokens } = lex(new SourceText("t.pkt", text), dialect, new Set(defined));
  return tokens.slice(0, -1).map((token) => [token.kind, token.text]);
}

const CASES: readonly (readonly [what: string, text: string, tokens: readonly (readonly [TokenKind, string])[]])[] = [
  ["integers, floats and hex", "10 -3 007 .5 0.25 -1.5 0x1F", [
    ["integer", "10"],
    ["integer", "-3"],
    ["integer", "007"],
    ["float", ".5"],
    ["float", "0.25"],
    ["float", "-1.5"],
    ["hex", "0x1F"],
  ]],
  ["5. is an integer and a dot", "5. x", [["integer", "5"], ["char", "."], ["word", "x"]]],
  ["no exponents: 1e-3 is a word and a number", "1e-3", [["word", "1e"], ["integer", "-3"]]],
  ["upper-case 0X is a word", "0X1F", [["word", "0X1F"]]],
  ["0x without digits is a word", "0xg", [["word", "0xg"]]],
  ["a cookie is a word, an all-digit one an integer", "3021b9d8 30219", [["word", "3021b9d8"], ["integer", "30219"]]],
  ["a dot and digits are one float", ".5:5", [["float", ".5"], ["char", ":"], ["integer", "5"]]],
  ["flags and sequence number", "S. 0:0(0)", [
    ["word", "S"],
    ["char", "."],
    ["integer", "0"],
    ["char", ":"],
    ["integer", "0"],
    ["char", "("],
    ["integer", "0"],
    ["char", ")"],
  ]],
  ["P.5 is a word and a float, S5 a word", "P.5 S5", [["word", "P"], ["float", ".5"], ["word", "S5"]]],
  ["blocking times", "0...0.2", [["integer", "0"], ["ellipsis", "..."], ["float", "0.2"]]],
  ["four dots and a digit", ".1....2", [["float", ".1"], ["ellipsis", "..."], ["float", ".2"]]],
  ["options", "--ip_version=ipv4 --x", [
    ["option", "ip_version"],
    ["char", "="],
    ["reserved", "ipv4"],
    ["option", "x"],
  ]],
  ["reserved words are case-sensitive", "ack ACK flags Flags sequence# sequence", [
    ["reserved", "ack"],
    ["word", "ACK"],
    ["reserved", "flags"],
    ["reserved", "Flags"],
    ["reserved", "sequence#"],
    ["word", "sequence"],
  ]],
  ["strings keep escapes raw", '"a\\"b" "c"', [["string", 'a\\"b'], ["string", "c"]]],
  ["a string whose last quote is escaped ends there", '"a\\"', [["string", "a\\"]]],
  ["commands may span lines", "`a\n b`", [["backquoted", "a\n b"]]],
  ["code is trimmed of blanks at both ends, not of newlines", "%{ \n x } y\t}%", [["code", "\n x } y"]]],
  ["IPv4 addresses have no range check", "192.0.2.1 999.0.0.1 1.2.3", [
    ["ipv4", "192.0.2.1"],
    ["ipv4", "999.0.0.1"],
    ["float", "1.2"],
    ["float", ".3"],
  ]],
  ["IPv6 addresses need :: or eight groups", "::1 fd3d::1 1:2:3:4:5:6:7:8 ::ffff:1.2.3.4 1:1001", [
    ["ipv6", "::1"],
    ["ipv6", "fd3d::1"],
    ["ipv6", "1:2:3:4:5:6:7:8"],
    ["ipv6", "::ffff:1.2.3.4"],
    ["integer", "1"],
    ["char", ":"],
    ["integer", "1001"],
  ]],
  ["an address before a colon", "2::1:", [["ipv6", "2::1"], ["char", ":"]]],
  ["comments", "a // b\n/* c * d */ e", [["word", "a"], ["word", "e"]]],
];

for (const [what, text, tokens] of CASES) {
  Deno.test(`lexer: ${what}`, () => assertEquals(scan(text), tokens.map(([kind, value]) => [kind, value])));
}

const BAD: readonly (readonly [what: string, text: string, message: RegExp, hint: RegExp, offset: number])[] = [
  ["a comment closed by **/", "a /* b **/ c", /comment is not closed/, /\*\*\//, 2],
  ["a block closed by }}%", "%{ {1: {}}% x", /code block is not closed/, /\}\}%/, 0],
  ["a // comment without a newline", "a // b", /must end in a newline/, /newline/, 2],
  ["CRLF", "a\r\nb\r\n", /carriage return/, /LF/, 1],
  ["# comments", "# a\nb", /starts nothing/, /\/\//, 0],
  ["an open string", 'a "b\nc', /string is not closed/, /"/, 2],
  ["an open command", "a `b\nc", /command is not closed/, /`/, 2],
];

for (const [what, text, message, hint, offset] of BAD) {
  Deno.test(`lexer: ${what} is told`, () => {
    const { tokens } = lex(new SourceText("t.pkt", text));
    const bad = tokens.filter((token) => token.kind === "bad");
    assertEquals(bad.length, 1);
    assert(message.test(bad[0]?.problem?.message ?? ""));
    assert(hint.test(bad[0]?.problem?.hint ?? ""));
    assertEquals(bad[0]?.start, offset);
  });
}

Deno.test("lexer: **/ goes on to the next */", () => {
  assertEquals(scan("a /* b **/ c */ d"), [["word", "a"], ["word", "d"]]);
});

Deno.test("lexer: nplab's #ifdef keeps text for defined names only", () => {
  const text = "a\n#ifdef FreeBSD\nb\n#endif\n#ifdef Linux\nc\n#endif\nd";
  assertEquals(scan(text, "nplab", ["FreeBSD"]), [["word", "a"], ["word", "b"], ["word", "d"]]);
  assertEquals(scan(text, "nplab"), [["word", "a"], ["word", "d"]]);
});

Deno.test("lexer: nplab scans dashed option names as one word and flags as a name", () => {
  assertEquals(scan("exp-FO gen-30 exp-12ab flags", "nplab"), [
    ["reserved", "exp-FO"],
    ["word", "gen-30"],
    ["word", "exp-12ab"],
    ["word", "flags"],
  ]);
});

Deno.test("lexer: nplab's unclosed #ifdef is told", () => {
  const { tokens } = lex(new SourceText("t.pkt", "#ifdef Linux\na"), "nplab", new Set());
  assert(tokens.some((token) => token.problem?.message === "#ifdef without #endif"));
});

Deno.test("lexer: every character is in exactly one token, comment or gap of white space", () => {
  const text = '0 `x` // c\n+.1 > [ect0] P.5 1:2(1) <nop,sack 1:2> /* d */ %{ e }% "f" 1::2\n';
  const { tokens, comments } = lex(new SourceText("t.pkt", text));
  const parts = [...tokens, ...comments.map((comment) => comment.span)].sort((a, b) => a.start - b.start);
  let at = 0;
  for (const part of parts) {
    assertEquals(text.slice(at, part.start).trim(), "");
    at = part.end;
  }
  assertEquals(at, text.length);
});

Deno.test("lexer: time grows in proportion to the text, also for what it cannot read", () => {
  const seconds = (text: string): number => {
    const source = new SourceText("t.pkt", text);
    lex(source);
    const start = performance.now();
    for (let i = 0; i < 3; i++) lex(source);
    return performance.now() - start;
  };
  for (const unit of ["/* **/ ", '\\" ', "%{ }} ", "1:1:", "1.1.", "a:: ", "`\\", "::1:1:1:1 ", "/*/", "\r#"]) {
    const small = seconds(unit.repeat(20_000));
    const large = seconds(unit.repeat(200_000));
    // Quadratic time would be 100 times as much; noise of a busy machine is not.
    assert(large < Math.max(small, 5) * 50, `${JSON.stringify(unit)}: ${small} ms, ten times as long: ${large} ms`);
  }
});
