import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { SystemError } from "./errno.ts";
import { close, read, syscall, write } from "./syscall.ts";
import { Reactor } from "./reactor.ts";
import { keepFromChildren, run, spawn } from "./process.ts";
import { NetworkNamespace } from "./netns.ts";
import { openDescriptors, privilegedTest } from "./test_support.ts";

Deno.test("a command's output, status and environment", async () => {
  using reactor = new Reactor();
  // The first process takes numbers up that stay taken.
  await run({ command: "true" }, reactor);
  const before = openDescriptors();
  {
    const script = 'echo "$WHO in $(pwd)"; echo oops >&2; exit 3';
    const env = { WHO: "me" };
    assertEquals(await run({ command: "sh", args: ["-c", script], cwd: "/", env }, reactor), {
      code: 3,
      signal: undefined,
      output: "me in /\noops\n",
      errors: "",
      truncated: false,
    });
    const apart = await run({ command: "sh", args: ["-c", script], cwd: "/", env, stderr: "pipe" }, reactor);
    assertEquals([apart.output, apart.errors], ["me in /\n", "oops\n"]);
    const bare = await run({ command: "/usr/bin/env", env, clearEnv: true }, reactor);
    assertEquals(bare.output, "WHO=me\n");
  }
  assertEquals(openDescriptors(), before);
});

Deno.test("output beyond the limit is dropped, not waited for", async () => {
  using reactor = new Reactor();
  const result = await run({ command: "head", args: ["-c", "300000", "/dev/zero"], limit: 1000 }, reactor);
  assertEquals([result.code, result.output.length, result.truncated], [0, 1000, true]);
});

Deno.test("what cannot be started is an error that says why", () => {
  using reactor = new Reactor();
  using _child = spawn({ command: "true" }, reactor);
  const before = openDescriptors();
  const fails = (options: Parameters<typeof spawn>[0], message: string) =>
    assertThrows(() => spawn({ stdout: "pipe", ...options }, reactor), SystemError, message);
  fails(
    { command: "no-such-program" },
    "run no-such-program: ENOENT (No such file or directory): no such program in PATH",
  );
  fails({ command: "/proc/self/status" }, "run /proc/self/status: EACCES");
  fails({ command: "true", cwd: "/nonexistent" }, "chdir /nonexistent: ENOENT");
  assertEquals(openDescriptors(), before);
});

Deno.test("a killed process says by which signal", async () => {
  using reactor = new Reactor();
  const child = spawn({ command: "sleep", args: ["60"] }, reactor);
  assertEquals(child.ended, undefined);
  child.kill(15);
  assertEquals(await child.status, { code: 143, signal: 15 });
});

Deno.test("aborting kills the whole group", async () => {
  using reactor = new Reactor();
  const controller = new AbortController();
  const child = run({ command: "sh", args: ["-c", "sleep 60 & sleep 60"], signal: controller.signal }, reactor);
  await reactor.sleepUntil(0);
  controller.abort();
  assertEquals((await child).signal, 9);
  await assertRejects(() => run({ command: "true", signal: controller.signal }, reactor));
});

Deno.test("a process that leaves another one behind is not waited for twice", async () => {
  using reactor = new Reactor();
  const start = performance.now();
  const result = await run({ command: "sh", args: ["-c", "sleep 3 & echo done"] }, reactor);
  assertEquals(result.output, "done\n");
  assert(performance.now() - start < 2500);
});

Deno.test("streams and further descriptors", async () => {
  using reactor = new Reactor();
  const ends = new Int32Array(2);
  syscall("pipe2", ends, 0o2000000);
  const child = spawn({
    command: "sh",
    args: ["-c", "cat; echo three >&3"],
    stdin: "pipe",
    stdout: "pipe",
    fds: { 3: ends[1]! },
  }, reactor);
  close(ends[1]!);
  write(child.stdin!, new TextEncoder().encode("one"));
  child.closeStream("stdin");
  const buffer = new Uint8Array(16);
  const text = (length: number) => new TextDecoder().decode(buffer.subarray(0, length));
  await reactor.readable(child.stdout!);
  assertEquals(text(read(child.stdout!, buffer)), "one");
  await reactor.readable(ends[0]!);
  assertEquals(text(read(ends[0]!, buffer)), "three\n");
  assertEquals(await child.status, { code: 0, signal: undefined });
  child[Symbol.dispose]();
  close(ends[0]!);
});

/** Tries to listen on a port of the loopback, 0 for any; returns the descriptor, or the error as a negative number. */
function listen(port: number): { readonly fd: number; readonly port: number } {
  const AF_INET = 2, SOCK_STREAM_CLOEXEC = 0o2000001;
  const fd = keepFromChildren(syscall("socket", AF_INET, SOCK_STREAM_CLOEXEC, 0));
  const address = new Uint8Array([AF_INET, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  const bound = syscall("bind", fd, address, address.length);
  if (bound < 0) {
    close(fd);
    return { fd: bound, port };
  }
  syscall("listen", fd, 1);
  syscall("getsockname", fd, address, new Int32Array([address.length]));
  return { fd, port: address[2]! << 8 | address[3]! };
}

Deno.test("a child that is being started keeps nothing open that we close", async () => {
  const worker = new Worker(new URL("./_spawning_worker.ts", import.meta.url), { type: "module" });
  try {
    await new Promise((resolve) => {
      worker.onmessage = resolve;
      worker.postMessage("start");
    });
    const errors: number[] = [];
    let { fd, port } = listen(0);
    for (const end = performance.now() + 1000; performance.now() < end;) {
      close(fd);
      const again = listen(port);
      if (again.fd < 0) errors.push(again.fd);
      ({ fd, port } = again.fd < 0 ? listen(0) : again);
    }
    close(fd);
    assertEquals(errors, [], "the port of a closed listener was taken");
  } finally {
    worker.terminate();
  }
});

privilegedTest("namespace", "a process runs in the namespace that it is told", async () => {
  using reactor = new Reactor();
  using namespace = NetworkNamespace.create();
  const link = async (namespaceFd?: number) =>
    (await run({
      command: "readlink",
      args: ["/proc/self/ns/net"],
      ...(namespaceFd === undefined ? {} : { namespaceFd }),
    }, reactor)).output.trim();
  assertEquals(await link(namespace.fd), `net:[${namespace.inode}]`);
  using home = NetworkNamespace.home();
  assertEquals(await link(), `net:[${home.inode}]`);
});
