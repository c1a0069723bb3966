/// <reference lib="dom" />
/**
 * What is wrong with a script: what can be known by reading it, and what failed when it ran.
 *
 * @module
 */
import { type Diagnostic, linter } from "@codemirror/lint";
import { type Extension, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { joinAlternatives, type Problem } from "../../conformance/script/diagnostics.ts";
import { AS_IT_ASKS, checkSource } from "../../conformance/script/problems.ts";

/** Where a run failed. */
export interface ScriptFailure {
  readonly line: number;
  readonly message: string;
  readonly severity: "error" | "warning";
}

/** Says where the last run failed, if it did. */
export const setFailure = StateEffect.define<ScriptFailure | undefined>();

interface Shown {
  readonly failure: ScriptFailure | undefined;
  readonly lines: DecorationSet;
}

const NOTHING: Shown = { failure: undefined, lines: Decoration.none };

function shown(failure: ScriptFailure | undefined, doc: Text): Shown {
  if (failure === undefined || failure.line > doc.lines) return NOTHING;
  const mark = Decoration.line({ class: `failing-line failing-${failure.severity}` });
  return { failure, lines: Decoration.set([mark.range(doc.line(failure.line).from)]) };
}

/** The line that failed. It goes along with the text around it until the next run. */
export const failureField: StateField<Shown> = StateField.define<Shown>({
  create: () => NOTHING,
  update(before, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(setFailure)) return shown(effect.value, transaction.state.doc);
    }
    return transaction.docChanged ? { ...before, lines: before.lines.map(transaction.changes) } : before;
  },
  provide: (field) => EditorView.decorations.from(field, ({ lines }) => lines),
});

const SEVERITIES = { "error": "error", "run-time": "error", "warning": "warning" } as const;

function messageOf({ message, expected, hint }: Problem): string {
  const lines = [message];
  if (expected.length > 0) lines.push(`expected ${joinAlternatives(expected)}`);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines.join("\n");
}

/** What `pkt check` says of the script, and where the last run failed. */
export const problems: Extension = linter((view) => {
  const { doc } = view.state;
  const found: Diagnostic[] = checkSource("script.pkt", doc.toString(), AS_IT_ASKS).map((problem) => ({
    from: Math.min(problem.span.start, doc.length),
    to: Math.min(problem.span.end, doc.length),
    severity: SEVERITIES[problem.severity],
    message: messageOf(problem),
  }));
  const { failure, lines } = view.state.field(failureField);
  const at = lines.iter();
  if (failure !== undefined && at.value !== null) {
    const { from, to } = doc.lineAt(at.from);
    found.push({ from, to, severity: failure.severity, message: failure.message });
  }
  return found;
}, {
  delay: 200,
  needsRefresh: (update) => update.transactions.some(({ effects }) => effects.some((effect) => effect.is(setFailure))),
});
