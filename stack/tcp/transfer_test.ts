import { assert, assertEquals } from "@std/assert";
import { parseImpairment } from "../link/impairment.ts";
import { seededRandom } from "../random.ts";
import { transfer } from "./_testing.ts";

function pattern(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random());
}

for (
  const impairment of [
    "delay=5ms",
    "loss=3% reorder=5% dup=2% corrupt=1% delay=10ms jitter=3ms",
    "loss=10% delay=2ms",
    "reorder=30% delay=5ms jitter=4ms",
    "dup=30%",
  ]
) {
  Deno.test(`transfer: both streams arrive whole over a link with ${impairment}`, () => {
    const there = pattern(400_001, 1);
    const back = pattern(300_000, 2);
    const result = transfer({ impairments: parseImpairment(impairment) }, there, back, 120_000_000);
    assertEquals(result.there.length, there.length);
    assertEquals(result.back.length, back.length);
    assert(result.there.every((octet, i) => octet === there[i]));
    assert(result.back.every((octet, i) => octet === back[i]));
  });
}

Deno.test("transfer: a clean path of 10 ms round trip is filled, not idled on", () => {
  const { time_us } = transfer(
    { impairments: parseImpairment("delay=5ms") },
    pattern(1_000_000, 1),
    new Uint8Array(0),
    60_000_000,
  );
  // Slow start from ten segments takes eight round trips for a megabyte.
  assert(time_us < 200_000, `${time_us} µs`);
});
