/// <reference lib="dom" />
/**
 * The colours of a script in the editor.
 *
 * @module
 */
import { type EditorState, type Extension, RangeSetBuilder, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import { highlight, type HighlightKind } from "../../conformance/assist/highlight.ts";

/** Longer texts are shown plain. */
const MAX_LENGTH = 200_000;

const marks = new Map<HighlightKind, Decoration>();

function markOf(kind: HighlightKind): Decoration {
  const known = marks.get(kind);
  if (known !== undefined) return known;
  const made = Decoration.mark({ class: `script-${kind}` });
  marks.set(kind, made);
  return made;
}

function decorate(state: EditorState): DecorationSet {
  if (state.doc.length > MAX_LENGTH) return Decoration.none;
  const builder = new RangeSetBuilder<Decoration>();
  for (const { start, end, kind } of highlight(state.doc.toString())) {
    if (start < end) builder.add(start, end, markOf(kind));
  }
  return builder.finish();
}

/** Shows what each part of the script is. */
export const colours: Extension = StateField.define<DecorationSet>({
  create: decorate,
  update: (before, transaction) => transaction.docChanged ? decorate(transaction.state) : before,
  provide: (field) => EditorView.decorations.from(field),
});
