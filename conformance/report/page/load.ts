/// <reference lib="dom" />
/**
 * Reads the data that the page carries.
 *
 * @module
 */
import { joinResults, type PageIndex, type PagePart } from "./document.ts";
import type { Results } from "../results.ts";

/** Id of the element that holds the index. */
export const INDEX_ID = "np-index";
/** Id of the element that holds a part. */
export function partId(part: number): string {
  return `np-part-${part}`;
}

/** What a page carries. Parts are read when they are asked for. */
export class PageData {
  readonly #document: Document;
  readonly #parts = new Map<number, Promise<PagePart>>();

  private constructor(document: Document, readonly index: PageIndex) {
    this.#document = document;
  }

  /** Reads the index. Throws an `Error` that says what is wrong where the page is not whole, or the browser too old. */
  static async read(document: Document): Promise<PageData> {
    return new PageData(document, await decode<PageIndex>(document, INDEX_ID));
  }

  /** What was recorded of the runs of a part. */
  part(number: number): Promise<PagePart> {
    let part = this.#parts.get(number);
    if (part === undefined) {
      part = decode<PagePart>(this.#document, partId(number));
      this.#parts.set(number, part);
    }
    return part;
  }

  /** The whole results document. */
  async results(): Promise<Results> {
    const count = Math.max(-1, ...this.index.scripts.map(({ part }) => part)) + 1;
    const parts = await Promise.all(Array.from({ length: count }, (_, number) => this.part(number)));
    return joinResults({ index: this.index, parts });
  }
}

/** JSON, compressed with gzip, as base64. It was made, and checked, by who wrote the page. */
async function decode<T>(document: Document, id: string): Promise<T> {
  const text = document.getElementById(id)?.textContent;
  if (text === undefined || text === null) throw new Error(`the page is not whole: it has no ${id}`);
  if (typeof DecompressionStream === "undefined") throw new Error("this browser has no DecompressionStream");
  const octets = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).json() as T;
}
