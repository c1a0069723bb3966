/// <reference lib="dom" />
/**
 * The editor: the script with its colours, its problems as it is typed, and what failed when it ran.
 *
 * @module
 */
import { autocompletion, closeBrackets, type CompletionContext, type CompletionResult } from "@codemirror/autocomplete";
import { closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { forceLinting, lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { Clauses } from "../../conformance/assist/clauses.ts";
import { complete } from "../../conformance/assist/complete.ts";
import { failureField, problems, type ScriptFailure, setFailure } from "./editor_problems.ts";
import { colours } from "./editor_colours.ts";
import { explanations } from "./editor_hover.ts";

/** What the editor tells. */
export interface EditorListener {
  /** The text is another. */
  changed(text: string): void;
  /** The script is to be run now. */
  run(): void;
  /** The RFC clauses that are known by now. */
  clauses(): Clauses;
}

function completions(context: CompletionContext, clauses: Clauses): CompletionResult | null {
  const found = complete(context.state.doc.toString(), context.pos, clauses);
  if (found === undefined || found.items.length === 0) return null;
  if (!context.explicit && found.from === context.pos && !found.unasked) return null;
  return {
    from: found.from,
    options: found.items.map(({ label, kind, detail }) => ({
      label,
      type: kind,
      ...(detail === undefined ? {} : { detail }),
    })),
    validFor: /^[\w-]*$/,
  };
}

/** The editor of the page. */
export class Editor {
  readonly #view: EditorView;
  #quiet = false;

  constructor(parent: HTMLElement, text: string, listener: EditorListener) {
    const run = () => {
      listener.run();
      return true;
    };
    this.#view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          highlightSelectionMatches(),
          autocompletion({ override: [(context) => completions(context, listener.clauses())] }),
          lintGutter(),
          explanations(() => listener.clauses()),
          colours,
          failureField,
          problems,
          EditorState.tabSize.of(8),
          EditorView.contentAttributes.of({ "aria-label": "Script", "spellcheck": "false" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !this.#quiet) listener.changed(update.state.doc.toString());
          }),
          keymap.of([
            { key: "Mod-Enter", run },
            ...closeBracketsKeymap,
            ...defaultKeymap,
            ...searchKeymap,
            ...historyKeymap,
            ...completionKeymap,
            ...lintKeymap,
          ]),
        ],
      }),
    });
  }

  get text(): string {
    return this.#view.state.doc.toString();
  }

  /** Another script in place of this one. Nobody is told. */
  replace(text: string): void {
    this.#quiet = true;
    this.#view.dispatch({
      changes: { from: 0, to: this.#view.state.doc.length, insert: text },
      selection: { anchor: 0 },
      effects: [setFailure.of(undefined), EditorView.scrollIntoView(0)],
    });
    this.#quiet = false;
  }

  /** Another form of the same script: the caret stays in its line. */
  reform(text: string): void {
    const { state } = this.#view;
    const line = state.doc.lineAt(state.selection.main.head).number;
    this.#view.dispatch({ changes: { from: 0, to: state.doc.length, insert: text } });
    const { doc } = this.#view.state;
    this.#view.dispatch({ selection: { anchor: doc.line(Math.min(line, doc.lines)).from } });
  }

  /** Marks the line in which the script failed, or none. */
  showFailure(failure: ScriptFailure | undefined): void {
    this.#view.dispatch({ effects: setFailure.of(failure) });
    forceLinting(this.#view);
  }

  /** Puts the caret into a line. */
  goTo(line: number): void {
    const { doc } = this.#view.state;
    const { from } = doc.line(Math.min(Math.max(1, line), doc.lines));
    this.#view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.#view.focus();
  }

  focus(): void {
    this.#view.focus();
  }
}
