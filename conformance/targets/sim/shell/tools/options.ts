/**
 * Reads options of small commands.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";

/** Options and what is left. */
export interface ParsedOptions {
  /** Flags that were given, by letter. */
  readonly flags: ReadonlySet<string>;
  /** Values of options that take one, in order. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** Long names for letters. */
export type LongNames = Readonly<Record<string, string>>;

/**
 * Reads options as getopt does. `plain`: letters of flags; `valued`: letters that take a value. What is neither makes the
 * script one for another target.
 */
export function parseOptions(
  command: string,
  args: readonly string[],
  plain: string,
  valued = "",
  long: LongNames = {},
): ParsedOptions {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  const operands: string[] = [];
  const add = (letter: string, value: string) => values.set(letter, [...values.get(letter) ?? [], value]);
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!;
    if (word === "--") {
      operands.push(...args.slice(at + 1));
      break;
    }
    if (!/^-./.test(word)) {
      operands.push(word);
      continue;
    }
    if (word.startsWith("--")) {
      const [name, value] = split(word.slice(2));
      const letter = long[name];
      if (letter === undefined) throw unknown(command, word);
      if (!valued.includes(letter)) flags.add(letter);
      else add(letter, value ?? args[++at] ?? "");
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      if (valued.includes(letter)) {
        add(letter, word.slice(i + 1) || (args[++at] ?? ""));
        break;
      }
      if (!plain.includes(letter)) throw unknown(command, `-${letter}`);
      flags.add(letter);
    }
  }
  return { flags, values, operands };
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function unknown(command: string, option: string): UnsupportedError {
  return new UnsupportedError(`${command} ${option} on the simulated stack`);
}
