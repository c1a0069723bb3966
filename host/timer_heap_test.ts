import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type HeapEntry, TimerHeap } from "./timer_heap.ts";

Deno.test("deadlines come out in order, whatever was removed in between", () => {
  const steps = fc.array(fc.record({ deadline: fc.nat(50), remove: fc.boolean(), which: fc.nat(1000) }), {
    maxLength: 200,
  });
  fc.assert(fc.property(steps, (list) => {
    const heap = new TimerHeap<HeapEntry>();
    const model: HeapEntry[] = [];
    for (const { deadline, remove, which } of list) {
      if (remove && model.length > 0) {
        heap.remove(model.splice(which % model.length, 1)[0]!);
      } else {
        const entry = { deadline, position: -1 };
        heap.push(entry);
        model.push(entry);
      }
      assertEquals(heap.peek()?.deadline, model.length === 0 ? undefined : Math.min(...model.map((e) => e.deadline)));
    }
    const rest: number[] = [];
    for (let entry; (entry = heap.peek());) {
      rest.push(entry.deadline);
      heap.remove(entry);
    }
    assertEquals(rest, model.map((e) => e.deadline).sort((a, b) => a - b));
  }));
});

Deno.test("removing an entry twice changes nothing", () => {
  const heap = new TimerHeap<HeapEntry>();
  const [a, b] = [{ deadline: 1, position: -1 }, { deadline: 2, position: -1 }];
  heap.push(a);
  heap.push(b);
  heap.remove(a);
  heap.remove(a);
  assertEquals([heap.size, heap.peek()], [1, b]);
});
