/** System calls with their results, and the superset's `mib(…)`. */
import type { Cursor } from "./cursor.ts";
import { parseExpression } from "./parse_expression.ts";
import { parseSeconds } from "./parse_time.ts";
import { errnoNumber } from "../../abi/errno_text.ts";
import type { Expression, MibAction, SystemCallAction } from "./syntax.ts";

/** `['...' t] name(args) = result [errno note] [note]`. */
export function parseSystemCall(c: Cursor): SystemCallAction | MibAction {
  const start = c.peek().start;
  let blockingEnd_us: number | undefined;
  if (c.isKind("ellipsis")) {
    c.next();
    blockingEnd_us = parseSeconds(c, "end of the call");
  }
  const nameToken = c.expectKind("word", "a system call");
  const nameSpan = c.tokenSpan(nameToken);
  if (nameToken.text === "mib" && nameToken.symbol === undefined && blockingEnd_us === undefined) {
    return parseMib(c, nameToken.start);
  }
  c.expectChar("(");
  const args: Expression[] = [];
  if (!c.acceptChar(")")) {
    args.push(parseExpression(c));
    while (c.acceptChar(",")) args.push(parseExpression(c));
    c.expectChar(")");
  }
  c.expectChar("=", "a call is written with its result: = 0, or = -1 ERRNO (note)");
  const result = parseExpression(c);
  let errno: SystemCallAction["errno"];
  let note: string | undefined;
  if (c.isKind("word")) {
    const token = c.next();
    errno = { name: token.text, value: errnoNumber(token.text), span: c.tokenSpan(token) };
    note = parseNote(c, "an errno needs a note in parentheses: (any words)");
  }
  if (c.isChar("(")) note = parseNote(c, undefined);
  return {
    kind: "syscall",
    blockingEnd_us,
    name: nameToken.text,
    nameSpan,
    args,
    result,
    errno,
    note,
    span: c.spanFrom(start),
  };
}

function parseNote(c: Cursor, hint: string | undefined): string {
  c.expectChar("(", hint);
  const rules = "a note holds words only: no numbers, punctuation or words of the language";
  const words: string[] = [];
  if (c.isKind("word") || c.isKeyword("flags")) words.push(c.next().text);
  else c.expectKind("word", "a word", rules);
  while (c.isKind("word")) words.push(c.next().text);
  c.expectChar(")", rules);
  return words.join(" ");
}

/** `mib("Group.Counter") = [+]N`, also with `>=` and `<=`. */
function parseMib(c: Cursor, start: number): MibAction {
  c.expectChar("(");
  const counter = c.expectKind("string", 'a counter, such as "Udp.InCsumErrors"');
  const counterSpan = c.tokenSpan(counter);
  const name = counterName(counter.text);
  if (name === undefined) {
    c.semantic(
      counterSpan,
      `bad counter name "${counter.text}"`,
      'GROUP.NAME as in /proc/net/snmp and netstat, "Ip.InReceives", or a name of /proc/net/snmp6, "Ip6InReceives"',
    );
  }
  c.expectChar(")");
  const relation = c.acceptChar(">") ? ">=" : c.acceptChar("<") ? "<=" : "=";
  c.expectChar("=");
  const relative = c.acceptChar("+");
  const value = c.integer("count", Number.MAX_SAFE_INTEGER);
  const span = c.spanFrom(start);
  c.uses("mib", span);
  return { kind: "mib", counter: name ?? counter.text, counterSpan, relation, relative, value, span };
}

/** `GROUP.NAME` of a counter: as it is, or from the one word that `/proc/net/snmp6` has for it. */
export function counterName(text: string): string | undefined {
  if (/^[A-Za-z0-9]+\.[A-Za-z0-9_]+$/.test(text)) return text;
  const flat = /^(Ip6|Icmp6|UdpLite6|Udp6)([A-Z][A-Za-z0-9]*)$/.exec(text);
  return flat === null ? undefined : `${flat[1]}.${flat[2]}`;
}
