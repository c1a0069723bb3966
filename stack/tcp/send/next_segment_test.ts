import { assertEquals } from "@std/assert";
import { nextLength, type Partial } from "./next_segment.ts";

const IDLE: Partial = {
  pressing: false,
  hold: "none",
  cork: false,
  nodelay: false,
  waiting: false,
  smallWaiting: false,
  minshall: false,
};

function length(
  unsent: number,
  partial: globalThis.Partial<Partial> = {},
  limits: { room?: number; pieces?: number; available?: number } = {},
): number {
  const { room = 65_535, pieces = 4, available = unsent } = limits;
  return nextLength({ available, unsent, room, mss: 1000, pieces, partial: { ...IDLE, ...partial } });
}

Deno.test("next segment: full segments go at once, as many as may", () => {
  assertEquals([length(3000), length(9000), length(9000, { waiting: true })], [3000, 4000, 4000]);
});

Deno.test("next segment: a small one goes alone when nothing is outstanding (RFC9293-SHLD-7)", () => {
  assertEquals([length(300), length(300, { waiting: true }), length(2300)], [300, -1, 2000]);
});

Deno.test("next segment: in Minshall's form it waits for small ones only", () => {
  const minshall = { minshall: true, waiting: true };
  assertEquals([length(300, minshall), length(2300, minshall)], [300, 2300]);
  assertEquals([length(300, { ...minshall, smallWaiting: true }), length(2300, { ...minshall, smallWaiting: true })], [
    -1,
    2000,
  ]);
});

Deno.test("next segment: TCP_NODELAY, TCP_CORK and MSG_MORE", () => {
  assertEquals(length(300, { nodelay: true, waiting: true }), 300);
  assertEquals([length(300, { cork: true }), length(300, { cork: true, nodelay: true })], [-1, -1]);
  assertEquals([length(300, { hold: "more", nodelay: true }), length(2300, { hold: "more" })], [-1, 2000]);
  assertEquals(length(300, { hold: "flush", cork: true, waiting: true }), 300);
  assertEquals(length(300, { pressing: true, cork: true, waiting: true }), 300);
});

Deno.test("next segment: a window below the MSS is not used (RFC9293-MUST-38)", () => {
  assertEquals([length(5000, {}, { room: 999 }), length(5000, {}, { room: 1000 })], [-1, 1000]);
  assertEquals(length(300, {}, { room: 299 }), -1);
});

Deno.test("next segment: what a window cuts short goes behind full ones where a small one may", () => {
  assertEquals(length(5000, { minshall: true }, { room: 2500 }), 2500);
  assertEquals(length(5000, { minshall: true, smallWaiting: true }, { room: 2500 }), 2000);
  assertEquals(length(5000, {}, { room: 2500 }), 2000);
});

Deno.test("next segment: a record that others follow goes whatever its length", () => {
  assertEquals(length(5000, { waiting: true }, { available: 300 }), 300);
});
