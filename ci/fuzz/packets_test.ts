import { assert } from "@std/assert";
import { PacketWorld } from "./packet_world.ts";

Deno.test("no packet, and nothing that a program does in between, makes the stack throw or leaves anything behind", () => {
  const calls = new Map<string, number>();
  for (let seed = 1; seed <= 6; seed++) {
    const world = new PacketWorld(seed);
    for (let i = 0; i < 3000; i++) world.step();
    assert(world.sent > 500, `${world.sent} packets sent`);
    for (const [key, count] of world.calls) calls.set(key, (calls.get(key) ?? 0) + count);
    world.end();
  }
  // Packets get somewhere: connections were accepted, written to, read from, reset.
  for (const key of ["accept done", "sendto done", "recvmsg done", "recvmsg 104", "connect 115"]) {
    assert(calls.has(key), key);
  }
});
