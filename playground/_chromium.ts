/**
 * What tests need to look at pages in a real browser.
 *
 * @module
 */
import puppeteer, { type Browser } from "puppeteer-core";
import { obstacle } from "../host/test_support.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The browser's name in the search path, if there is one. */
export const CHROMIUM: string | undefined = NAMES.find((name) => obstacle({ programs: [name] }) === undefined);

/** What a test needs to look at a page. */
export const NEEDS_CHROMIUM = { missing: CHROMIUM === undefined ? "a browser: install chromium" : undefined };

function pathOf(name: string): string {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    try {
      if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
    } catch {
      // It is in another folder.
    }
  }
  throw new Error(`there is no ${name}`);
}

/** Starts the browser. It is spoken to through a pipe: nothing listens on a port. */
export async function startBrowser(): Promise<Browser> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-browser-" });
  const browser = await puppeteer.launch({
    executablePath: pathOf(CHROMIUM!),
    headless: true,
    pipe: true,
    userDataDir: folder,
    // As root, and in containers, it has no sandbox of its own; the pages are ours.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
  browser.process()?.once("exit", () => {
    try {
      Deno.removeSync(folder, { recursive: true });
    } catch {
      // A last process of it may still hold a file: it is in the folder for temporary files anyway.
    }
  });
  return browser;
}
