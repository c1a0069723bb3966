/// <reference lib="dom" />
/**
 * Puts a diagram into a document and lets pointer and keyboard walk through it.
 *
 * @module
 */
import { render } from "preact";
import type { DiagramRow } from "../diagram/model.ts";
import { ROW_ATTRIBUTE } from "../diagram/render.tsx";
import { rowDetails } from "../diagram/render_details.tsx";

/** A diagram in a document. */
export interface AttachedDiagram {
  /** Chooses a row: its fields are shown until another is. With `focus` the keyboard goes on from there. */
  choose(key: string, focus?: boolean): void;
  /** Stops listening. */
  detach(): void;
}

/** What an attached diagram works on. */
export interface DiagramParts {
  /** Holds what `renderDiagram` or `renderComparison` gave. */
  readonly table: HTMLElement;
  /** Where the fields of the row that is looked at are shown; what is there is replaced. */
  readonly details: HTMLElement;
  /** Rows by their keys. */
  readonly rows: ReadonlyMap<string, DiagramRow>;
  /** Called for each row that is looked at. */
  readonly onRow?: ((row: DiagramRow) => void) | undefined;
}

/**
 * Shows the fields of the row below the pointer or at the keyboard's focus; a click, Enter or Space chooses a row, to be
 * shown when nothing is pointed at. Arrow keys, Home and End go from row to row; Tab goes past the diagram.
 */
export function attachDiagram({ table, details, rows, onRow }: DiagramParts): AttachedDiagram {
  const buttons = [...table.querySelectorAll<HTMLButtonElement>(`[${ROW_ATTRIBUTE}]`)];
  let chosen: HTMLButtonElement | undefined;
  const show = (button: HTMLButtonElement | undefined) => {
    const row = button && rows.get(button.getAttribute(ROW_ATTRIBUTE)!);
    if (row === undefined) return;
    render(rowDetails(row), details);
    onRow?.(row);
  };
  const choose = (button: HTMLButtonElement) => {
    chosen?.removeAttribute("aria-current");
    chosen = button;
    button.setAttribute("aria-current", "true");
    for (const one of buttons) one.tabIndex = one === button ? 0 : -1;
    show(button);
  };
  const buttonAt = (event: Event) =>
    event.target instanceof Element
      ? event.target.closest("tr")?.querySelector<HTMLButtonElement>(`[${ROW_ATTRIBUTE}]`) ?? undefined
      : undefined;
  const exactly = (event: Event) =>
    event.target instanceof Element
      ? event.target.closest<HTMLButtonElement>(`[${ROW_ATTRIBUTE}]`) ?? buttonAt(event)
      : undefined;

  const stop = new AbortController();
  const listen = <K extends keyof HTMLElementEventMap>(type: K, handle: (event: HTMLElementEventMap[K]) => void) =>
    table.addEventListener(type, handle, { signal: stop.signal });
  listen("mouseover", (event) => show(exactly(event)));
  listen("mouseleave", () => show(chosen));
  listen("focusin", (event) => {
    const button = exactly(event);
    if (button !== undefined) choose(button);
  });
  listen("click", (event) => {
    const button = exactly(event);
    if (button !== undefined) choose(button);
  });
  listen("keydown", (event) => {
    const here = buttons.indexOf(event.target as HTMLButtonElement);
    const to = here < 0 ? undefined : destination(event.key, here, buttons.length);
    if (to === undefined) return;
    event.preventDefault();
    buttons[to]!.focus();
    buttons[to]!.scrollIntoView({ block: "nearest" });
  });

  return {
    choose(key, focus = false) {
      const button = buttons.find((one) => one.getAttribute(ROW_ATTRIBUTE) === key);
      if (button === undefined) return;
      choose(button);
      if (focus) button.focus();
    },
    detach: () => stop.abort(),
  };
}

/** Index of the row that a key leads to. */
function destination(key: string, here: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return Math.min(here + 1, count - 1);
    case "ArrowUp":
      return Math.max(here - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}
