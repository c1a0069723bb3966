import { assertEquals } from "@std/assert";
import { deviationsOf } from "../../deviations.ts";
import { RoundTrip } from "./round_trip.ts";

const LIMITS = { rtoMin: 200_000, rtoMax: 120_000_000 };

/** Feeds `samples` (ms), each a round trip of its own; gives the timeouts in ms. */
function timeouts(roundTrip: RoundTrip, samples: readonly number[]): number[] {
  return samples.map((ms, i) => {
    roundTrip.sample(ms * 1000, i, i + 1);
    return Math.round(roundTrip.timeout / 1000);
  });
}

Deno.test("RFC 6298: first and later samples, at least a second", () => {
  const roundTrip = new RoundTrip(LIMITS, deviationsOf("rfc"));
  assertEquals(roundTrip.timeout, 1_000_000);
  assertEquals(timeouts(roundTrip, [400]), [1200]);
  assertEquals([roundTrip.srtt, roundTrip.rttvar], [400_000, 200_000]);
  roundTrip.sample(800_000, 1, 2);
  assertEquals([roundTrip.srtt, roundTrip.rttvar], [450_000, 250_000]);
  assertEquals(roundTrip.timeout, 1_450_000);
  assertEquals(timeouts(new RoundTrip(LIMITS, deviationsOf("rfc")), [10]), [1000]);
});

Deno.test("Linux, as recorded: the variance comes down by a quarter per round trip, a short sample hardly raises the deviation", () => {
  const roundTrip = new RoundTrip(LIMITS, deviationsOf("linux"));
  const samples = [200, 200, 200, 200, 200, 300, 200, 200, 100, 200, 200];
  assertEquals(timeouts(roundTrip, samples), [600, 600, 556, 517, 488, 478, 460, 447, 424, 417, 412]);
  assertEquals(Math.abs(roundTrip.rttvar - 21_306) < 3, true);
  assertEquals(Math.abs(roundTrip.srtt - 196_841) < 3, true);
});

Deno.test("within one round trip the variance only rises", () => {
  const roundTrip = new RoundTrip(LIMITS, deviationsOf("linux"));
  roundTrip.sample(100_000, 0, 10);
  for (let i = 0; i < 9; i++) roundTrip.sample(100_000, i, 20);
  assertEquals(roundTrip.timeout, 300_000);
});

Deno.test("data starts with 3 s after a SYN that timed out, until something is measured", () => {
  const roundTrip = new RoundTrip(LIMITS, deviationsOf("linux"));
  roundTrip.onHandshakeTimeouts();
  assertEquals(roundTrip.timeout, 3_000_000);
  roundTrip.sample(50_000, 0, 1);
  assertEquals(roundTrip.timeout, 250_000);
});

Deno.test("no longer than the largest", () => {
  assertEquals(timeouts(new RoundTrip({ rtoMin: 200_000, rtoMax: 1_000_000 }, deviationsOf("linux")), [900]), [1000]);
});
