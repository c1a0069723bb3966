/**
 * Machines that lack something, break in the middle, or are told to stop: one clear message each, the right exit status,
 * results so far kept, nothing left behind.
 */
import { assert, assertEquals, assertExists, assertMatch, assertStringIncludes } from "@std/assert";
import { readKernelText } from "../../host/kernel_file.ts";
import { needed, obstacle } from "../../host/test_support.ts";
import { assertNoTrace, GOOD, makeFolder, readResults, ROOT, Running, withOutcome } from "./_testing.ts";

/** Worlds to run scripts in, and programs that make the machine bad and see what is left. */
const NEEDS = { privilege: "tun", programs: ["mount", "unshare", "ps", "tr"] } as const;
/** Runs in a mount namespace of its own, after `set-up`. */
function mounted(setUp: string, run = 'exec "$@"'): string {
  return `exec unshare -m sh -c '${setUp.replaceAll("'", `'\\''`)}; ${run}' sh "$@"`;
}

function verdicts(runs: readonly { readonly script: string; readonly verdict: string }[]): Record<string, string> {
  return Object.fromEntries(runs.map((run) => [run.script, run.verdict]));
}

const NO_TUN = mounted("mount -t tmpfs none /dev/net");

Deno.test({
  ...needed(NEEDS, "bad machine: without /dev/net/tun sim runs, and what was left out is said with a remedy"),
  fn: () =>
    withOutcome({ "a.pkt": GOOD }, ["a.pkt"], ({ code, out }) => {
      assertEquals(code, 0, out);
      assertMatch(out, /kernel was left out: there is no \/dev\/net\/tun\n +modprobe tun/);
      assertMatch(out, /1 passed, 0 failed\n$/);
    }, { shell: NO_TUN }),
});

Deno.test({
  ...needed(NEEDS, "bad machine: without /dev/net/tun a target that needs it is one message and exits with 2"),
  fn: () =>
    withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--target", "tun,kernel"], ({ code, out, err }) => {
      assertEquals([code, out], [2, ""]);
      assertMatch(err, /^none of the targets can be used here:\n +tun: there is no \/dev\/net\/tun\n/);
      assertStringIncludes(err, "modprobe tun");
    }, { shell: NO_TUN }),
});

Deno.test({
  ...needed(NEEDS, "bad machine: without permission on /dev/net/tun it says so"),
  fn: () =>
    withOutcome({ "a.pkt": GOOD }, ["a.pkt", "--target", "kernel"], ({ code, out, err }) => {
      assertEquals([code, out], [2, ""]);
      assertStringIncludes(err, "no permission on /dev/net/tun (EACCES)");
      assertStringIncludes(err, "chmod 666 /dev/net/tun");
      // Devices on a file system mounted with `nodev` can't be opened, not even by root.
    }, { shell: mounted("mount -t tmpfs -o nodev none /dev/net; mknod /dev/net/tun c 10 200") }),
});

/** As nobody, with a copy of Deno's npm packages that nobody may read. */
async function asNobody(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout)) as { npmCache: string };
  return mounted(
    `mount -t tmpfs none /mnt; cp -r "${npmCache}" /mnt/npm; chmod -R a+rX /mnt; chmod 000 locked`,
    'DENO_DIR=/mnt exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"',
  );
}

/** Whether nobody can read this project and run Deno. */
async function nobodyCan(): Promise<boolean> {
  const { success } = await new Deno.Command("setpriv", {
    args: [
      "--reuid",
      "65534",
      "--regid",
      "65534",
      "--clear-groups",
      Deno.execPath(),
      "eval",
      `Deno.readTextFileSync(${JSON.stringify(`${ROOT}/deno.json`)})`,
    ],
    env: { DENO_DIR: "/tmp/netproof-no-such-folder" },
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

const asNobodyNeeds = { ...NEEDS, programs: [...NEEDS.programs, "setpriv"] } as const;
const elsewhere = obstacle(asNobodyNeeds) !== undefined || await nobodyCan()
  ? ""
  : " [needs a project folder that all users can read: run it from another]";

Deno.test({
  ...needed(
    asNobodyNeeds,
    "bad machine: without root sim runs, the rest is left out; a folder that may not be read is an error" + elsewhere,
  ),
  ...(elsewhere === "" ? {} : { ignore: true }),
  fn: async () => {
    const shell = await asNobody();
    await withOutcome(
      { "a.pkt": GOOD, "locked/b.pkt": GOOD, "z.pkt": GOOD },
      [".", "--verbose"],
      ({ code, out }) => {
        assertEquals(code, 1, out);
        assertMatch(out, /kernel was left out: network namespaces need root here \(EPERM\)\n +run as root; or/);
        assertMatch(out, /locked: can't be read: .*ermission denied/);
        assertMatch(out, /2 passed, 1 failed\n$/);
      },
      { shell },
    );
    await withOutcome(
      { "a.pkt": GOOD, "locked/b.pkt": GOOD },
      ["a.pkt", "--target", "kernel"],
      ({ code, out, err }) => {
        assertEquals([code, out], [2, ""]);
        assertStringIncludes(err, "kernel: network namespaces need root here (EPERM)");
      },
      { shell },
    );
  },
});

const INIT = (command: string) => `\`${command}\`\n${GOOD.slice(GOOD.indexOf("\n") + 1)}`;

Deno.test({
  ...needed(NEEDS, "bad machine: a program that a script calls and that is missing is named; other scripts run"),
  fn: () =>
    withOutcome(
      { "a.pkt": INIT("ip link show"), "b.pkt": INIT("tc qdisc show"), "c.pkt": GOOD },
      [".", "--target", "kernel", "--json", "r.json"],
      async ({ code, out, folder }) => {
        assertEquals(code, 1, out);
        assertStringIncludes(
          out,
          "a.pkt: error executing init command: the program ip is missing here: install iproute2",
        );
        assertStringIncludes(out, "b.pkt: error executing init command: the program tc is missing here");
        const { runs } = await readResults(folder);
        assertEquals(verdicts(runs), { "a.pkt": "error", "b.pkt": "error", "c.pkt": "pass" });
      },
      { shell: 'PATH=/nonexistent; exec "$@"' },
    ),
});

Deno.test({
  ...needed(NEEDS, "bad machine: a setting that the kernel refuses is told with what to do"),
  fn: () =>
    withOutcome(
      {
        "a.pkt": INIT("sysctl -q net.ipv4.tcp_congestion_control=nosuch"),
        "b.pkt": INIT("sysctl -q net.ipv4.tcp_nosuch=1"),
        "c.pkt": GOOD,
        "d.pkt": INIT("sysctl -q net.ipv4.tcp_nosuch=1; true"),
        "e.pkt": INIT("sh -c 'sysctl -q net.ipv4.tcp_nosuch=1'; true"),
        "f.pkt": GOOD + "+0 `sysctl -q net.ipv4.tcp_nosuch=1; true`\n",
        "g.pkt": INIT("sysctl -q net.ipv4.tcp_nosuch=1 2>/dev/null; sysctl -q -e net.ipv4.tcp_nosuch=1"),
        "h.pkt": INIT("sysctl -q net.ipv4.tcp_nosuch=1 || true"),
        "i.pkt": INIT("exit 3"),
      },
      [".", "--target", "kernel", "--json", "r.json"],
      async ({ code, out, folder }) => {
        assertEquals(code, 1, out);
        assertMatch(
          out,
          /a\.pkt: error executing init command: this kernel has no congestion control nosuch .*modprobe/,
        );
        assertStringIncludes(
          out,
          "b.pkt: error executing init command: this kernel has no setting net.ipv4.tcp_nosuch: it takes another kernel",
        );
        assertStringIncludes(
          out,
          "f.pkt:7: error executing `sysctl -q net.ipv4.tcp_nosuch=1; true` command: this kernel",
        );
        assertStringIncludes(out, "i.pkt: error executing init command: non-zero status 3");
        assertMatch(
          out,
          /\n4 could not be judged: this kernel has no setting net\.ipv4\.tcp_nosuch \(4 scripts, .*\)\n +it/,
        );
        const { runs } = await readResults(folder);
        assertEquals(verdicts(runs), {
          "a.pkt": "error",
          "b.pkt": "error",
          "c.pkt": "pass",
          "d.pkt": "error",
          "e.pkt": "error",
          "f.pkt": "error",
          "g.pkt": "pass",
          "h.pkt": "pass",
          "i.pkt": "error",
        });
      },
    ),
});

Deno.test({
  ...needed(NEEDS, "bad machine: on a full disk the results stand, and no half of a report is left"),
  fn: () => {
    const scripts = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`s${i}.pkt`, GOOD]));
    const args = [".", "--target", "sim", "--json", "full/r.json", "--tap", "r.tap", "--pcap", "full/pcap"];
    return withOutcome({ ...scripts, "full/x": "" }, args, async ({ code, out, err, folder }) => {
      assertEquals(code, 2);
      assertMatch(out, /8 passed, 0 failed\n\[x\]$/);
      assertMatch(err, /full\/r\.json: could not be written: No space left on device/);
      // One message for all captures but the first.
      assertMatch(
        err,
        /^full\/pcap\/.*No space left on device.*\n(full\/pcap: \d+ more captures could not be written\n)?/,
      );
      assert(err.trimEnd().split("\n").length <= 3, err);
      assertStringIncludes(await Deno.readTextFile(`${folder}/r.tap`), "ok 8 - s7.pkt");
    }, {
      shell: mounted(
        "mount -t tmpfs -o size=4k none full; echo x >full/x",
        '"$@"; status=$?; cd full; echo "[$(ls -d r.json x 2>/dev/null)]" | tr -d "\\n"; exit $status',
      ),
    });
  },
});

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** All processes. `ps` lists them: the runtime itself refuses `/proc` to programs without all permissions. */
async function processes(): Promise<Process[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "pid=,ppid=,args="] }).output();
  return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
    const match = /^ *(\d+) +(\d+) (.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), command: match[3]! }];
  });
}

/** Processes whose environment has `mark`: the command, and whatever it started and did not end. */
async function marked(mark: string): Promise<number[]> {
  return (await processes()).map(({ pid }) => pid).filter((pid) =>
    readKernelText(`/proc/${pid}/environ`)?.includes(mark)
  );
}

async function nothingLeft(mark: string, folder: string): Promise<void> {
  let left = await marked(mark);
  for (let i = 0; i < 30 && left.length > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    left = await marked(mark);
  }
  assertEquals(left, []);
  assertEquals([...Deno.readDirSync(`${folder}/tmp`)].map(({ name }) => name), []);
}

/** Scripts that wait for long, each for something else. */
const ENDLESS: Readonly<Record<string, string>> = {
  "w_call.pkt":
    "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n+0...60 read(3, ..., 9) = 9\n+70 > none\n",
  "w_code.pkt": "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 %{\nwhile True: pass\n}%\n",
  "w_command.pkt": "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 `sleep 1000`\n",
  "w_init.pkt": INIT("sleep 1000"),
  "w_packet.pkt": "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3\n+0 bind(3, ..., ...) = 0\n* > udp (8)\n",
  "w_time.pkt": GOOD.replace("+0  write", "+60 write"),
};

/** Starts the command on scripts that never end and one that does; `what` happens once that one has its verdict. */
async function interrupted(
  target: string,
  what: (running: Running) => void | Promise<void>,
  check: (running: Running, mark: string) => Promise<void>,
): Promise<void> {
  const folder = await makeFolder({ ...ENDLESS, "a.pkt": GOOD, "tmp/x": "" });
  await Deno.remove(`${folder}/tmp/x`);
  const mark = `NETPROOF_TEST_MARK=${crypto.randomUUID()}`;
  const env = { [mark.slice(0, mark.indexOf("="))]: mark.slice(mark.indexOf("=") + 1), TMPDIR: `${folder}/tmp` };
  const running = new Running(folder, [".", "--target", target, "--json", "r.json"], { env });
  try {
    await running.written(/pass +a\.pkt/);
    // So that the others are where they wait for ever.
    await new Promise((resolve) => setTimeout(resolve, 700));
    await what(running);
    await check(running, mark);
    await nothingLeft(mark, folder);
  } finally {
    for (const pid of await marked(mark)) Deno.kill(pid, "SIGKILL");
    await running.done;
    await Deno.remove(folder, { recursive: true });
  }
}

for (const [signal, target] of [["SIGINT", "kernel"], ["SIGTERM", "tun"], ["SIGTERM", "kernel"]] as const) {
  Deno.test({
    ...needed(NEEDS, `bad machine: ${signal} ends a run on ${target} at once, keeps the results and leaves nothing`),
    fn: () =>
      interrupted(target, (running) => running.kill(signal), async (running) => {
        const began = performance.now();
        const outcome = await running.done;
        assert(performance.now() - began < 3000, "it took long to end");
        assertNoTrace(outcome);
        assertEquals(outcome.code, 1, outcome.err);
        assertStringIncludes(outcome.out, "stopped before the end");
        const results = await readResults(running.folder);
        assertEquals(results.interrupted, true);
        assertEquals(verdicts(results.runs)["a.pkt"], "pass");
      }),
  });
}

for (const target of ["kernel", "tun"]) {
  Deno.test({
    ...needed(NEEDS, `bad machine: SIGKILL in the middle of a run on ${target} leaves no process and no file`),
    fn: () =>
      interrupted(target, (running) => running.kill("SIGKILL"), async (running) => {
        assertEquals((await running.done).code, 137);
        // Better none than one that says nothing.
        assertEquals(await Deno.stat(`${running.folder}/r.json`).then(() => true, () => false), false);
      }),
  });
}

Deno.test({
  ...needed(NEEDS, "bad machine: scripts that never end fail at their limit with what they wait for"),
  fn: async () => {
    const { "w_code.pkt": _, ...endless } = ENDLESS;
    await withOutcome(
      { ...endless, "a.pkt": GOOD },
      [".", "--target", "kernel", "--limit", "1", "--json", "r.json"],
      async ({ code, out, folder }) => {
        assertEquals(code, 1, out);
        assertStringIncludes(out, "w_init.pkt: the script has not ended after 1 s: `sleep 1000` is still running");
        assertStringIncludes(out, "w_command.pkt:2: the script has not ended after 1 s: `sleep 1000` is still running");
        assertMatch(out, /w_time\.pkt:\d+: the script has not ended after 1 s/);
        assertMatch(out, /w_packet\.pkt:3: error handling packet: Timed out waiting for packet/);
        const { runs } = await readResults(folder);
        assertEquals(verdicts(runs), {
          "a.pkt": "pass",
          "w_call.pkt": "fail",
          "w_command.pkt": "error",
          "w_init.pkt": "error",
          "w_packet.pkt": "fail",
          "w_time.pkt": "fail",
        });
      },
    );
  },
});

Deno.test({
  ...needed(
    { ...NEEDS, programs: ["mkfifo"] },
    "bad machine: on kernel a file that does not open is an error at its line",
  ),
  fn: async () => {
    const opening = (path: string, rest = "") => `0 open("${path}", O_RDONLY) = 3\n+0 read(3, ..., 4) = 4\n${rest}`;
    const scripts = {
      "fifo.pkt": opening("pipe"),
      "none.pkt": opening("nowhere"),
      "zero.pkt": opening("/dev/zero"),
      "z.pkt": GOOD,
    };
    await withOutcome(scripts, [".", "--target", "kernel", "--limit", "1", "--json", "r.json"], async (outcome) => {
      const { code, out, folder } = outcome;
      assertEquals(code, 1, out);
      assertStringIncludes(out, "fifo.pkt:1: runtime error in open call: the call does not return");
      const { runs } = await readResults(folder);
      assertEquals(verdicts(runs), { "fifo.pkt": "error", "none.pkt": "fail", "z.pkt": "pass", "zero.pkt": "pass" });
    }, { shell: 'mkfifo pipe; exec "$@"' });
  },
});

Deno.test({
  ...needed({ programs: ["mkfifo"] }, "bad machine: on sim and tun a file that never ends is an error at its line"),
  fn: async () => {
    const opening = (path: string) => `0 open("${path}", O_RDONLY) = 3\n+0 read(3, ..., 4) = 4\n`;
    const scripts = { "fifo.pkt": opening("pipe"), "random.pkt": opening("/dev/urandom"), "z.pkt": GOOD };
    const targets = obstacle(NEEDS) === undefined ? ["sim", "tun"] : ["sim"];
    for (const target of targets) {
      await withOutcome(scripts, [".", "--target", target, "--json", "r.json"], async ({ code, out, folder }) => {
        assertEquals(code, 1, out);
        assertMatch(out, /random\.pkt:1: .*open \/dev\/urandom: only regular files/);
        const { runs } = await readResults(folder);
        assertEquals(verdicts(runs), { "fifo.pkt": "error", "random.pkt": "error", "z.pkt": "pass" });
      }, { shell: 'mkfifo pipe; exec "$@"' });
    }
  },
});

/** The child of a process that runs the adapter, if there is one yet. */
async function adapterOf(pid: number): Promise<number | undefined> {
  return (await processes()).find(({ parent, command }) => parent === pid && command.includes("adapter/"))?.pid;
}

Deno.test({
  ...needed(
    NEEDS,
    "bad machine: a target that dies in the middle is an error for the script in flight, the others run",
  ),
  fn: async () => {
    const slow = GOOD.replace("+0  write", "+6 write");
    const folder = await makeFolder({ "a.pkt": slow, "b.pkt": GOOD, "c.pkt": GOOD });
    try {
      const args = [".", "--target", "tun", "--jobs", "1", "--json", "r.json"];
      const running = new Running(folder, args, {});
      // The longest script goes first.
      let adapter: number | undefined;
      for (let i = 0; i < 100 && adapter === undefined; i++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        adapter = await adapterOf(running.pid);
      }
      assertExists(adapter);
      // It warms up first.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      Deno.kill(adapter, "SIGKILL");
      const outcome = await running.done;
      assertNoTrace(outcome);
      assertEquals(outcome.code, 1, outcome.out);
      assertMatch(outcome.out, /a\.pkt:5: the adapter of tun was ended by signal 9/);
      assertEquals(verdicts((await readResults(folder)).runs), { "a.pkt": "error", "b.pkt": "pass", "c.pkt": "pass" });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("bad machine: --watch runs again when a script changes, and a signal ends it", async () => {
  const folder = await makeFolder({ "a.pkt": GOOD });
  try {
    const running = new Running(folder, ["a.pkt", "--target", "sim", "--watch"], {});
    await running.written("watching for changes");
    await Deno.writeTextFile(`${folder}/a.pkt`, GOOD.replace("> udp (8)", "> udp (9)"));
    await running.written("0 passed, 1 failed");
    await Deno.writeTextFile(`${folder}/a.pkt`, GOOD);
    await running.written(/0 passed, 1 failed[^]*1 passed, 0 failed/);
    running.kill("SIGINT");
    const outcome = await running.done;
    assertEquals([outcome.code, outcome.err], [0, ""]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Most memory that a process had so far, MiB. */
async function peakMemory(running: Running): Promise<number> {
  let peak = 0;
  let ended = false;
  running.done.then(() => ended = true);
  while (!ended) {
    const status = readKernelText(`/proc/${running.pid}/status`) ?? "";
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  return peak;
}

Deno.test("bad machine: files that are no scripts are one short error each, others run", async () => {
  const garbage = new Uint8Array(10_000_000);
  for (let at = 0; at < garbage.length; at += 65536) {
    crypto.getRandomValues(garbage.subarray(at, Math.min(at + 65536, garbage.length)));
  }
  const letters = garbage.map((octet) => octet % 64 === 0 ? 10 : 33 + octet % 50);
  const folder = await makeFolder({
    "a_binary.pkt": garbage.subarray(0, 100_000),
    "b_letters.pkt": letters,
    "c_brackets.pkt": `0 socket(${"[".repeat(100_000)}`,
    "d_crlf.pkt": GOOD.replaceAll("\n", "\r\n"),
    "e_empty.pkt": "",
    "f_comment.pkt": "// nothing\n",
    "g_escape.pkt": "0 \u001b[2J\u001b]0;title\u0007\n",
    "h_large.pkt": new Uint8Array(17 << 20),
    "z.pkt": GOOD,
  });
  try {
    const running = new Running(folder, [".", "--target", "sim", "--json", "r.json"], {});
    const peak = await peakMemory(running);
    const outcome = await running.done;
    assertNoTrace(outcome);
    assertEquals(outcome.code, 1);
    assertMatch(outcome.out, /a_binary\.pkt: can't be read: no text file \(octet \d+ is zero\)\n/);
    assertMatch(outcome.out, /b_letters\.pkt: and \d+ more problems?\n|b_letters\.pkt:\d+:\d+: error: /);
    assertStringIncludes(outcome.out, "hint: too many levels of brackets");
    assertMatch(outcome.out, /d_crlf\.pkt:2:\d+: error: carriage return: packetdrill takes no CRLF line ends/);
    assertMatch(
      outcome.out,
      /e_empty\.pkt:1:1: error: syntax error at the end of the script[^]*needs at least one event/,
    );
    assertMatch(outcome.out, /f_comment\.pkt:2:1: error: syntax error at the end of the script/);
    assertStringIncludes(outcome.out, "h_large.pkt: can't be read: 17 MiB are too much for a script");
    // deno-lint-ignore no-control-regex -- that none is written is what is tested
    assert(!/[\u0000-\u0008\u000b-\u001f]/.test(outcome.out), "control characters reach the terminal");
    assert(outcome.out.length < 40_000, `${outcome.out.length} characters`);
    const { "z.pkt": good, ...others } = verdicts((await readResults(folder)).runs);
    assertEquals(good, "pass");
    assertEquals(new Set(Object.values(others)), new Set(["error"]));
    assert(peak < 1500, `${peak} MiB`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bad machine: a script of a hundred thousand events runs, and its evidence is bounded", async () => {
  const folder = await makeFolder({
    "a.pkt": GOOD + "+0 write(3, ..., 8) = 8\n+0 > udp (8)\n".repeat(50_000),
  });
  try {
    const running = new Running(folder, ["a.pkt", "--target", "sim", "--json", "r.json"], {});
    const peak = await peakMemory(running);
    const outcome = await running.done;
    assertEquals(outcome.code, 0, outcome.out + outcome.err);
    assert((await Deno.stat(`${folder}/r.json`)).size < 2_000_000);
    assert(peak < 1500, `${peak} MiB`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
