/** Baselines that mean no good: one clear error, soon, in bounded memory and words. */
import { assert, assertRejects } from "@std/assert";
import { UsageError } from "../cli/usage_error.ts";
import { needing } from "../../host/test_support.ts";
import { Baseline } from "./baseline.ts";

async function refusal(path: string): Promise<string> {
  const began = performance.now();
  const { message } = await assertRejects(() => Baseline.read(path), UsageError);
  assert(performance.now() - began < 20_000, "it took long");
  assert(message.length < 4000, `${message.length} characters`);
  return message;
}

async function withFile(content: string | Uint8Array, words: RegExp): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    const message = await refusal(path);
    assert(words.test(message), message);
  } finally {
    await Deno.remove(path);
  }
}

const document = (entries: string, more = "") => `{"schema":1,"measured":"x","entries":[${entries}]${more}}`;

for (
  const [what, content, words] of [
    ["nothing", "", /not JSON/],
    ["half of one", document("{}").slice(0, -3), /not JSON/],
    ["a line of 50 MB", `"${"x".repeat(50e6)}"`, /not a baseline/],
    ["a nesting of 100,000", "[".repeat(1e5), /not JSON/],
    ["a nesting of 100,000 that ends", "[".repeat(1e5) + "]".repeat(1e5), /not (JSON|a baseline)/],
    ["huge numbers", document('{"script":"a","target":"b","line":1e999,"clause":"c","reason":"d"}'), /line/],
    ["200,000 entries of another kind", document("1,".repeat(199_999) + "1"), /and 199992 more problems/],
    ["names of prototypes", document("", ',"__proto__":{"x":1},"constructor":1'), /nrecognized key/],
    ["octets that are no UTF-8", new Uint8Array([0xff, 0xfe, 0x7b, 0]), /not JSON/],
  ] as const
) {
  Deno.test(`baseline: ${what}`, () => withFile(content, words));
}

Deno.test("baseline: what is no file, or too much", async () => {
  for (const [path, words] of [["/dev/zero", "it is a device"], ["/", "it is a folder"]] as const) {
    assert((await refusal(path)).includes(words));
  }
  const path = await Deno.makeTempFile();
  await Deno.truncate(path, 1 << 30);
  assert((await refusal(path)).includes("1024 MiB are too much for a baseline"));
  await Deno.remove(path);
});

needing({ programs: ["mkfifo"] }, "baseline: a FIFO", async () => {
  const folder = await Deno.makeTempDir();
  await new Deno.Command("mkfifo", { args: [`${folder}/f`] }).output();
  assert((await refusal(`${folder}/f`)).includes("it is a FIFO"));
  await Deno.remove(folder, { recursive: true });
});
