/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import axe from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { needed } from "../../../host/test_support.ts";
import { renderHtml } from "../html.ts";
import type { Results } from "../results.ts";
import { NEEDS_CHROMIUM, startBrowser } from "../../../playground/_chromium.ts";
import { HOSTILE, RESULTS, source } from "./_page.ts";

Deno.test({ ...needed(NEEDS_CHROMIUM, "the report in a browser"), fn: inBrowser });

async function inBrowser(test: Deno.TestContext): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "netproof-report-" });
  const browser = await startBrowser();
  try {
    for (const [name, step] of STEPS) await test.step(name, () => step({ browser, folder }));
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Setting {
  readonly browser: Browser;
  readonly folder: string;
}

/** A report in a tab, and what it complained of. */
interface Opened {
  readonly page: Page;
  readonly problems: readonly string[];
}

async function open({ browser, folder }: Setting, fragment = "", results: Results = RESULTS): Promise<Opened> {
  const file = `${folder}/report.html`;
  await Deno.writeTextFile(file, renderHtml(results, source));
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => problems.push(message.text()));
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) problems.push(`asks for ${request.url()}`);
  });
  await page.goto(`file://${file}${fragment}`);
  await page.waitForSelector("h1");
  return { page, problems };
}

async function texts(page: Page, selector: string): Promise<string[]> {
  return await page.$$eval(selector, (all) => all.map((one) => one.textContent!.replace(/\s+/g, " ").trim()));
}

/** Waits until the page says so. */
async function until(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    (selector: string, text: string) =>
      [...document.querySelectorAll(selector)].some((one) => one.textContent.replace(/\s+/g, " ").includes(text)),
    { timeout: 10_000 },
    selector,
    text,
  );
}

const RUN = "#view=run&script=fixtures%2Fa.pkt&in=ipv4&on=kernel";

const STEPS: readonly (readonly [name: string, step: (setting: Setting) => Promise<void>])[] = [
  ["it shows totals and runs, what wants attention first", async (setting) => {
    const { page, problems } = await open(setting);
    assertEquals(await texts(page, "h1"), ["2 of 7 runs not as expected"]);
    const rows = await texts(page, ".runs tbody tr");
    assertEquals(rows.length, 5);
    assertMatch(rows[0]!, /^fixtures\/a\.pktTitle of .*✗ fail/);
    assertEquals(problems, []);
  }],
  ["filters: boxes and words, counted, kept in the address", async (setting) => {
    const { page } = await open(setting);
    await page.click('.facets input[value="RFC 9293"]');
    await until(page, "[role=status]", "4 of 7 runs");
    await page.type(".facets input[type=search]", "A.PKT");
    await until(page, "[role=status]", "3 of 7 runs");
    assertEquals(await page.evaluate(() => location.hash), "#document=RFC+9293&text=A.PKT");
    const counts = await texts(page, ".facets label");
    assert(counts.includes("fail1") && counts.includes("sim2") && counts.includes("RFC 7913"), counts.join());
    await page.reload();
    await until(page, "[role=status]", "3 of 7 runs");
    assertEquals(await page.$eval(".facets input[type=search]", (box) => (box as HTMLInputElement).value), "A.PKT");
    await page.evaluate(() =>
      [...document.querySelectorAll("button")].find((one) => /everything/.test(one.textContent))!.click()
    );
    await until(page, "[role=status]", "7 runs");
  }],
  ["a run: the diagram, every field of the failing packet, the script, the clause", async (setting) => {
    const { page, problems } = await open(setting);
    await page.evaluate(() => document.querySelector<HTMLAnchorElement>(".runs td a:has(.is-fail)")!.click());
    await until(page, ".np-failure", "line 11: error handling packet");
    assertEquals((await texts(page, ".np-failing")).length, 1);
    const details = await texts(page, ".details tr");
    for (const field of ["time to live64", "window64240", "sequence number80763964 1 from the SYN's"]) {
      assert(details.includes(field), `${field} in ${details.join("; ")}`);
    }
    assertMatch((await texts(page, ".script .failed"))[0]!, /^✗ failed:11\+0 line 11$/);
    assertMatch(
      (await texts(page, ".clause-list .broken"))[0]!,
      /RFC 9293, section 3\.1 · MUST.*✗ fail.*Ports are shown/,
    );
    assertEquals((await texts(page, ".np-plots svg[role=img]")).length, 1);
    await page.goBack();
    await until(page, "[role=status]", "7 runs");
    assertEquals(problems, []);
  }],
  ["the keyboard walks through the diagram, one Tab goes past it", keyboard],
  ["what is below the pointer is shown, and its line of the script", async (setting) => {
    const { page } = await open(setting, RUN);
    await page.waitForSelector(".np-diagram");
    await page.hover(".np-to-stack .np-label");
    await until(page, ".details", "runner to stack");
    assertMatch((await texts(page, ".script .here"))[0]!, /^8/);
    await page.hover("h1");
    await until(page, ".details", "stack to runner");
    await page.click(".script button");
    await until(page, ".details", "command");
  }],
  ["two targets side by side, the first difference in view", async (setting) => {
    const { page, problems } = await open(setting, RUN);
    await page.waitForSelector(".targets select");
    await page.select(".targets select", "sim");
    await page.waitForSelector(".np-pair");
    assertEquals(await page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get("beside")), "sim");
    const visible = await page.$eval(".np-differs", (row) => {
      const [own, pane] = [row.getBoundingClientRect(), row.closest(".pane")!.getBoundingClientRect()];
      return own.top >= pane.top && own.bottom <= pane.bottom + 1;
    });
    assert(visible);
    assertEquals(problems, []);
  }],
  ["requirements by target open to their clauses, which lead to their runs", async (setting) => {
    const { page, problems } = await open(setting, "#view=requirements");
    assertEquals(await texts(page, "h1"), ["2 of 3 clauses are shown by a script that was run"]);
    assertEquals((await texts(page, ".clause")).length, 3);
    await page.click('button[aria-expanded="true"]');
    await page.waitForFunction(() => document.querySelectorAll(".clause").length < 3);
    await page.click('.facets input[value="fail"]');
    await until(page, "[role=status]", "1 of 3 clauses");
    await page.click(".clause th a");
    await until(page, "[role=status]", "4 of 7 runs");
    assertEquals(problems, []);
  }],
  ["names, texts and messages that are HTML stay text", async (setting) => {
    const script = encodeURIComponent(HOSTILE);
    for (const fragment of ["", "#view=requirements", `#view=run&script=${script}&in=ipv4&on=sim`]) {
      const { page, problems } = await open(setting, fragment);
      await page.waitForSelector("main table");
      assertEquals(await page.title(), "netproof results", fragment);
      assertEquals(await page.$$eval("img", (all) => all.length), 0);
      assert((await texts(page, "main")).join().includes("<img src=x"), fragment);
      assertEquals(problems, []);
    }
  }],
  ["what screen readers, keyboards and weak eyes need is there, light and dark", accessible],
  ["a narrow screen scrolls down only, and folds its filters away", async (setting) => {
    for (const fragment of ["", "#view=requirements", RUN]) {
      const { page } = await open(setting, fragment);
      await page.setViewport({ width: 400, height: 800 });
      await page.reload();
      await page.waitForSelector("main table");
      if (fragment === RUN) await page.waitForSelector(".np-diagram");
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert(width <= 400, `${fragment}: ${width}`);
      if (fragment !== "") continue;
      const shown = () => page.$eval('.facets input[type="checkbox"]', (box) => box.checkVisibility());
      assertEquals(await shown(), false);
      await page.click(".facets summary");
      assertEquals(await shown(), true);
    }
  }],
  ["paper has all rows of a list, and no filters", async (setting) => {
    const runs = Array.from({ length: 250 }, (_, i) => ({ ...RESULTS.runs[0]!, script: `${i}.pkt` }));
    const { page } = await open(setting, "", { ...RESULTS, runs });
    const rows = () => page.$$eval(".runs tbody tr", (all) => all.length);
    assertEquals(await rows(), 50);
    await page.emulateMediaType("print");
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    assertEquals(await rows(), 250);
    assertEquals(await page.$eval(".facets", (facets) => getComputedStyle(facets).display), "none");
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    assertEquals(await rows(), 50);
  }],
  ["the saved document is the results document", async (setting) => {
    const { page } = await open(setting);
    const session = await page.createCDPSession();
    await session.send("Browser.setDownloadBehavior", {
      behavior: "allow",
      downloadPath: setting.folder,
      eventsEnabled: true,
    });
    const saved = new Promise<void>((resolve) => {
      session.on("Browser.downloadProgress", ({ state }) => state === "completed" && resolve());
    });
    await page.click("footer button");
    await saved;
    assertEquals(
      JSON.parse(await Deno.readTextFile(`${setting.folder}/results.json`)),
      JSON.parse(JSON.stringify(RESULTS)),
    );
  }],
];

async function keyboard(setting: Setting): Promise<void> {
  const { page } = await open(setting, RUN);
  await page.waitForSelector(".np-diagram");
  const focused = () =>
    page.evaluate(() => document.activeElement?.getAttribute("data-row") ?? document.activeElement?.ariaLabel);
  // Tab comes to the failing row.
  for (let i = 0; i < 30 && !/^e\d+$/.test(await focused() ?? ""); i++) await page.keyboard.press("Tab");
  assertEquals(await focused(), "e10");
  await page.keyboard.press("ArrowUp");
  assertEquals(await focused(), "expected");
  await page.keyboard.press("Home");
  assertEquals(await focused(), "e0");
  await until(page, ".details", "command");
  await page.keyboard.press("ArrowDown");
  await until(page, ".details", "socket");
  await page.keyboard.press("End");
  assertEquals(await focused(), "e10");
  await page.keyboard.press("Tab");
  assertEquals(await focused(), "Fields of the chosen row");
}

async function accessible(setting: Setting): Promise<void> {
  const hidden = "#verdict=expected-fail&target=sim";
  for (const fragment of ["", hidden, "#view=requirements", RUN, `${RUN}&beside=sim`]) {
    const { page } = await open(setting, fragment);
    await page.waitForSelector(fragment.startsWith(RUN) ? ".details tr" : "main table");
    await page.evaluate(axe.source);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      // Colours are all that is another in the dark.
      const { violations } = await page.evaluate(
        (only: string[]) =>
          (globalThis as unknown as { axe: typeof axe }).axe.run(only.length === 0 ? {} : { runOnly: only }),
        scheme === "light" ? [] : ["color-contrast"],
      );
      const told = violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html}`));
      assertEquals(told, [], `${scheme} ${fragment}`);
    }
    await page.close();
  }
}
