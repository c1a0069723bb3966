/**
 * `--adapter NAME=COMMAND`: a target of the user's own.
 *
 * @module
 */
import { split } from "shlex";

/** A target and the program that drives it. */
export interface Adapter {
  /** Its name as a target. */
  readonly name: string;
  /** Program, looked up in PATH. */
  readonly command: string;
  /** Its arguments. */
  readonly args: string[];
}

/** Names of targets that are, or will be, ours. */
const RESERVED = ["sim", "rfc", "tun", "kernel", "linux"];
const LONGEST_NAME = 40;

/**
 * Reads the option's value. The command is split into words as a shell splits them: blanks part them, quotes and
 * backslashes hold them together; nothing is expanded.
 *
 * @throws {Error} in words, where it can't be used
 */
export function parseAdapter(text: string): Adapter {
  const equals = text.indexOf("=");
  if (equals < 1) throw new Error(`'${text}' is not NAME=COMMAND, such as "mystack=python3 adapter.py".`);
  const name = text.slice(0, equals);
  if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(name) || name.length > LONGEST_NAME) {
    throw new Error(
      `'${name}' can't name a target: a letter, then letters, digits, '.', '_' and '-', ${LONGEST_NAME} at most.`,
    );
  }
  if (RESERVED.includes(name.toLowerCase())) {
    throw new Error(`'${name}' is the name of a target of ours (${RESERVED.join(", ")}): take another.`);
  }
  let words: string[];
  try {
    words = split(text.slice(equals + 1));
  } catch {
    throw new Error(`the command of ${name} has a quote without its end.`);
  }
  const [command, ...args] = words;
  if (command === undefined || command === "") throw new Error(`the command of ${name} is empty.`);
  return { name, command, args };
}
