import { assertEquals, assertRejects } from "@std/assert";
import { untilStopped } from "./stop.ts";

Deno.test("what is done in time is done", async () => {
  assertEquals(await untilStopped(Promise.resolve(), Infinity, undefined), "done");
  assertEquals(await untilStopped(Promise.resolve(), 1000, new AbortController().signal), "done");
});

Deno.test("what takes too long is stopped", async () => {
  assertEquals(await untilStopped(new Promise(() => {}), 5, undefined), "limit");
});

Deno.test("what fails, fails", async () => {
  await assertRejects(() => untilStopped(Promise.reject(new Error("no")), 1000, undefined), Error, "no");
});

Deno.test("a signal stops, also one given before", async () => {
  const abort = new AbortController();
  const waiting = untilStopped(new Promise(() => {}), Infinity, abort.signal);
  abort.abort();
  assertEquals(await waiting, "aborted");
  assertEquals(await untilStopped(new Promise(() => {}), Infinity, abort.signal), "aborted");
});

Deno.test("what fails afterwards disturbs nobody", async () => {
  const late = new Promise<void>((_, reject) => setTimeout(() => reject(new Error("late")), 10));
  assertEquals(await untilStopped(late, 1, undefined), "limit");
  await new Promise((resolve) => setTimeout(resolve, 20));
});
