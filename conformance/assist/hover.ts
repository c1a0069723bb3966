/**
 * What is to be said of the word that the pointer rests on.
 *
 * @module
 */
import { callSignature } from "../script/check_calls.ts";
import { HEADER_KEYS } from "../script/header.ts";
import { OPTIONS } from "../script/options.ts";
import { symbolValue } from "../script/symbols.ts";
import type { Clauses } from "./clauses.ts";
import { highlight, type HighlightKind } from "./highlight.ts";
import { CODE_WORDS, FLAG_WORDS, HEADER_WORDS, PACKET_WORDS } from "./words.ts";

/** Something that is known of a word. */
export interface Hover {
  readonly start: number;
  readonly end: number;
  /** The word, or what it is called. */
  readonly title: string;
  readonly text: string;
}

/** Longest word that is looked at. */
const MAX_WORD = 64;

/** What is known of the word at an offset, if anything is. */
export function hoverAt(text: string, offset: number, clauses?: Clauses): Hover | undefined {
  const part = highlight(text).find(({ start, end }) => start <= offset && offset < end);
  const wide = part?.kind === "comment" || part?.kind === "option";
  const { start, end } = wordAt(text, offset, wide ? /[\w.-]/ : /\w/);
  const word = text.slice(start, end);
  if (part?.kind === "in" || part?.kind === "out") return flagsOf(text.slice(part.start, part.end), part);
  if (word === "" || word.length > MAX_WORD) return undefined;
  const known = lookUp(word, part?.kind, clauses);
  return known === undefined ? undefined : { start, end, ...known };
}

function wordAt(text: string, offset: number, letter: RegExp): { start: number; end: number } {
  let [start, end] = [offset, offset];
  while (start > 0 && letter.test(text[start - 1]!)) start--;
  while (end < text.length && letter.test(text[end]!)) end++;
  return { start, end };
}

function flagsOf(flags: string, { start, end }: { readonly start: number; readonly end: number }): Hover | undefined {
  if (flags === "<") return { start, end, title: flags, text: "a packet that the script sends to the stack" };
  if (flags === ">") return { start, end, title: flags, text: "a packet that the stack must send" };
  const text = FLAG_WORDS[flags];
  return text === undefined ? undefined : { start, end, title: flags, text };
}

function own(words: Readonly<Record<string, string>>, word: string): string | undefined {
  return Object.hasOwn(words, word) ? words[word] : undefined;
}

function lookUp(
  word: string,
  kind: HighlightKind | undefined,
  clauses: Clauses | undefined,
): Pick<Hover, "title" | "text"> | undefined {
  const titled = (title: string, text: string | undefined) => text === undefined ? undefined : { title, text };
  switch (kind) {
    case "comment": {
      const id = word.replace(/[.-]+$/, "");
      return titled(id, clauses?.get(id));
    }
    case "key":
      return HEADER_KEYS.some((key) => key === word) ? titled(`${word}:`, own(HEADER_WORDS, word)) : undefined;
    case "option": {
      const name = word.replace(/^--/, "");
      return Object.hasOwn(OPTIONS, name) ? titled(`--${name}`, OPTIONS[name]!.about) : undefined;
    }
    case "call":
      return titled(word, callSignature(word));
    case "symbol":
      return titled(word, symbolValue(word)?.toString());
    case "code":
      return titled(word, own(CODE_WORDS, word));
    case "word":
      return titled(word, own(PACKET_WORDS, word));
    default:
      return undefined;
  }
}
