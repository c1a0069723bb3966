/** When an event happens. */
import type { Cursor } from "./cursor.ts";
import type { TimeSpec } from "./syntax.ts";

/** Largest time that keeps microseconds exact: some 285 years. */
const MAX_SECONDS = 9e9;

/** A FLOAT or INTEGER in seconds as whole microseconds, truncated in IEEE double as C does. */
export function parseSeconds(c: Cursor, what: string): number {
  const token = c.peek();
  if (token.kind !== "float" && token.kind !== "integer") {
    c.expecting(`a time in seconds (${what})`);
    const hint = token.kind === "word" && /^[0-9]+e$/i.test(token.text) ? "there is no exponent syntax" : undefined;
    c.fail(hint);
  }
  c.next();
  const seconds = Number.parseFloat(token.text);
  if (token.text.startsWith("-")) {
    c.semantic(c.tokenSpan(token), "event time must not be negative", "times count from 0, or from the event before");
    return 0;
  }
  if (seconds > MAX_SECONDS) {
    c.semantic(c.tokenSpan(token), `time out of range: ${token.text}`, `at most ${MAX_SECONDS} seconds`);
    return 0;
  }
  return token.kind === "float" ? Math.trunc(seconds * 1e6) : seconds * 1e6;
}

/** `'+' t | t | '*' | t '~' t | '+' t '~' '+' t`. */
export function parseTime(c: Cursor): TimeSpec {
  const start = c.peek().start;
  if (c.isChar("*")) {
    c.next();
    return { kind: "any", span: c.spanFrom(start) };
  }
  if (!c.isChar("+") && !c.isKind("float") && !c.isKind("integer")) {
    for (const what of ["an event time (+0.1, 0.1 or *)"]) c.expecting(what);
    c.fail(timeHint(c));
  }
  const relative = c.acceptChar("+");
  const from_us = parseSeconds(c, "event time");
  if (!c.isChar("~")) {
    const span = c.spanFrom(start);
    return relative ? { kind: "relative", delta_us: from_us, span } : { kind: "absolute", at_us: from_us, span };
  }
  c.next();
  if (relative) c.expectChar("+", "both ends of a relative range have a +");
  const to_us = parseSeconds(c, "end of the range");
  const span = c.spanFrom(start);
  if (to_us < from_us) c.semantic(span, "time range is backwards", "write the earlier time first");
  return { kind: relative ? "relative-range" : "absolute-range", from_us, to_us, span };
}

function timeHint(c: Cursor): string | undefined {
  const token = c.peek();
  if (token.kind === "backquoted") return "only the first and the last command may stand without a time";
  if (token.kind === "option") return "options stand at the top of the script, before the first command and event";
  if (token.kind === "eof") return "a script needs at least one event";
  return undefined;
}
