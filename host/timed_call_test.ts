import { assert, assertEquals } from "@std/assert";
import { EBADF, EINTR, ENOENT } from "../abi/errno.ts";
import { close, syscall, write } from "./syscall.ts";
import { realtime } from "./clock.ts";
import { Reactor } from "./reactor.ts";
import { script } from "./test_support.ts";
import { callOnThread, executeCall, type TimedCall } from "./timed_call.ts";

function pipe(): [number, number] {
  const ends = new Int32Array(2);
  syscall("pipe2", ends, 0o2000000);
  return [ends[0]!, ends[1]!];
}

async function until(reactor: Reactor, condition: () => boolean): Promise<void> {
  const limit = realtime() + 5e6;
  while (!condition()) {
    assert(realtime() < limit, "waited for five seconds");
    await reactor.sleepUntil(realtime() + 200);
  }
}

Deno.test("a blocking call is seen to sleep, then returns with its times", async () => {
  using reactor = new Reactor();
  const [readEnd, writeEnd] = pipe();
  const buffer = new Uint8Array(4);
  const before = realtime();
  const call = callOnThread({ name: "read", args: [readEnd, buffer, 4] }, reactor);
  await until(reactor, () => call.state() === "sleeping");
  assertEquals(call.outcome, undefined);
  const released = realtime();
  write(writeEnd, new Uint8Array([1, 2, 3, 4]));
  const { result, start, end } = await call.settled;
  assertEquals([result, ...buffer], [4, 1, 2, 3, 4]);
  assert(before <= start && start <= released && released <= end && end <= realtime());
  assertEquals(call.state(), "done");
  assertEquals(reactor.waiting, 0);
  close(readEnd);
  close(writeEnd);
});

Deno.test("errors come back as negative numbers, inline and on a thread", async () => {
  using reactor = new Reactor();
  const bad = { name: "read", args: [-1, new Uint8Array(1), 1] } as const;
  assertEquals(executeCall(bad), -EBADF);
  assertEquals((await callOnThread(bad, reactor).settled).result, -EBADF);
});

Deno.test("all six arguments arrive", async () => {
  using reactor = new Reactor();
  const ends = new Int32Array(2);
  syscall("socketpair", 1, 2 | 0o2000000, 0, ends);
  const to = new Uint8Array([1, 0, 47, 110, 111, 112, 101, 0]); // sockaddr_un "/nope"
  const call = { name: "sendto", args: [ends[0]!, new Uint8Array(1), 1, 0x40, to, to.length] } as const;
  assertEquals((await callOnThread(call, reactor).settled).result, -ENOENT);
  close(ends[0]!);
  close(ends[1]!);
});

Deno.test("more calls block at once than the runtime has threads, and can be cancelled", async () => {
  using reactor = new Reactor();
  const [readEnd, writeEnd] = pipe();
  const calls: TimedCall[] = Array.from(
    { length: 80 },
    () => callOnThread({ name: "read", args: [readEnd, new Uint8Array(1), 1] }, reactor),
  );
  await until(reactor, () => calls.every((call) => call.state() === "sleeping"));
  write(writeEnd, new Uint8Array(30));
  await until(reactor, () => calls.filter((call) => call.outcome).length === 30);
  for (const call of calls) call.cancel();
  const results = (await Promise.all(calls.map((call) => call.settled))).map(({ result }) => result);
  assertEquals(results.filter((result) => result === 1).length, 30);
  assertEquals(results.filter((result) => result === -EINTR).length, 50);
  close(readEnd);
  close(writeEnd);
});

Deno.test("a call cancelled before it blocks does not block", async () => {
  using reactor = new Reactor();
  const [readEnd, writeEnd] = pipe();
  for (let i = 0; i < 20; i++) {
    const call = callOnThread({ name: "read", args: [readEnd, new Uint8Array(1), 1] }, reactor);
    call.cancel();
    assertEquals((await call.settled).result, -EINTR);
  }
  close(readEnd);
  close(writeEnd);
});

Deno.test("a worker that made calls can end without taking the code away from the others", async () => {
  const cancelOne = `
    import { callOnThread } from "HOSTtimed_call.ts";
    import { Reactor } from "HOSTreactor.ts";
    import { realtime } from "HOSTclock.ts";
    import { syscall } from "HOSTsyscall.ts";
    const reactor = new Reactor();
    const ends = new Int32Array(2);
    syscall("pipe2", ends, 0o2000000);
    async function cancelOne() {
      const call = callOnThread({ name: "read", args: [ends[0], new Uint8Array(1), 1] }, reactor);
      await reactor.sleepUntil(realtime() + 2000);
      call.cancel();
      return (await call.settled).result;
    }
  `;
  const worker = `${cancelOne} postMessage(await cancelOne());`;
  const child = script(`
    ${cancelOne}
    const before = await cancelOne();
    const source = "data:application/typescript," + ${JSON.stringify(encodeURIComponent(worker))};
    const worker = new Worker(source, { type: "module" });
    const inside = (await new Promise((resolve) => worker.onmessage = resolve)).data;
    worker.terminate();
    await new Promise((resolve) => setTimeout(resolve, 200));
    console.log(before, inside, await cancelOne());
  `);
  const { stdout, signal } = await child.output();
  assertEquals([signal, new TextDecoder().decode(stdout)], [null, "-4 -4 -4\n"]);
});
