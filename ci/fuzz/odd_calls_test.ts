import { assert } from "@std/assert";
import fc from "fast-check";
import { callStep, CallWorld } from "./call_world.ts";

Deno.test("no call, however odd its arguments, makes the stack throw or take memory without bound", () => {
  const outcomes = new Map<string, number>();
  let longest = 0;
  fc.assert(
    fc.property(fc.array(callStep, { minLength: 30, maxLength: 120 }), (steps) => {
      const world = new CallWorld(outcomes);
      for (const step of steps) world.step(step);
      world.end();
      longest = Math.max(longest, world.slowest.ms);
    }),
    { numRuns: 120, seed: 5 },
  );
  assert([...outcomes.values()].reduce((sum, count) => sum + count, 0) > 5000);
  assert(longest < 2000, `${longest} ms`);
  // The calls get somewhere: each did something at least once.
  for (const name of ["socket", "bind", "connect", "sendto", "setsockopt", "getsockopt", "epoll_ctl", "splice"]) {
    assert(outcomes.has(`${name} done`), name);
  }
});
