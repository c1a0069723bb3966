/// <reference lib="dom" />
/**
 * Making elements.
 *
 * @module
 */
import { type ComponentChildren, h as createElement, type VNode } from "preact";

type MakeElement = (
  tag: string,
  attributes: Readonly<Record<string, unknown>> | null,
  ...children: ComponentChildren[]
) => VNode;

/** preact's own type does not hold under exactOptionalPropertyTypes. */
export const h = createElement as unknown as MakeElement;

/** The element of the page with that id. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${id}`);
  return element;
}
