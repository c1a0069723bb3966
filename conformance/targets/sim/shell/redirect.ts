/**
 * `>file`, `2>&1`, `<file`, here-documents.
 *
 * @module
 */
import type { HereDoc, HereString, Redirection, Word } from "unbash";
import { UnsupportedError } from "../../target.ts";
import type { Run } from "./control.ts";
import type { Expander } from "./expand.ts";
import { type Descriptors, Input, openOutput, readText } from "./streams.ts";
import type { ShellWorld } from "./world.ts";

/** What redirections need of their shell. */
export interface RedirectionContext {
  readonly world: ShellWorld;
  readonly expander: Expander;
  path(path: string): string;
}

/** The descriptors after some redirections, from left to right; or what was wrong. */
export function* redirect(
  redirections: readonly Redirection[],
  descriptors: Descriptors,
  context: RedirectionContext,
): Run<Descriptors | string> {
  let changed = descriptors;
  for (const one of redirections) {
    if (one.descriptor?.type === "FileDescriptorVariable") {
      throw new UnsupportedError("shell: {name} before a redirection");
    }
    const fd = one.descriptor?.value;
    if (one.type !== "Redirect") {
      changed = changed.with(fd ?? 0, new Input(yield* hereText(one, context)));
      continue;
    }
    if (one.target === undefined) return "redirection without a target";
    const step = yield* redirectOne(one.operator, fd, one.target, changed, context);
    if (typeof step === "string") return step;
    changed = step;
  }
  return changed;
}

function* hereText(one: HereDoc | HereString, context: RedirectionContext): Run<string> {
  if (one.type === "HereString") return `${one.target === undefined ? "" : yield* context.expander.text(one.target)}\n`;
  const text = yield* context.expander.hereDocument(one.body, one.delimiter?.quoted === true);
  return one.operator === "<<-" ? text.replace(/^\t+/gm, "") : text;
}

function* redirectOne(
  operator: string,
  fd: number | undefined,
  word: Word,
  descriptors: Descriptors,
  context: RedirectionContext,
): Run<Descriptors | string> {
  const target = yield* context.expander.text(word);
  if (operator === ">&" || operator === "<&") {
    const own = fd ?? (operator === ">&" ? 1 : 0);
    if (target === "-") return descriptors.with(own, undefined);
    if (/^\d+$/.test(target)) {
      const other = descriptors.get(Number(target));
      return other === undefined ? `${target}: Bad file descriptor` : descriptors.with(own, other);
    }
    if (operator === "<&" || fd !== undefined) return `${target}: ambiguous redirect`;
  }
  const path = context.path(target);
  if (operator === "<") {
    const text = target === "" ? undefined : readText(path, context.world);
    return text === undefined ? `${target}: No such file or directory` : descriptors.with(fd ?? 0, new Input(text));
  }
  if (operator === "<>") throw new UnsupportedError("shell: <>");
  const standard = path === "/dev/stdout"
    ? descriptors.get(1)
    : path === "/dev/stderr"
    ? descriptors.get(2)
    : undefined;
  const output = target === ""
    ? "No such file or directory"
    : standard ?? openOutput(path, operator.endsWith(">>"), context.world);
  if (typeof output === "string") return `${target}: ${output}`;
  const both = operator === "&>" || operator === "&>>" || operator === ">&";
  return both ? descriptors.with(1, output).with(2, output) : descriptors.with(fd ?? 1, output);
}
