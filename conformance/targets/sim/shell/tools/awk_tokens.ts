/**
 * The tokens of `awk`.
 *
 * @module
 */
import { unescape } from "./escapes.ts";

/** A token. */
export interface Token {
  readonly kind: "number" | "text" | "regexp" | "name" | "call" | "operator" | "newline" | "end";
  readonly text: string;
}

/** Operators, longer ones first. */
const OPERATORS = "&& || == != <= >= ++ -- += -= *= /= %= ^= !~ >> ** { } ( ) [ ] ; , + - * / % ^ ! < > ~ ? : = $ |"
  .split(" ");
/** Words with a meaning of their own. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  ("BEGIN END print printf if else while do for in delete next break continue exit function func getline return " +
    "nextfile").split(" "),
);

/** Takes a program apart. Throws `SyntaxError`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    const found = expression.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  for (;;) {
    take(/(?:[ \t\r]|\\\n|#[^\n]*)*/y);
    const c = text[at];
    if (c === undefined) break;
    let own: string | undefined;
    if (c === "\n") {
      at++;
      tokens.push({ kind: "newline", text: c });
    } else if ((own = take(/0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/y)) !== undefined) {
      tokens.push({ kind: "number", text: own });
    } else if ((own = take(/"(?:[^"\\\n]|\\[^])*"/y)) !== undefined) {
      tokens.push({ kind: "text", text: unescape(own.slice(1, -1).replaceAll("\\/", "/")).text });
    } else if ((own = take(/[A-Za-z_]\w*/y)) !== undefined) {
      tokens.push({ kind: text[at] === "(" && !KEYWORDS.has(own) ? "call" : "name", text: own });
    } else if (
      c === "/" && startsOperand(tokens.at(-1)) &&
      (own = take(/\/(?:[^/\\\n[]|\\.|\[\^?\]?[^\]\n]*\])*\//y)) !== undefined
    ) {
      tokens.push({ kind: "regexp", text: own.slice(1, -1).replaceAll("\\/", "/") });
    } else {
      const operator = OPERATORS.find((one) => text.startsWith(one, at));
      if (operator === undefined) throw new SyntaxError(`syntax error at ${text.slice(at, at + 10)}`);
      at += operator.length;
      tokens.push({ kind: "operator", text: operator === "**" ? "^" : operator });
    }
  }
  return tokens;
}

/** Whether a slash after this token begins a regular expression. */
function startsOperand(last: Token | undefined): boolean {
  if (last === undefined || last.kind === "newline") return true;
  if (last.kind === "operator") return ![")", "]", "$", "++", "--"].includes(last.text);
  return last.kind === "name" && KEYWORDS.has(last.text);
}
