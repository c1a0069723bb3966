/** The program of docs/stack.md, as it stands there, does what the page says. */
import { assert, assertEquals } from "@std/assert";
import { NetworkNamespace } from "../host/netns.ts";
import { run } from "../host/process.ts";
import { Reactor } from "../host/reactor.ts";
import { privilegedTest } from "../host/test_support.ts";

const page = await Deno.readTextFile(new URL("../docs/stack.md", import.meta.url));

function block(start: string): string {
  const found = page.split(/^```\w* ?\w*\n/m).find((part) => part.startsWith(start));
  assert(found !== undefined, `docs/stack.md has no block that begins with ${start}`);
  return found.slice(0, found.indexOf("```"));
}

privilegedTest("tun", "docs/stack.md: the example prints hello and ends", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/echo.ts`, block("// echo.ts"));
    const here = new URL("..", import.meta.url).pathname.replace(/\/$/, "");
    Deno.writeTextFileSync(`${folder}/deno.json`, block("{\n").replaceAll("../netproof", here));
    const [, line = ""] = /^sudo unshare --net deno (run .* echo\.ts)$/m.exec(page) ?? [];
    using namespace = NetworkNamespace.create();
    using reactor = new Reactor();
    const args = line.split(" ").map((word) => word === "echo.ts" ? `${folder}/echo.ts` : word);
    const result = await run({ command: Deno.execPath(), args, namespaceFd: namespace.fd }, reactor);
    assertEquals([result.code, result.output.trimEnd().split("\n").at(-1)], [0, "hello"], result.output);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
