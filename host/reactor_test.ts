import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SystemError } from "./errno.ts";
import { close, open, read, syscall, write } from "./syscall.ts";
import { realtime } from "./clock.ts";
import { drainEventfd, EPOLL, eventfd, Reactor, VIRTUAL_CLOCK } from "./reactor.ts";
import { openDescriptors } from "./test_support.ts";

function pipe(): [number, number] {
  const ends = new Int32Array(2);
  syscall("pipe2", ends, 0o2004000);
  return [ends[0]!, ends[1]!];
}

const BYTE = new Uint8Array([42]);

Deno.test("deadlines are met in order and never early", async () => {
  using reactor = new Reactor();
  const start = realtime();
  const order: number[] = [];
  await Promise.all([3000, 1000, 2000, 1000].map(async (delay, i) => {
    const lateness = await reactor.sleepUntil(start + delay);
    assert(realtime() >= start + delay);
    assert(lateness >= 0);
    order.push(i);
  }));
  assertEquals([order[2], order[3]], [2, 0]);
  assertEquals(reactor.lateness().count, 4);
  assertEquals(reactor.waiting, 0);
});

Deno.test("a deadline in the past fires at once; nonsense is refused", async () => {
  using reactor = new Reactor();
  await reactor.sleepUntil(0);
  assertThrows(() => reactor.at(NaN, () => {}), RangeError);
});

Deno.test("cancelled and aborted waits do not fire", async () => {
  using reactor = new Reactor();
  const fired: string[] = [];
  reactor.at(realtime() + 500, () => fired.push("cancelled")).cancel();
  const controller = new AbortController();
  const sleep = reactor.sleepUntil(realtime() + 60e6, controller.signal);
  const [readEnd, writeEnd] = pipe();
  const wait = reactor.readable(readEnd, controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => sleep, Error, "enough");
  await assertRejects(() => wait, Error, "enough");
  await assertRejects(() => reactor.sleepUntil(0, controller.signal), Error, "enough");
  await assertRejects(() => reactor.readable(readEnd, controller.signal), Error, "enough");
  await reactor.sleepUntil(realtime() + 1000);
  assertEquals(fired, []);
  assertEquals(reactor.waiting, 0);
  close(readEnd);
  close(writeEnd);
});

Deno.test("a watch is called while there is something, a one-time wait once", async () => {
  using reactor = new Reactor();
  const [readEnd, writeEnd] = pipe();
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const watch = reactor.watch(readEnd, EPOLL.IN, () => {
    if (++calls < 3) return;
    read(readEnd, new Uint8Array(8));
    resolve();
  });
  const once = reactor.readable(readEnd);
  write(writeEnd, BYTE);
  assertEquals(await once, EPOLL.IN);
  await promise;
  await reactor.sleepUntil(realtime() + 1000);
  assertEquals(calls, 3);
  watch.setEvents(0);
  write(writeEnd, BYTE);
  await reactor.sleepUntil(realtime() + 1000);
  assertEquals(calls, 3);
  watch.setEvents(EPOLL.IN);
  await reactor.sleepUntil(realtime() + 1000);
  assertEquals(calls, 4);
  watch.close();
  watch.close();
  close(readEnd);
  close(writeEnd);
});

Deno.test("readers and writers of one descriptor are told apart; a hang-up wakes both", async () => {
  using reactor = new Reactor();
  const ends = new Int32Array(2);
  syscall("socketpair", 1, 1 | 0o2004000, 0, ends);
  const [here, there] = [ends[0]!, ends[1]!];
  const readable = reactor.readable(here);
  let early = true;
  readable.then(() => early = false);
  assertEquals(await reactor.writable(here), EPOLL.OUT);
  assert(early);
  close(there);
  assert((await readable & EPOLL.HUP) !== 0);
  close(here);
});

Deno.test("a descriptor number that was closed and used again is watched anew", async () => {
  using reactor = new Reactor();
  const first = pipe();
  const old = reactor.watch(first[0], EPOLL.IN, () => {});
  close(first[0]);
  close(first[1]);
  const second = pipe();
  assertEquals(second[0], first[0]);
  const ready = reactor.readable(second[0]);
  write(second[1], BYTE);
  assertEquals(await ready, EPOLL.IN);
  old.close();
  close(second[0]);
  close(second[1]);
});

Deno.test("what cannot be watched is refused and leaves nothing behind", () => {
  using reactor = new Reactor();
  assertThrows(() => reactor.watch(99_999, EPOLL.IN, () => {}), SystemError, "EBADF");
  const file = open("/proc/self/exe", 0);
  assertThrows(() => reactor.watch(file, EPOLL.IN, () => {}), SystemError, "EPERM");
  close(file);
  assertEquals(reactor.waiting, 0);
});

Deno.test("the runtime's own timers and I/O go on while the reactor waits", async () => {
  using reactor = new Reactor();
  const fd = eventfd();
  const watch = reactor.watch(fd, EPOLL.IN, () => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  const text = await Deno.readTextFile(new URL(import.meta.url));
  assert(text.length > 0);
  watch.close();
  drainEventfd(fd);
  close(fd);
});

Deno.test("hundreds wait at once, and nothing is left open", async () => {
  const before = openDescriptors();
  {
    using reactor = new Reactor();
    const pipes = Array.from({ length: 300 }, pipe);
    const all = Promise.all(pipes.map(async ([readEnd, writeEnd], i) => {
      const ready = reactor.readable(readEnd);
      await reactor.sleepUntil(realtime() + 2000 + 10 * i);
      write(writeEnd, BYTE);
      await ready;
      close(readEnd);
      close(writeEnd);
    }));
    assertEquals(reactor.waiting, 600);
    await all;
    assertEquals(reactor.waiting, 0);
  }
  assertEquals(openDescriptors(), before);
});

Deno.test("an error in a callback does not stop the reactor", async () => {
  using reactor = new Reactor();
  const seen: unknown[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    seen.push(event.error);
  };
  globalThis.addEventListener("error", listener);
  try {
    const error = new Error("from a callback");
    reactor.at(0, () => {
      throw error;
    });
    await reactor.sleepUntil(realtime() + 500);
    assertEquals(seen, [error]);
  } finally {
    globalThis.removeEventListener("error", listener);
  }
});

Deno.test("with a virtual clock, waits in vain get longer, and the runtime has its turns", async () => {
  using reactor = new Reactor(VIRTUAL_CLOCK);
  const deadline = realtime() + 150_000;
  let turns = 0;
  const interval = setInterval(() => turns++, 1);
  const late = await reactor.sleepUntil(deadline);
  clearInterval(interval);
  assert(late >= 0 && realtime() >= deadline);
  // After waits of 10 and 40 ms; what is left is less than the next wait.
  assert(turns >= 2 && turns < 20, `${turns} turns`);
});
