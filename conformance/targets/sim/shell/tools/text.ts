/**
 * Text tools: `cat`, `head`, `tail`, `wc`, `cut`, `tr`, `sort`, `uniq`, `tee`, `tac`, `rev`, `nl` as far as scripts use them.
 *
 * @module
 */
import { openOutput } from "../streams.ts";
import { type Command, failed } from "../world.ts";
import { unescape } from "./escapes.ts";
import { joinLines, linesOf, missing, readAll, sources } from "./input.ts";
import { parseOptions } from "./options.ts";

/** `cat [-n] [FILE…]`. */
export const cat: Command = (invocation) => {
  const { flags, operands } = parseOptions("cat", invocation.args, "nu");
  const { text, stderr } = readAll("cat", operands, invocation);
  const stdout = flags.has("n")
    ? joinLines(linesOf(text).map((line, i) => `${String(i + 1).padStart(6)}\t${line}`))
    : text;
  return { status: stderr === "" ? 0 : 1, stdout, stderr };
};

/** `-5` is `-n 5`. */
function oldCount(args: readonly string[]): string[] {
  return args.map((word, i) => i === 0 && /^-\d+$/.test(word) ? `-n${word.slice(1)}` : word);
}

function ends(name: "head" | "tail"): Command {
  return (invocation) => {
    const { flags, values, operands } = parseOptions(name, oldCount(invocation.args), "qv", "nc", {
      lines: "n",
      bytes: "c",
    });
    const octets = values.get("c")?.at(-1);
    const count = octets ?? values.get("n")?.at(-1) ?? "10";
    if (!/^[-+]?\d+$/.test(count)) return failed(1, `${name}: invalid number of lines: '${count}'`);
    const size = Number(count.replace(/^[-+]/, ""));
    let stdout = "";
    let stderr = "";
    const all = sources(operands, invocation);
    for (const [i, source] of all.entries()) {
      if (source.text === undefined) {
        stderr += `${name}: cannot open '${source.name}' for reading: No such file or directory\n`;
        continue;
      }
      if (all.length > 1 && !flags.has("q")) stdout += `${i > 0 ? "\n" : ""}==> ${source.name} <==\n`;
      const units = octets === undefined ? source.text.match(/[^\n]*\n|[^\n]+$/g) ?? [] : [...source.text];
      stdout += cut(units, name, count, size).join("");
    }
    return { status: stderr === "" ? 0 : 1, stdout, stderr };
  };
}

function cut(units: readonly string[], name: "head" | "tail", count: string, size: number): readonly string[] {
  if (name === "head") {
    return count.startsWith("-") ? units.slice(0, Math.max(0, units.length - size)) : units.slice(0, size);
  }
  if (count.startsWith("+")) return units.slice(Math.max(0, size - 1));
  return size === 0 ? [] : units.slice(-size);
}

export const head = ends("head");
export const tail = ends("tail");

/** `wc [-lwcm] [FILE…]`. */
export const wc: Command = (invocation) => {
  const { flags, operands } = parseOptions("wc", invocation.args, "lwcm", "", {
    lines: "l",
    words: "w",
    bytes: "c",
    chars: "m",
  });
  const wanted = flags.size === 0 ? ["l", "w", "c"] : ["l", "w", "c", "m"].filter((flag) => flags.has(flag));
  const rows: [number[], string][] = [];
  let stderr = "";
  for (const { name, text } of sources(operands, invocation)) {
    if (text === undefined) {
      stderr += missing("wc", name);
      continue;
    }
    const counts: Record<string, number> = {
      l: text.split("\n").length - 1,
      w: text.split(/\s+/).filter((word) => word !== "").length,
      c: text.length,
      m: text.length,
    };
    rows.push([wanted.map((flag) => counts[flag]!), operands.length === 0 ? "" : ` ${name}`]);
  }
  if (rows.length > 1) {
    rows.push([wanted.map((_, i) => rows.reduce((sum, [counts]) => sum + counts[i]!, 0)), " total"]);
  }
  const width = wanted.length === 1 && rows.length === 1
    ? 0
    : operands.length === 0
    ? 7
    : Math.max(...rows.flatMap(([counts]) => counts.map((count) => String(count).length)), 0);
  const stdout = joinLines(rows.map(([counts, name]) => counts.map((n) => String(n).padStart(width)).join(" ") + name));
  return { status: stderr === "" ? 0 : 1, stdout, stderr };
};

/** `1,3-5,7-` as a question. */
function selection(list: string): ((at: number) => boolean) | undefined {
  const ranges: [number, number][] = [];
  for (const part of list.split(",")) {
    const match = /^(\d+)?(-)?(\d+)?$/.exec(part);
    if (match === null || part === "" || part === "-") return undefined;
    const from = Number(match[1] ?? 1);
    if (from === 0) return undefined;
    ranges.push([from, match[2] === undefined ? from : Number(match[3] ?? Infinity)]);
  }
  return (at) => ranges.some(([from, to]) => at >= from && at <= to);
}

/** `cut -f LIST [-d C] [-s]`, `cut -c LIST`, `cut -b LIST`. */
export const cutCommand: Command = (invocation) => {
  const { flags, values, operands } = parseOptions("cut", invocation.args, "sn", "fcbd", {
    fields: "f",
    characters: "c",
    bytes: "b",
    delimiter: "d",
    "only-delimited": "s",
  });
  const fields = values.get("f")?.at(-1);
  const list = fields ?? values.get("c")?.at(-1) ?? values.get("b")?.at(-1);
  if (list === undefined) return failed(1, "cut: you must specify a list of bytes, characters, or fields");
  const chosen = selection(list);
  if (chosen === undefined) return failed(1, "cut: invalid byte, character or field list");
  const delimiter = values.get("d")?.at(-1) ?? "\t";
  if (delimiter.length > 1) return failed(1, "cut: the delimiter must be a single character");
  const { text, stderr } = readAll("cut", operands, invocation);
  const lines: string[] = [];
  for (const line of linesOf(text)) {
    if (fields === undefined) lines.push([...line].filter((_, i) => chosen(i + 1)).join(""));
    else if (!line.includes(delimiter)) {
      if (!flags.has("s")) lines.push(line);
    } else lines.push(line.split(delimiter).filter((_, i) => chosen(i + 1)).join(delimiter));
  }
  return { status: stderr === "" ? 0 : 1, stdout: joinLines(lines), stderr };
};

const TR_CLASSES: Readonly<Record<string, (c: string) => boolean>> = {
  alnum: (c) => /[A-Za-z0-9]/.test(c),
  alpha: (c) => /[A-Za-z]/.test(c),
  blank: (c) => /[ \t]/.test(c),
  cntrl: (c) => c < " " || c === "\x7f",
  digit: (c) => /[0-9]/.test(c),
  graph: (c) => c > " " && c < "\x7f",
  lower: (c) => /[a-z]/.test(c),
  print: (c) => c >= " " && c < "\x7f",
  punct: (c) => c > " " && c < "\x7f" && !/[A-Za-z0-9]/.test(c),
  space: (c) => /[ \t\n\v\f\r]/.test(c),
  upper: (c) => /[A-Z]/.test(c),
  xdigit: (c) => /[0-9A-Fa-f]/.test(c),
};

/** All characters of a set of `tr`. */
function characters(set: string): string[] {
  const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const found: string[] = [];
  const pattern = /\[:([a-z]+):\]|\\[0-7]{1,3}|\\.|[^]/g;
  const units = set.match(pattern) ?? [];
  for (let at = 0; at < units.length; at++) {
    const unit = units[at]!;
    const named = /^\[:([a-z]+):\]$/.exec(unit);
    const belongs = named === null ? undefined : TR_CLASSES[named[1]!];
    if (belongs !== undefined) {
      found.push(...all.filter(belongs));
      continue;
    }
    const from = unescape(unit).text;
    const following = units[at + 2];
    if (units[at + 1] === "-" && following !== undefined) {
      const to = unescape(following).text;
      for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) found.push(String.fromCharCode(code));
      at += 2;
    } else found.push(...from);
  }
  return found;
}

/** `tr [-cdst] SET1 [SET2]`. */
export const tr: Command = ({ args, stdin }) => {
  const { flags, operands } = parseOptions("tr", args, "cCdst");
  const [first, second] = operands;
  if (first === undefined) return failed(1, "tr: missing operand");
  if (second === undefined && !flags.has("d") && !flags.has("s")) {
    return failed(1, `tr: missing operand after '${first}'`);
  }
  let from = characters(first);
  if (flags.has("c") || flags.has("C")) {
    const listed = new Set(from);
    from = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((c) => !listed.has(c));
  }
  const to = second === undefined ? [] : characters(second);
  const map = new Map<string, string>();
  if (!flags.has("d") && second !== undefined) {
    if (to.length === 0) return failed(1, "tr: when not truncating set1, string2 must be non-empty");
    from.forEach((c, i) => {
      if (i < to.length || !flags.has("t")) map.set(c, to[Math.min(i, to.length - 1)]!);
    });
  }
  const removed = new Set(flags.has("d") ? from : []);
  const squeezed = new Set(flags.has("s") ? (second === undefined ? from : to) : []);
  let stdout = "";
  let last: string | undefined;
  for (const c of stdin()) {
    if (removed.has(c)) continue;
    const changed = map.get(c) ?? c;
    if (squeezed.has(changed) && changed === last) continue;
    stdout += changed;
    last = changed;
  }
  return { status: 0, stdout };
};

/** `sort [-bnru] [-k KEY] [-t C] [FILE…]`. */
export const sort: Command = (invocation) => {
  const { flags, values, operands } = parseOptions("sort", invocation.args, "bnrusg", "kt", {
    "numeric-sort": "n",
    reverse: "r",
    unique: "u",
    key: "k",
    "field-separator": "t",
  });
  const { text, stderr } = readAll("sort", operands, invocation);
  if (stderr !== "") return { status: 2, stderr };
  const separator = values.get("t")?.at(-1);
  const keys = (values.get("k") ?? []).map((key) => /^(\d+)(?:\.\d+)?([a-z]*)(?:,(\d+)([a-z]*))?$/.exec(key));
  if (keys.some((key) => key === null)) return failed(2, "sort: invalid key");
  const field = (line: string, key: RegExpExecArray) => {
    const parts = separator === undefined ? line.match(/\s*\S+/g) ?? [] : line.split(separator);
    const end = key[3] === undefined ? undefined : Number(key[3]);
    return parts.slice(Number(key[1]) - 1, end).join(separator ?? "");
  };
  const number = (part: string) => Number(/^\s*(-?\d*\.?\d+)/.exec(part)?.[1] ?? 0);
  const order = (a: string, b: string, numeric: boolean) =>
    numeric ? number(a) - number(b) : a < b ? -1 : a > b ? 1 : 0;
  const global = (letter: string) => flags.has(letter);
  const compare = (a: string, b: string) => {
    for (const key of keys) {
      const own = `${key![2]}${key![4] ?? ""}`;
      const numeric = own === "" ? global("n") || global("g") : /[ng]/.test(own);
      const result = order(field(a, key!), field(b, key!), numeric);
      if (result !== 0) return (own === "" ? global("r") : own.includes("r")) ? -result : result;
    }
    const numeric = keys.length === 0 && (global("n") || global("g"));
    const result = (numeric ? order(a, b, true) : 0) ||
      (flags.has("u") && (numeric || keys.length > 0) ? 0 : order(a, b, false));
    return global("r") ? -result : result;
  };
  let lines = linesOf(text).sort(compare);
  if (flags.has("u")) lines = lines.filter((line, i) => i === 0 || compare(line, lines[i - 1]!) !== 0);
  return { status: 0, stdout: joinLines(lines) };
};

/** `uniq [-cdu]`. */
export const uniq: Command = (invocation) => {
  const { flags, operands } = parseOptions("uniq", invocation.args, "cdui");
  const { text, stderr } = readAll("uniq", operands.slice(0, 1), invocation);
  if (stderr !== "") return { status: 1, stderr };
  const groups: { line: string; count: number }[] = [];
  const same = (a: string, b: string) => flags.has("i") ? a.toLowerCase() === b.toLowerCase() : a === b;
  for (const line of linesOf(text)) {
    const last = groups.at(-1);
    if (last !== undefined && same(last.line, line)) last.count++;
    else groups.push({ line, count: 1 });
  }
  const shown = groups.filter(({ count }) => (!flags.has("d") || count > 1) && (!flags.has("u") || count === 1));
  return {
    status: 0,
    stdout: joinLines(shown.map(({ line, count }) => flags.has("c") ? `${String(count).padStart(7)} ${line}` : line)),
  };
};

/** `tee [-a] [FILE…]`. */
export const tee: Command = ({ args, stdin, path, world }) => {
  const { flags, operands } = parseOptions("tee", args, "ai");
  const text = stdin();
  let stderr = "";
  for (const name of operands) {
    const output = openOutput(path(name), flags.has("a"), world);
    const problem = typeof output === "string" ? output : output.write(text);
    if (problem !== undefined) stderr += `tee: ${name}: ${problem}\n`;
  }
  return { status: stderr === "" ? 0 : 1, stdout: text, stderr };
};

/** `tac`, `rev`: lines, or the characters of each, in reverse. */
function reversed(name: string, change: (lines: string[]) => string[]): Command {
  return (invocation) => {
    const { text, stderr } = readAll(name, invocation.args, invocation);
    return { status: stderr === "" ? 0 : 1, stdout: joinLines(change(linesOf(text))), stderr };
  };
}

export const tac = reversed("tac", (lines) => lines.reverse());
export const rev = reversed("rev", (lines) => lines.map((line) => [...line].reverse().join("")));
