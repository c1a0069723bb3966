/**
 * Where text tools read from.
 *
 * @module
 */
import { readText } from "../streams.ts";
import type { Invocation } from "../world.ts";

/** One thing that was to be read. */
export interface Source {
  readonly name: string;
  /** Undefined if there is no such file. */
  readonly text: string | undefined;
}

/** The files named, or standard input if there are none; "-" is standard input. */
export function sources(files: readonly string[], invocation: Invocation): readonly Source[] {
  const names = files.length === 0 ? ["-"] : files;
  return names.map((name) => ({
    name,
    text: name === "-" ? invocation.stdin() : readText(invocation.path(name), invocation.world),
  }));
}

/** All texts together, and what to say of files that are not there. */
export function readAll(
  command: string,
  files: readonly string[],
  invocation: Invocation,
): { text: string; stderr: string } {
  let text = "";
  let stderr = "";
  for (const source of sources(files, invocation)) {
    if (source.text === undefined) stderr += missing(command, source.name);
    else text += source.text;
  }
  return { text, stderr };
}

/** What a tool says of a file that is not there. */
export function missing(command: string, name: string): string {
  return `${command}: ${name}: No such file or directory\n`;
}

/** A text's lines without their newlines. */
export function linesOf(text: string): string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** Lines as a text. */
export function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
