/// <reference lib="dom" />
/**
 * The menu of examples, by topic.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { render, type VNode } from "preact";
import type { Example } from "../examples.ts";

/** The elements of the menu. */
export interface ExamplesParts {
  readonly dialog: HTMLDialogElement;
  readonly filter: HTMLInputElement;
  readonly list: HTMLElement;
  readonly close: HTMLButtonElement;
}

/** Lets somebody choose an example. */
export class ExamplesDialog {
  readonly #parts: ExamplesParts;
  readonly #onChoice: (example: Example) => void;
  #examples: readonly Example[] = [];

  constructor(parts: ExamplesParts, onChoice: (example: Example) => void) {
    this.#parts = parts;
    this.#onChoice = onChoice;
    parts.filter.addEventListener("input", () => this.#render());
    parts.close.addEventListener("click", () => parts.dialog.close());
    parts.dialog.addEventListener("click", (event) => {
      // A click beside the dialog is on the dialog itself.
      if (event.target === parts.dialog) parts.dialog.close();
    });
  }

  /** Shows the menu. */
  open(examples: readonly Example[]): void {
    this.#examples = examples;
    this.#parts.filter.value = "";
    this.#render();
    this.#parts.dialog.showModal();
    this.#parts.filter.focus();
  }

  #render(): void {
    const words = this.#parts.filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
    const wanted = this.#examples.filter(({ path, title }) => {
      const text = `${path} ${title}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    const topics = Map.groupBy(wanted, ({ path }) => path.slice(0, path.indexOf("/")));
    const open = words.length > 0;
    render(
      <>
        <p role="status" class="for-readers">{`${wanted.length} examples`}</p>
        {wanted.length === 0 && <p>No example has these words.</p>}
        {[...topics].map(([topic, examples]) => this.#topic(topic, examples, open))}
      </>,
      this.#parts.list,
    );
  }

  #topic(topic: string, examples: readonly Example[], open: boolean): VNode {
    return (
      <details key={`${topic} ${open}`} open={open}>
        <summary>
          {topic} <span class="count">{examples.length}</span>
        </summary>
        <ul>
          {examples.map((example) => (
            <li key={example.path}>
              <button type="button" onClick={() => this.#choose(example)}>
                {example.title} <span class="path">{example.path.slice(topic.length + 1)}</span>
              </button>
            </li>
          ))}
        </ul>
      </details>
    );
  }

  #choose(example: Example): void {
    this.#parts.dialog.close();
    this.#onChoice(example);
  }
}
