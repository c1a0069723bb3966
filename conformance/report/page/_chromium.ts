/**
 * A real browser for tests of pages, where the machine has one.
 *
 * @module
 */
import { join } from "node:path";
import puppeteer, { type Browser } from "puppeteer-core";
import { obstacle } from "../../../host/test_support.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const CHROMIUM: string | undefined = NAMES.find((name) => obstacle({ programs: [name] }) === undefined);

/** What a test needs to look at a page. */
export const NEEDS_CHROMIUM = { missing: CHROMIUM === undefined ? "a browser: install chromium" : undefined } as const;

/** Starts the browser. It is spoken to through pipes, so nothing listens, and nothing is fetched. `folder` is its own. */
export async function startBrowser(folder: string): Promise<Browser> {
  return await puppeteer.launch({
    executablePath: pathOf(CHROMIUM!),
    headless: true,
    pipe: true,
    userDataDir: folder,
    // As root, and in containers, it has no sandbox of its own; the pages are ours.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}

function pathOf(name: string): string {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const found = folders.map((folder) => join(folder, name)).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}
