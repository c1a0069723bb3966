/**
 * How the terminal's texts look.
 *
 * @module
 */
import { styleText } from "node:util";
import type { EvidenceEntry, Verdict } from "./results.ts";

/** How to write: with colours or plain, with every event or only what matters. */
export interface ConsoleStyle {
  readonly colour: boolean;
  readonly verbose: boolean;
  /** Text of a script by its path, to show lines in context. */
  source(script: string): string | undefined;
  /** A clause in words, by its id. */
  clause?(id: string): string;
}

/** Ways to set text off. */
export type Paint = "red" | "green" | "yellow" | "bold" | "dim";

/** How each verdict is set off. */
export const VERDICT_PAINT: Readonly<Record<Verdict, Paint>> = {
  pass: "green",
  fail: "red",
  flaky: "red",
  skip: "dim",
  error: "red",
  "expected-fail": "yellow",
  "unexpected-pass": "red",
};

/** Text set off where colours are wanted. */
export function paint(style: ConsoleStyle, how: Paint, text: string): string {
  return style.colour ? styleText(how, text, { validateStream: false }) : text;
}

const ARROWS: Readonly<Record<EvidenceEntry["kind"], string>> = {
  inbound: "<",
  outbound: ">",
  call: "·",
  return: "·",
  command: "$",
  code: "%",
  note: "#",
};

const FATES = { refused: " (not what the line expects)", unclaimed: " (no event took it)" };

/** What happened, in a line without its time. */
export function stepText(entry: EvidenceEntry): string {
  const joined = entry.joined === true ? " (goes on)" : "";
  return `${ARROWS[entry.kind]} ${entry.text}${joined}${entry.fate === undefined ? "" : FATES[entry.fate]}`;
}
