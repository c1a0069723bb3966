import { assert, assertEquals } from "@std/assert";
import { Stack } from "../stack.ts";

Deno.test("without a listener nothing is looked at", () => {
  const { net, sockets } = new Stack();
  assertEquals(net.timers.fired, undefined);
  assert(!Object.hasOwn(sockets, "call"));
  assert(Object.hasOwn(new Stack({ trace: () => {} }).sockets, "call"));
});
