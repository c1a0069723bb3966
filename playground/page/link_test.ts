import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { FIRST_SCRIPT } from "./first_script.ts";
import { fromFragment, LinkError, MAX_SCRIPT, type Shared, toFragment } from "./link.ts";

Deno.test("a link gives back what it carries", async () => {
  const shared: fc.Arbitrary<Shared> = fc.record({
    script: fc.string({ unit: "grapheme", maxLength: 300 }),
    profile: fc.constantFrom("linux" as const, "rfc" as const),
    variant: fc.constantFrom("" as const, "ipv4" as const, "ipv6" as const, "ipv4-mapped-ipv6" as const),
  });
  await fc.assert(fc.asyncProperty(shared, async (one) => {
    const fragment = await toFragment(one);
    assert(/^[\w=&-]*$/.test(fragment), fragment);
    assertEquals(await fromFragment(`#${fragment}`), { ...one });
  }));
});

Deno.test("a script is shorter in a link than it is", async () => {
  const { length } = await toFragment({ script: FIRST_SCRIPT, profile: "linux", variant: "" });
  assert(length < FIRST_SCRIPT.length, `${length} of ${FIRST_SCRIPT.length}`);
});

Deno.test("a link that carries no script is none; a damaged or a huge one is told", async () => {
  assertEquals(await fromFragment(""), undefined);
  assertEquals(await fromFragment("#top"), undefined);
  const fragment = await toFragment({
    script: "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n",
    profile: "rfc",
    variant: "ipv6",
  });
  await assertRejects(() => fromFragment(fragment.replace(/script=.{9}/, "script=")), LinkError);
  await assertRejects(() => fromFragment("script=%F0%9F%98%80"), LinkError);
  const bomb = await toFragment({ script: " ".repeat(2 * MAX_SCRIPT), profile: "linux", variant: "" });
  assert(bomb.length < 10_000);
  await assertRejects(() => fromFragment(bomb), LinkError, "larger than 1 MiB");
  const odd = await fromFragment(`${fragment.replace("profile=rfc", "profile=bsd").replace("ipv6", "ipx")}`);
  assertEquals([odd?.profile, odd?.variant], ["linux", ""]);
});
