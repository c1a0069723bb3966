/** What a page of `--html` carries, for tests. */
import { gunzipSync } from "node:zlib";
import { type PageIndex, type PagePart, type SplitResults } from "./page/document.ts";
import { INDEX_ID, partId } from "./page/load.ts";

function data(html: string, id: string): unknown {
  const text = new RegExp(`<script type="application/gzip" id="${id}">([^<]*)</script>`).exec(html)?.[1];
  return text === undefined ? undefined : JSON.parse(new TextDecoder().decode(gunzipSync(Uint8Array.fromBase64(text))));
}

/** The index and all parts of a page. */
export function dataOf(html: string): SplitResults {
  const parts: PagePart[] = [];
  for (let part; (part = data(html, partId(parts.length))) !== undefined;) parts.push(part as PagePart);
  return { index: data(html, INDEX_ID) as PageIndex, parts };
}
