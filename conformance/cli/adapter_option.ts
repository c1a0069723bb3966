/**
 * `--adapter NAME=COMMAND`: a target of the user's own.
 *
 * @module
 */
import { split } from "shlex";
import { checkTargetName } from "./target_name.ts";

/** A target and the program that drives it. */
export interface Adapter {
  /** Its name as a target. */
  readonly name: string;
  /** Program, looked up in PATH. */
  readonly command: string;
  /** Its arguments. */
  readonly args: string[];
}

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
  checkTargetName(name);
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
