/** Reports that can't be written: nothing hangs, nothing that was there is lost, and each is told. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { effectiveUserId } from "../../host/mod.ts";
import { needed, needing } from "../../host/test_support.ts";
import { GOOD, readResults, withOutcome } from "./_testing.ts";
import { openReport } from "./report_file.ts";
import { UsageError } from "./usage_error.ts";

const SIM = ["good.pkt", "--target", "sim"];
const FILES = { "good.pkt": GOOD };

async function inFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("report file: nothing is there before it is written, and what was there stays until then", () =>
  inFolder((folder) => {
    const fresh = openReport(`${folder}/new`);
    assertEquals(names(folder), []);
    assertEquals(fresh.write(new TextEncoder().encode("a")), undefined);
    Deno.chmodSync(`${folder}/new`, 0o640);
    const again = openReport(`${folder}/new`);
    assertEquals(Deno.readTextFileSync(`${folder}/new`), "a");
    assertEquals(again.write(new TextEncoder().encode("b")), undefined);
    assertEquals(Deno.readTextFileSync(`${folder}/new`), "b");
    assertEquals(Deno.statSync(`${folder}/new`).mode! & 0o777, 0o640);
    assertEquals(names(folder), ["new"]);
  }));

Deno.test("report file: a link, and a file with two names, stay what they are", () =>
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "old");
    Deno.linkSync(`${folder}/file`, `${folder}/same`);
    Deno.symlinkSync("file", `${folder}/link`);
    for (const name of ["link", "same"]) {
      assertEquals(openReport(`${folder}/${name}`).write(new TextEncoder().encode(name)), undefined);
    }
    assertEquals(Deno.readTextFileSync(`${folder}/file`), "same");
    assert(Deno.lstatSync(`${folder}/link`).isSymlink);
  }));

for (
  const [what, make, path, words] of [
    ["a folder", "mkdir r", "r", "r: can't be written: it is a folder"],
    ["a FIFO that nobody reads", "mkfifo r", "r", "r: can't be written: nobody reads it"],
    ["a path through a file", ":", "good.pkt/r", "good.pkt/r: can't be written: "],
    ["a loop of links", "ln -s r r", "r", "r: can't be written: "],
    ["a folder that is not there", ":", "no/r", "no/r: can't be written: "],
    ["nothing", ":", "", "can't be written: "],
  ] as const
) {
  const programs = make.startsWith("mkfifo") ? ["mkfifo"] : [];
  needing(
    { programs },
    `report file: ${what} is told before anything runs`,
    () =>
      withOutcome(FILES, [...SIM, "--json", path], ({ code, out, err }) => {
        assertEquals([code, out], [2, ""]);
        assertStringIncludes(err, words);
      }, { shell: `${make}; exec "$@"` }),
  );
}

Deno.test({
  ...needed({ programs: ["mkfifo"] }, "report file: a FIFO with a reader is given the whole report"),
  fn: () =>
    withOutcome(FILES, [...SIM, "--json", "pipe"], async ({ code, folder }) => {
      assertEquals(code, 0);
      assertEquals((await readResults(folder)).runs.length, 1);
    }, { shell: 'mkfifo pipe; cat pipe >r.json & sleep 0.2; "$@"; status=$?; wait; exit $status' }),
});

Deno.test("report file: two reports in one file are refused", () =>
  withOutcome(FILES, [...SIM, "--json", "r", "--junit", "./r"], ({ code, err }) => {
    assertEquals(code, 2);
    assertStringIncludes(err, "two reports can't go to ");
  }));

Deno.test({
  ...needed(
    { privilege: "namespace", programs: ["mount", "unshare", "dd"] },
    "report file: a full disk costs neither the results nor the report that was there",
  ),
  fn: () =>
    withOutcome(
      FILES,
      [...SIM, "--json", "full/r.json", "--tap", "full/r.tap", "--pcap", "full/captures"],
      ({ code, out, err }) => {
        assertEquals(code, 2);
        assertStringIncludes(out, "1 passed, 0 failed");
        for (const name of ["r.json", "r.tap"]) {
          assertStringIncludes(err, `full/${name}: could not be written: No space left on device`);
        }
        assertStringIncludes(err, "good.pkt.ipv4.sim.pcapng: could not be written");
        assertStringIncludes(out, "left: precious full: captures filler r.json full/captures:\n");
      },
      {
        shell: `exec unshare -m sh -c '
          mkdir full && mount -t tmpfs -o size=64k none full && mkdir full/captures && echo precious >full/r.json || exit 9
          dd if=/dev/zero of=full/filler bs=1k 2>/dev/null
          "$@"
          status=$?
          echo left: $(cat full/r.json) $(ls -A full full/captures)
          exit $status' sh "$@"`,
      },
    ),
});

Deno.test("report file: one that may not be written is told", () =>
  inFolder((folder) => {
    if (effectiveUserId() === 0) return;
    Deno.writeTextFileSync(`${folder}/r.json`, "old", { mode: 0o400 });
    assertThrows(() => openReport(`${folder}/r.json`), UsageError, "ermission denied");
  }));
