import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { NO_FILTER, readFragment, type ViewState, writeFragment } from "./state.ts";

const START: ViewState = { view: "runs", filter: NO_FILTER, order: "attention", page: 1 };

Deno.test("state: an empty fragment is the start, and the start has one", () => {
  assertEquals(readFragment(""), START);
  assertEquals(writeFragment(START), "#");
});

Deno.test("state: what is written is read again", () => {
  const text = fc.string({ unit: "grapheme" });
  const list = fc.array(text.filter((one) => one !== ""), { maxLength: 3 });
  const plain = { noNullPrototype: true } as const;
  const filter = fc.record({
    verdicts: list,
    targets: list,
    variants: list,
    documents: list,
    levels: list,
    standings: list,
    clause: text,
    text,
  }, plain);
  const order = fc.constantFrom("attention", "script", "slowest");
  const page = fc.integer({ min: 1, max: 999 });
  const lists = fc.record({ view: fc.constantFrom("runs", "requirements"), filter, order, page }, plain);
  const run = fc.record({ script: text.filter((one) => one !== ""), variant: text, target: text, beside: text }, plain);
  const one = fc.record({ view: fc.constant("run"), filter, order, page, run }, plain);
  fc.assert(fc.property(fc.oneof(lists, one), (state) => {
    assertEquals(readFragment(writeFragment(state as ViewState)), state);
  }));
});

Deno.test("state: nonsense is as at the start", () => {
  assertEquals(readFragment("#view=x&order=y&page=-3&verdict=&%%%"), START);
  assertEquals(readFragment("#view=run&page=1e99").view, "runs");
});
