/** Every example of docs/language.md parses as the page says it does, and formatting leaves its meaning alone. */
import { assert, assertEquals } from "@std/assert";
import { parseScript } from "./parser.ts";
import { formatScript } from "./format.ts";

const page = await Deno.readTextFile(new URL("../../docs/language.md", import.meta.url));
const examples = [...page.matchAll(/^```pkt ?(\w*)\n([^]*?)^```$/gm)];

Deno.test("docs/language.md has examples", () => {
  assert(examples.length > 15);
});

for (const [, flavour = "", source = ""] of examples) {
  const line = page.slice(0, page.indexOf(source)).split("\n").length;
  Deno.test(`docs/language.md:${line}: the example parses`, () => {
    const options = {
      path: "docs/language.md",
      ipVersion: flavour === "ipv6" ? "ipv6" : "ipv4",
      dialect: flavour === "nplab" ? "nplab" : "packetdrill",
      platform: "FreeBSD",
    } as const;
    const script = parseScript(source, options);
    assert(script.events.length > 0);
    const formatted = formatScript(source, options);
    assertEquals(formatScript(formatted, options), formatted);
    assertEquals(parseScript(formatted, options).events.length, script.events.length);
  });
}
