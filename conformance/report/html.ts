/**
 * The results as one page that needs nothing else: no other file, no network, no build. The page's program is bundled when
 * netproof is made (`deno task bundle`), and stands in the page with the document.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { DIAGRAM_STYLE } from "./diagram/style.ts";
import client from "./page/client.generated.js" with { type: "text" };
import { splitResults } from "./page/document.ts";
import { INDEX_ID, partId } from "./page/load.ts";
import { renderTotals } from "./page/static.tsx";
import { PAGE_STYLE } from "./page/style.ts";
import { PLOT_STYLE } from "./plot/style.ts";
import { readable, readableSource } from "./readable.ts";
import type { Results } from "./results.ts";

/** The document as one HTML file that needs nothing else. `sourceOf` gives the text of a script. */
export function renderHtml(document: Results, sourceOf: (script: string) => string | undefined): string {
  const results = readable(document);
  const source = readableSource(document, sourceOf);
  const { index, parts } = splitResults(results, source);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>netproof results</title>
<style>${PAGE_STYLE}${DIAGRAM_STYLE}${PLOT_STYLE}</style>
</head>
<body>
<div id="np-app">Reading…</div>
<noscript>${renderTotals(results)}</noscript>
${dataElement(INDEX_ID, index)}
${parts.map((part, number) => dataElement(partId(number), part)).join("\n")}
<script type="module">${client}</script>
</body>
</html>
`;
}

/** The page's own program may run and nothing else, whatever a script or a stack has put into the document. */
function policy(): string {
  const digest = createHash("sha256").update(client).digest("base64");
  return `default-src 'none'; script-src 'sha256-${digest}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
}

/** Data as an element that is never run: gzip in base64 has no character that ends it. */
function dataElement(id: string, value: unknown): string {
  return `<script type="application/gzip" id="${id}">${gzipSync(JSON.stringify(value)).toString("base64")}</script>`;
}
