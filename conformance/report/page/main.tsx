/// <reference lib="dom" />
/**
 * Where the page starts in a browser.
 *
 * @module
 */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
import { options, render } from "preact";
import { App } from "./app.tsx";
import { PageData } from "./load.ts";

const place = document.getElementById("np-app")!;

try {
  const data = await PageData.read(document);
  place.textContent = "";
  // What is printed has to be there when the event is over.
  addEventListener("beforeprint", () => options.debounceRendering = (update) => update());
  addEventListener("afterprint", () => delete options.debounceRendering);
  render(<App data={data} />, place);
} catch (error) {
  place.textContent = `This report can't be shown: ${error instanceof Error ? error.message : String(error)}`;
}
