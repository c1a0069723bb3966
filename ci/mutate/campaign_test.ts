import { assert, assertEquals } from "@std/assert";
import { type Judged, runCampaign } from "./campaign.ts";
import { claimingScripts, claimsByScript } from "./claims.ts";
import { stackSources } from "./main.ts";
import { mutantsOf } from "./mutants.ts";
import { Tree } from "./tree.ts";

Deno.test("mutate: a stack that resets resets is noticed by the script that says so, a wider count by nobody", async () => {
  const files = stackSources();
  const clause = "RFC9293-3.10.7.1-closed-discard";
  const all = mutantsOf(files, ({ clauses }) => clauses.includes(clause));
  const dropped = all.find(({ operator, text }) => operator === "drop" && text === "return;");
  assert(dropped !== undefined, "the code that drops a reset for nobody");
  const mutants = [{ ...dropped, id: 1 }];
  await using tree = await Tree.make();
  await tree.instrument(files, mutants);
  const judged: Judged[] = [];
  const passing = await runCampaign(tree.folder, mutants, {
    claims: claimsByScript(claimingScripts()),
    profiles: ["rfc"],
    lanes: 1,
    all: false,
    claimsOnly: true,
    onJudged: (each) => judged.push(each),
  });
  assert(passing.length > 500, `${passing.length} runs pass on the stack as it is`);
  assertEquals(judged.map(({ outcome }) => outcome), ["killed"]);
  assert(judged[0]!.notices.every(({ run }) => run.profile === "rfc" && run.script.startsWith("fixtures/")));
});
