/**
 * Records what Linux answers to calls with odd arguments, for `odd_calls_test.ts`. Needs what the target `kernel` needs:
 *
 *     deno run --allow-read --allow-write --allow-run --allow-ffi --allow-sys --allow-env \
 *         conformance/targets/recordings/record_odd_calls.ts > conformance/targets/recordings/odd_calls.jsonl
 *
 * A line is one world: its calls in the adapter protocol's form, descriptors as slots, each with what it came to.
 *
 * @module
 */
import fc from "fast-check";
import { oddCall } from "../../../ci/fuzz/odd_calls.ts";
import { toWire } from "../adapter/protocol.ts";
import { KernelTarget } from "../kernel.ts";
import { worldOf } from "../test_peer.ts";
import { kindsOf, OddWorld } from "../_odd_world.ts";

const WORLDS = 60;
const CALLS = 40;

if (import.meta.main) {
  const options = worldOf("ipv4", "/tmp");
  const target = new KernelTarget();
  try {
    for (let seed = 1; seed <= WORLDS; seed++) {
      const session = await target.open(options);
      await session.start();
      const world = new OddWorld(session, options);
      await world.begin();
      const steps = [];
      for (const request of fc.sample(oddCall(kindsOf(options)), { numRuns: CALLS, seed })) {
        steps.push({ request: toWire(request), came: (await world.call(request)).came });
      }
      console.log(JSON.stringify(steps));
      await session.close();
    }
  } finally {
    await target.close();
  }
}
