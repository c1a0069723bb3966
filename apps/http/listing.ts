/**
 * A page that lists a folder.
 *
 * @module
 */
import { render } from "preact-render-to-string";
import { h } from "preact";

/** The page for a folder called `name`. Names are escaped by construction. */
export function listing(name: string, entries: readonly Deno.DirEntry[]): string {
  const names = entries.map((entry) => entry.isDirectory ? `${entry.name}/` : entry.name).sort();
  const href = (entry: string) => `./${entry.split("/").map(encodeURIComponent).join("/")}`;
  const items = names.map((entry) => h("li", null, h("a", { href: href(entry) }, entry)));
  const head = h("head", null, h("meta", { charSet: "utf-8" }), h("title", null, name));
  return `<!doctype html>${
    render(h("html", null, head, h("body", null, h("h1", null, name), h("ul", null, items))))
  }\n`;
}
