/**
 * What may stand where somebody is writing. The grammar itself is asked: what the parser would have taken at that place.
 *
 * @module
 */
import { counterNames } from "../../stack/mib.ts";
import { callSignature, SYSTEM_CALLS } from "../script/check_calls.ts";
import { type Problem, ScriptError } from "../script/diagnostics.ts";
import { icmpTypes } from "../script/icmp_names.ts";
import { OPTIONS } from "../script/options.ts";
import { parseScript } from "../script/parser.ts";
import { AS_IT_ASKS, ownVariants, parseOptionsFor } from "../script/problems.ts";
import { symbolNames, symbolValue } from "../script/symbols.ts";
import { CODE_NAMES } from "../timeline/tcp_info.ts";
import type { Clauses } from "./clauses.ts";
import { CODE_WORDS, FLAG_WORDS, HEADER_WORDS, PACKET_WORDS } from "./words.ts";

/** One thing that may stand there. Kinds bear the names that editors have pictures for. */
export interface CompletionItem {
  readonly label: string;
  readonly kind: "keyword" | "function" | "constant" | "property" | "variable";
  /** What it means, in a few words. */
  readonly detail?: string | undefined;
}

/** What may stand where somebody is writing. */
export interface Completions {
  /** Where the word that is being written begins. */
  readonly from: number;
  readonly items: readonly CompletionItem[];
  /** Few enough to be shown before a letter of it is there. */
  readonly unasked: boolean;
}

/** So many are shown before anything is typed. */
const FEW = 16;

/** What may stand at an offset of a script; undefined where nothing can be said. `clauses`: the RFC clauses that are known. */
export function complete(text: string, offset: number, clauses?: Clauses): Completions | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const comment = /^[ \t]*\/\/[ \t]*(.*)$/.exec(line);
  if (comment !== null) return inHeader(comment[1]!, offset, clauses);
  const word = /[\w.-]*$/.exec(line)![0].replace(/^[\d.]+(?=[A-Za-z])/, "");
  const from = offset - word.length;
  if (/^--\w*$/.test(line)) return found(offset - line.length, optionItems());
  if (isInside(text, offset, "%{", "}%")) return found(offset - /\w*$/.exec(line)![0].length, codeItems());
  if (isInside(text, offset, "`", "`")) return undefined;
  // A line begins with a time, which nobody can guess.
  return line.trim() === "" ? undefined : found(from, expectedAt(text, from));
}

function found(from: number, items: readonly CompletionItem[]): Completions | undefined {
  return items.length === 0 ? undefined : { from, items, unasked: items.length <= FEW };
}

function itemsOf(words: Readonly<Record<string, string>>, kind: CompletionItem["kind"]): CompletionItem[] {
  return Object.entries(words).map(([label, detail]) => ({ label, kind, detail }));
}

function inHeader(comment: string, offset: number, clauses: Clauses | undefined): Completions | undefined {
  if (/^[a-z]*$/.test(comment)) {
    const keys = itemsOf(HEADER_WORDS, "property").map((item) => ({ ...item, label: `${item.label}:` }));
    return { from: offset - comment.length, items: keys, unasked: false };
  }
  const requires = /^requires:.*?([\w.-]*)$/.exec(comment);
  if (requires === null || clauses === undefined) return undefined;
  const items = [...clauses].map(([label, detail]) => ({ label, kind: "constant" as const, detail }));
  return found(offset - requires[1]!.length, items);
}

/** Whether an offset lies between a mark that opens and the one that closes. */
function isInside(text: string, offset: number, open: string, close: string): boolean {
  let inside = false;
  for (let at = 0; at < offset;) {
    const mark = inside ? close : open;
    const next = text.indexOf(mark, at);
    if (next < 0 || next >= offset) break;
    at = next + mark.length;
    inside = !inside;
  }
  return inside;
}

function optionItems(): CompletionItem[] {
  return Object.entries(OPTIONS).map(([name, { argument, about }]) => ({
    label: `--${name}${argument === "required" ? "=" : ""}`,
    kind: "property",
    detail: about,
  }));
}

function codeItems(): CompletionItem[] {
  const names = CODE_NAMES.map((label) => ({
    label,
    kind: /^[A-Z]/.test(label) ? "constant" as const : "variable" as const,
  }));
  return [...itemsOf(CODE_WORDS, "keyword"), ...names];
}

/** What no grammar takes, so that the parser says what it would have taken. */
const NOTHING = " @\n";

function expectedAt(text: string, from: number): CompletionItem[] {
  const before = text.slice(0, from);
  const [version = "ipv4"] = ownVariants("script.pkt", text);
  let problems: readonly Problem[];
  try {
    parseScript(before + NOTHING, { ...parseOptionsFor("script.pkt", version, AS_IT_ASKS), dialect: "packetdrill" });
    return [];
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    problems = error.problems;
  }
  const here = problems.find(({ span }) => span.start === from + NOTHING.indexOf("@"));
  const family = version === "ipv6" ? "ipv6" : "ipv4";
  return (here?.expected ?? []).flatMap((expected) => expectedItems(expected, family));
}

function expectedItems(expected: string, family: "ipv4" | "ipv6"): CompletionItem[] {
  const literal = /^'([\w-]{2,})'$/.exec(expected)?.[1];
  if (literal !== undefined) return [{ label: literal, kind: "keyword", detail: PACKET_WORDS[literal] }];
  if (expected === "a system call") {
    return SYSTEM_CALLS.map((label) => ({ label, kind: "function", detail: callSignature(label) }));
  }
  if (expected === "an expression" || expected === "an address family") {
    const names = symbolNames("packetdrill");
    const wanted = expected === "an expression" ? names : names.filter((name) => name.startsWith("AF_"));
    return wanted.map((label) => ({ label, kind: "constant", detail: String(symbolValue(label)) }));
  }
  if (expected === "TCP flags") return itemsOf(FLAG_WORDS, "keyword");
  if (expected === "an ICMP type") {
    return Object.keys(icmpTypes(family, "packetdrill")).map((label) => ({ label, kind: "constant" }));
  }
  if (expected === "an ECN word") {
    return ["ect0", "ect1", "ce", "noecn"].map((label) => ({ label, kind: "keyword", detail: PACKET_WORDS[label] }));
  }
  if (expected.startsWith("a counter")) {
    return Array.from(counterNames(), (name) => ({ label: `"${name}"`, kind: "variable" as const }));
  }
  return [];
}
