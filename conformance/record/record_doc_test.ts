import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { runText } from "../run_text.ts";
import { pkt } from "../script/pkt.ts";

const DOC = await Deno.readTextFile(new URL("../../docs/record.md", import.meta.url));

Deno.test("docs/record.md: the script passes on our stack", async () => {
  const [, text] = /```pkt\n([^]*?)```/.exec(DOC)!;
  const { verdict, message } = await runText(text!);
  assertEquals([verdict, message], ["pass", ""]);
});

Deno.test("docs/record.md and --help name the same options", async () => {
  let help = "";
  await pkt(["record", "--help"], { out: (text) => void (help += text), err: () => {} });
  const named = (text: string) => new Set(text.match(/--[a-z][a-z-]+/g));
  const inDoc = named(DOC);
  for (const option of named(help.slice(0, help.indexOf("Examples:")))) {
    if (option !== "--help") assert(inDoc.has(option), `${option} is not in docs/record.md`);
  }
  assertStringIncludes(help, "$ deno task pkt record download.pcap --local 192.0.2.7 --output download.pkt");
});
