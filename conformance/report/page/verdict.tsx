/**
 * Verdicts and standings by sign, word and colour.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import type { VNode } from "preact";
import type { Verdict } from "../results.ts";
import type { Standing } from "./requirements.ts";

/** Signs that can be told apart without colour. */
const SIGNS: Readonly<Record<Verdict | Standing, string>> = {
  pass: "✓",
  fail: "✗",
  flaky: "~",
  error: "!",
  skip: "–",
  "expected-fail": "△",
  "unexpected-pass": "▲",
  deviates: "△",
  undecided: "?",
  "not covered": "·",
  "not observable": "–",
};

/** A verdict, or how a clause stands, with its sign. */
export function Told({ what }: { readonly what: Verdict | Standing }): VNode {
  return (
    <span class={`told ${classOf(what)}`}>
      <span class="sign" aria-hidden="true">{SIGNS[what]}</span> {what}
    </span>
  );
}

/** Class of a verdict or standing. */
export function classOf(what: Verdict | Standing): string {
  return `is-${what.replaceAll(" ", "-")}`;
}
