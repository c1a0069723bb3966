/// <reference lib="dom" />
import { assert, assertEquals, assertMatch } from "@std/assert";
import axe from "axe-core";
import type { Browser, Page } from "puppeteer-core";
import { needed } from "../host/test_support.ts";
import { NEEDS_CHROMIUM, startBrowser } from "./_chromium.ts";
import { buildTestSite, serve, type TestServer, type TestSite } from "./_site.ts";
import { LIMIT_MS } from "./page/runs.ts";

/** Octets of the whole site as servers send it. */
const MAX_COMPRESSED = 1_000_000;

/** On a machine that is busy with much else. */
const PATIENCE_MS = 180_000;

const OPEN = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n";
const FAILING = `${OPEN}+.1 < S 0:0(0) win 1000 <mss 1460>\n+0 > S. 0:0(0) ack 1 <mss 1400>\n`;
const PASSING = FAILING.replace("mss 1400", "mss 1460");

Deno.test("the playground", async (t) => {
  const site = await buildTestSite();
  try {
    await t.step("all of it is less than 1 MB, compressed, and holds its licences", async () => {
      const total = site.files.reduce((sum, { compressed }) => sum + compressed, 0);
      assert(total < MAX_COMPRESSED, `${total} octets`);
      assertEquals(site.files.map(({ name }) => name).sort(), [
        "app.js",
        "clauses.js",
        "examples.js",
        "index.html",
        "licences.txt",
        "style.css",
      ]);
      assertMatch(await Deno.readTextFile(`${site.folder}/licences.txt`), /@codemirror\/view [\d.]+\n\nMIT License/);
    });
  } finally {
    await site.remove();
  }
});

async function inBrowser(t: Deno.TestContext): Promise<void> {
  const site = await buildTestSite();
  const server = await serve(site.folder);
  const browser = await startBrowser();
  try {
    for (const [name, step] of STEPS) {
      await t.step(name, () => step({ site, server, browser }));
    }
  } finally {
    await browser.close();
    await server.stop();
    await site.remove();
  }
}

Deno.test({ ...needed(NEEDS_CHROMIUM, "the playground in a browser"), fn: inBrowser });

interface Setting {
  readonly site: TestSite;
  readonly server: TestServer;
  readonly browser: Browser;
}

const STEPS: readonly (readonly [name: string, step: (setting: Setting) => Promise<void>])[] = [
  ["it runs the script that it begins with, and nothing in it needs the network", runsOffline],
  ["a failing script shows its line and the field, and passes once edited", failsThenPasses],
  ["problems are told as one types", tellsProblems],
  ["an RFC clause is told where the pointer rests, and where its line failed", explains],
  ["it completes what the grammar takes", completes],
  ["a link carries the script and the settings; a damaged one is told", shares],
  ["profiles differ", profilesDiffer],
  ["code blocks are judged, and what is not understood is named", judgesCode],
  ["a script without end does not freeze the page, and the next one runs", stopsEndless],
  ["examples are found by words and run", runsExamples],
  ["the keyboard gets everywhere, and Tab leaves the editor", keyboard],
  ["no barrier is found for who can't see or point, in light and dark, in any state", accessible],
  ["a narrow screen scrolls down only", narrow],
  ["it works from a folder on disk", fromDisk],
];

/** A page of the site with whatever it has to complain about. */
async function open({ browser }: Setting, url: string): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warn") problems.push(message.text());
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, problems };
}

/** Waits for a verdict of what is in the editor now. */
async function verdict(page: Page, wanted: RegExp): Promise<string> {
  const found = await page.waitForFunction(
    (source) => {
      const outcome = document.querySelector("#outcome");
      const text = document.querySelector("#outcome .verdict")?.textContent ?? "";
      return outcome?.hasAttribute("aria-busy") !== true && new RegExp(source).test(text) ? text : false;
    },
    { timeout: PATIENCE_MS },
    wanted.source,
  );
  return await found.jsonValue() as string;
}

async function replaceScript(page: Page, script: string): Promise<void> {
  await page.focus(".cm-content");
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  const client = await page.createCDPSession();
  // As pasted: typing would close brackets by itself.
  await client.send("Input.insertText", { text: script });
  await client.detach();
}

async function runsOffline(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  await page.setOfflineMode(true);
  assertMatch(await verdict(page, /pass/), /IPv4, 0\.320 s of script time/);
  assert(await page.$$eval("#diagram .np-arrow", (rows) => rows.length) >= 10);
  await replaceScript(page, PASSING);
  await verdict(page, /pass.*0\.100 s/);
  assertEquals(problems, []);
  await page.close();
}

async function failsThenPasses(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  await replaceScript(page, FAILING);
  await verdict(page, /fail.*line 5: .*expected: mss 1400 actual: mss 1460/);
  await page.waitForSelector(".failing-line");
  assertEquals(
    await page.$eval(".failing-line", (line) => line.textContent),
    "+0 > S. 0:0(0) ack 1 <mss 1400>",
  );
  assertEquals(
    await page.$$eval(".failure tbody tr > *", (cells) => cells.map((cell) => cell.textContent)),
    ["tcp options", "mss 1400", "mss 1460"],
  );
  assertEquals(await page.$$eval("#diagram .np-failing", (rows) => rows.length), 1);
  await replaceScript(page, PASSING);
  await verdict(page, /pass/);
  assertEquals(await page.$(".failing-line"), null);
  assertEquals(problems, []);
  await page.close();
}

async function tellsProblems(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  await replaceScript(page, `${OPEN}+0 frobnicate(3) = 0\n`);
  await page.waitForSelector(".cm-lintRange-error", { timeout: PATIENCE_MS });
  await page.hover(".cm-lintRange-error");
  await page.waitForSelector(".cm-diagnostic", { timeout: PATIENCE_MS });
  assertMatch(
    await page.$eval(".cm-diagnostic", (element) => element.textContent ?? ""),
    /Unknown system call: 'frobnicate'/,
  );
  assertEquals(problems, []);
  await page.close();
}

async function explains(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  await replaceScript(page, `// requires: RFC9293-MUST-13\n${FAILING}`);
  await page.waitForFunction(() => "netproofClauses" in globalThis);
  await verdict(page, /fail/);
  assertMatch(
    await page.$eval(".clauses", (section) => section.textContent ?? ""),
    /^RFC9293-MUST-13 \(RFC 9293 section 3\.6\.1, MUST\): /,
  );
  const comment = await page.$(".script-comment + .script-key + .script-comment, .script-key ~ .script-comment");
  await comment!.hover();
  await page.waitForSelector(".explanation", { timeout: PATIENCE_MS });
  assertMatch(await page.$eval(".explanation", (element) => element.textContent ?? ""), /^RFC9293-MUST-13 \(RFC 9293/);
  assertEquals(problems, []);
  await page.close();
}

async function completes(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  await replaceScript(page, `${OPEN}+0 > . 1:1(0) ack 1 <TS `);
  await page.keyboard.type("v");
  await page.waitForSelector(".cm-tooltip-autocomplete li", { timeout: PATIENCE_MS });
  assertEquals(
    await page.$$eval(".cm-tooltip-autocomplete .cm-completionLabel", (labels) => labels.map((one) => one.textContent)),
    ["val"],
  );
  assertEquals(problems, []);
  await page.close();
}

async function shares(setting: Setting): Promise<void> {
  const { page } = await open(setting, setting.server.url);
  await replaceScript(page, FAILING);
  await page.select("#profile", "rfc");
  await verdict(page, /fail/);
  await page.click("#share");
  await page.waitForFunction(() => document.querySelector("#notice")?.textContent !== "");
  const link = page.url();
  assertMatch(link, /#script=[\w-]+&profile=rfc$/);
  await page.close();
  const other = await open(setting, link);
  await verdict(other.page, /fail/);
  assertEquals(await other.page.$eval("#profile", (select) => (select as HTMLSelectElement).value), "rfc");
  assertEquals(await other.page.$$eval(".cm-line", (lines) => lines.length), FAILING.split("\n").length);
  assertEquals(other.problems, []);
  await other.page.close();
  const damaged = await open(setting, link.replace(/script=.{20}/, "script="));
  assertMatch(await verdict(damaged.page, /pass/), /pass/);
  assertMatch(
    await damaged.page.$eval("#notice", (notice) => notice.textContent ?? ""),
    /^The script in the link can't be read: the link may have been cut off/,
  );
  await damaged.page.close();
}

async function profilesDiffer(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  // RFC 6298 has a minimum of a second; Linux's is 200 ms.
  await replaceScript(
    page,
    `${OPEN}+.1 < S 0:0(0) win 1000 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.01 < . 1:1(0) ack 1 win 1000
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 1
+.9~+1.1 > P. 1:101(100) ack 1
`,
  );
  await verdict(page, /fail.*timing error/);
  await page.select("#profile", "rfc");
  await verdict(page, /pass/);
  assertEquals(problems, []);
  await page.close();
}

async function judgesCode(setting: Setting): Promise<void> {
  const { page } = await open(setting, setting.server.url);
  const connected = `${PASSING}+.01 < . 1:1(0) ack 1 win 1000\n+0 accept(3, ..., ...) = 4\n`;
  await replaceScript(page, `${connected}+0 %{ assert tcpi_snd_cwnd == 11, 'cwnd %d' % tcpi_snd_cwnd }%\n`);
  await verdict(page, /fail.*line 8: error in Python code: AssertionError: cwnd 10/);
  await replaceScript(page, `${connected}+0 %{ assert tcpi_snd_cwnd == 10 }%\n`);
  await verdict(page, /pass/);
  await replaceScript(page, `${connected}+0 %{ assert (lambda: True)() }%\n`);
  await verdict(page, /skip.*the code block of line 8 has a lambda expression/);
  await page.close();
}

async function stopsEndless(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  // Loops of shells are bounded by themselves; this is one within a regular expression.
  await replaceScript(page, `\`echo ${"a".repeat(60)}! | grep -E '^(a+)+$'\`\n${PASSING}`);
  const began = performance.now();
  await page.waitForSelector("#outcome[aria-busy]");
  // The page itself goes on.
  assertEquals(await page.evaluate(() => 6 * 7), 42);
  assert(performance.now() - began < LIMIT_MS);
  await verdict(page, /no end.*was stopped/);
  await replaceScript(page, PASSING);
  await verdict(page, /pass/);
  assertEquals(problems, []);
  await page.close();
}

async function runsExamples(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, setting.server.url);
  await page.click("#open-examples");
  await page.waitForSelector("#examples[open] #examples-list details");
  assert(await page.$$eval("#examples-list li", (items) => items.length) > 300);
  await page.keyboard.type("fast retransmit three");
  await page.waitForFunction(() => document.querySelectorAll("#examples-list li").length === 1);
  await page.click("#examples-list li button");
  await page.waitForFunction(() => !document.querySelector("dialog")?.open);
  assertMatch(await verdict(page, /pass/), /script time/);
  assertMatch(await page.$eval(".cm-line", (line) => line.textContent ?? ""), /^\/\/ title: Three duplicate/);
  assertEquals(problems, []);
  await page.close();
}

async function keyboard(setting: Setting): Promise<void> {
  const { page } = await open(setting, setting.server.url);
  await verdict(page, /pass/);
  const reached: string[] = [];
  for (let i = 0; i < 9; i++) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement?.id || (document.activeElement?.className ?? "")));
  }
  const [row] = reached.splice(6, 1);
  assertEquals(reached.slice(0, 6).map((id) => id.split(" ")[0]), [
    "open-examples",
    "profile",
    "variant",
    "format",
    "share",
    "cm-content",
  ]);
  assertMatch(row!, /np-label|outcome/);
  await page.close();
}

/** What axe finds wrong, with the elements. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

async function accessible(setting: Setting): Promise<void> {
  const { page } = await open(setting, setting.server.url);
  await verdict(page, /pass/);
  for (const value of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    await replaceScript(page, PASSING);
    await verdict(page, /pass.*0\.100 s/);
    assertEquals(await barriers(page), [], `${value}, passing`);
    await replaceScript(page, `// requires: RFC9293-MUST-13\n// variants: ipv4, ipv6\n${FAILING}`);
    await verdict(page, /fail/);
    await page.$eval(".evidence", (details) => (details as HTMLDetailsElement).open = true);
    assertEquals(await barriers(page), [], `${value}, failing`);
    await page.click("#open-examples");
    await page.waitForSelector("#examples[open] #examples-list details");
    await page.keyboard.type("zero");
    assertEquals(await barriers(page), [], `${value}, examples`);
    await page.click("#close-examples");
  }
  await page.close();
}

async function narrow(setting: Setting): Promise<void> {
  const { page } = await open(setting, setting.server.url);
  await page.setViewport({ width: 360, height: 700 });
  await verdict(page, /pass/);
  const [wide, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assertEquals(wide, visible);
  await page.close();
}

async function fromDisk(setting: Setting): Promise<void> {
  const { page, problems } = await open(setting, `file://${setting.site.folder}/index.html`);
  await verdict(page, /pass/);
  await page.click("#open-examples");
  await page.waitForSelector("#examples[open] #examples-list details");
  assertEquals(problems, []);
  await page.close();
}
