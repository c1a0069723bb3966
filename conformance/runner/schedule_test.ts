import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RunResult } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import type { PythonRunner } from "../timeline/mod.ts";
import type { Attempt } from "./execute.ts";
import { type PlannedRun, planText } from "./plan.ts";
import { runOnTarget } from "./schedule.ts";

function target(virtualTime: boolean): Target {
  return {
    name: "fake",
    virtualTime,
    describe: () => Promise.resolve(""),
    probe: () => Promise.resolve({ available: true }),
    open: () => Promise.reject(new Error("not used")),
    close: () => Promise.resolve(),
  };
}

function planned(path: string): PlannedRun {
  return {
    kind: "broken",
    path,
    variant: "ipv4",
    message: "",
    line: undefined,
    skip: false,
    estimate_us: 0,
    sharesHost: false,
  };
}

interface Outcome {
  readonly verdict: "pass" | "fail";
  readonly line?: number;
  /** Share of what the script allows that was used up. */
  readonly late?: number;
}

interface Scheduled {
  readonly results: Map<string, RunResult>;
  /** Runs in flight when each try of a script began, by script. */
  readonly inFlight: Map<string, number[]>;
  readonly mostAtOnce: number;
}

/** Schedules scripts whose tries end as given; the last one is repeated for ever. */
async function schedule(
  scripts: Readonly<Record<string, readonly Outcome[]>>,
  options: { jobs: number; retries?: number; virtualTime?: boolean; onEvidence?: () => void },
): Promise<Scheduled> {
  const results = new Map<string, RunResult>();
  const begun = new Map<string, number[]>();
  let inFlight = 0;
  let mostAtOnce = 0;
  const execute = async (_: Target, run: PlannedRun): Promise<Attempt> => {
    mostAtOnce = Math.max(mostAtOnce, ++inFlight);
    const tries = begun.get(run.path) ?? [];
    begun.set(run.path, [...tries, inFlight]);
    const list = scripts[run.path]!;
    const { verdict, line = 1, late = 0 } = list[Math.min(tries.length, list.length - 1)]!;
    await new Promise((resolve) => setTimeout(resolve, 2));
    inFlight--;
    const result: Attempt["result"] = {
      script: run.path,
      variant: "ipv4",
      target: "fake",
      verdict,
      duration_us: 1,
      message: verdict === "pass" ? "" : `${run.path}:${line}: no`,
      ...(verdict === "fail" ? { line, failure: { kind: "packet" } } : {}),
      get evidence() {
        options.onEvidence?.();
        return [];
      },
    };
    const late_us = late * 4000;
    const facts = { late_us, late_line: 1, late_in_all_us: late_us, late_share: late, held_us: 0, times_sampled: true };
    return options.virtualTime ? { result } : { result, facts };
  };
  await runOnTarget(target(options.virtualTime ?? false), Object.keys(scripts).map(planned), {
    planning: { variants: undefined, definitions: [] },
    jobs: options.jobs,
    retries: options.retries ?? 3,
    signal: new AbortController().signal,
    python: undefined as unknown as PythonRunner, // the attempts here run no code
    cwd: undefined,
    strict: false,
    limit_us: 1,
    onProgress: () => {},
    onResult: (result) => results.set(result.script, result),
  }, execute);
  return { results, inFlight: begun, mostAtOnce };
}

const PASS: Outcome = { verdict: "pass" };
const FAIL: Outcome = { verdict: "fail" };
const LATE_PASS: Outcome = { verdict: "pass", late: 0.5 };
const LATE_FAIL: Outcome = { verdict: "fail", late: 0.5 };

Deno.test("schedule: many are in flight in real time, one in virtual time", async () => {
  const scripts = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}.pkt`, [PASS]]));
  assertEquals((await schedule(scripts, { jobs: 5 })).mostAtOnce, 5);
  assertEquals((await schedule(scripts, { jobs: 5, virtualTime: true })).mostAtOnce, 1);
});

Deno.test("schedule: what was on time is not tried again; what was not is, among few", async () => {
  const scripts = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`${i}.pkt`, i < 10 ? [FAIL] : [LATE_FAIL, PASS]]),
  );
  const { results, inFlight, mostAtOnce } = await schedule(scripts, { jobs: 20 });
  assertEquals(mostAtOnce, 20);
  for (let i = 0; i < 20; i++) {
    const { verdict, tries } = results.get(`${i}.pkt`)!;
    assertEquals([verdict, tries!.map((each) => each.jobs)], i < 10 ? ["fail", [20]] : ["pass", [20, 4]]);
    assertEquals(inFlight.get(`${i}.pkt`)!.slice(1).every((count) => count <= 4), true);
  }
});

Deno.test("schedule: what does not come out the same is flaky, with both outcomes shown", async () => {
  const { results } = await schedule({ "a.pkt": [LATE_FAIL, LATE_PASS, LATE_FAIL, LATE_PASS] }, { jobs: 8 });
  const { verdict, message, line, tries } = results.get("a.pkt")!;
  assertEquals([verdict, line, tries!.length], ["flaky", 1, 4]);
  assertStringIncludes(message, "in 4 tries\n  2 x a.pkt:1: no\n  2 x pass");
});

Deno.test("schedule: a try that stands need not be the last", async () => {
  const { results } = await schedule({ "a.pkt": [LATE_FAIL, LATE_FAIL, LATE_FAIL, { ...FAIL, line: 9, late: 2 }] }, {
    jobs: 8,
  });
  assertEquals([results.get("a.pkt")!.verdict, results.get("a.pkt")!.line], ["fail", 1]);
});

Deno.test("schedule: a runner that is late again and again is an error, not a failure of the stack", async () => {
  const { results } = await schedule({ "a.pkt": [{ verdict: "fail", late: 2 }] }, { jobs: 8 });
  const { verdict, message } = results.get("a.pkt")!;
  assertEquals(verdict, "error");
  assertStringIncludes(message, "late by 8000 us at line 1");
});

Deno.test("schedule: --retries says how often at most", async () => {
  for (const retries of [0, 1, 2]) {
    const { inFlight } = await schedule({ "a.pkt": [LATE_FAIL] }, { jobs: 8, retries });
    assertEquals(inFlight.get("a.pkt")!.length, 1 + retries);
  }
});

Deno.test("schedule: in virtual time nothing is repeated, and there are no tries to speak of", async () => {
  const { results, inFlight } = await schedule({ "a.pkt": [LATE_FAIL] }, { jobs: 8, virtualTime: true });
  assertEquals([inFlight.get("a.pkt")!.length, results.get("a.pkt")!.tries], [1, undefined]);
});

Deno.test("schedule: evidence is put into words by nobody who has no need to read it", async () => {
  let read = 0;
  await schedule(
    { "a.pkt": [FAIL], "b.pkt": [LATE_FAIL, LATE_PASS, LATE_FAIL, LATE_PASS], "c.pkt": [LATE_FAIL, PASS] },
    {
      jobs: 8,
      onEvidence: () => read++,
    },
  );
  assertEquals(read, 0);
});

Deno.test("schedule: scripts that share files of the host run one at a time", () => {
  const shared = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 `cat /tmp/shared`\n";
  const own =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 `/tmp/sysctl_restore_${PPID}.sh; cat /proc/sys/net/core/somaxconn`\n";
  const plans = (text: string) => planText({ path: "x.pkt", text }, "ipv4");
  assertEquals([...plans(shared), ...plans(own)].map((run) => run.sharesHost), [true, false]);
});
