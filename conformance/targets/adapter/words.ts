/**
 * What an adapter said, cut to what a message can bear: it may say anything, at any length.
 *
 * @module
 */

/** The beginning of `text`, at most `length` characters of it. */
export function beginning(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}

/** The end of `text`, at most `length` characters of it. */
export function ending(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(-length)}`;
}
