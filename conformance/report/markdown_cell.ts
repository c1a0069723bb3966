/**
 * Texts in tables of Markdown.
 *
 * @module
 */

/** What has a meaning in Markdown, or would end a cell. */
const MARKUP = /[\\`*_{}[\]()<>|~#!&$]/g;

/** A text as a cell of a table, whatever is in it. */
export function markdownCell(text: string): string {
  return text.replace(MARKUP, (each) => each === "|" ? "\\|" : `&#${each.charCodeAt(0)};`).replaceAll(/[\n\t]/g, " ");
}
