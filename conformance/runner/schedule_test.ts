import { assert, assertEquals } from "@std/assert";
import type { RunResult } from "../report/results.ts";
import type { Target } from "../targets/target.ts";
import type { PythonRunner } from "../timeline/mod.ts";
import type { Attempt } from "./execute.ts";
import type { Passage } from "./gate.ts";
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

interface Try {
  readonly verdict: RunResult["verdict"];
  readonly line?: number;
  readonly late?: boolean;
  /** What the try takes, ms; 1 unless given. */
  readonly takes_ms?: number;
}

interface Scheduled {
  readonly results: Map<string, RunResult>;
  /** Most runs in flight at once while each try of a script was made, by script. */
  readonly crowds: Map<string, number[]>;
  readonly mostAtOnce: number;
  /** Most runs of the crowd in flight while one in calm was. */
  readonly disturbed: number;
}

/** Schedules scripts whose tries end as given; the last one is repeated for ever. */
async function schedule(
  scripts: Readonly<Record<string, readonly Try[]>>,
  options: { jobs: number; retries?: number; virtualTime?: boolean; isSurprising?: () => boolean },
): Promise<Scheduled> {
  const results = new Map<string, RunResult>();
  const crowds = new Map<string, number[]>();
  const tries = new Map<string, number>();
  let inFlight = 0;
  let mostAtOnce = 0;
  let crowd = 0;
  let calm = 0;
  let disturbed = 0;
  const note = () => disturbed = Math.max(disturbed, calm > 0 ? crowd : 0);
  const execute = async (_: Target, run: PlannedRun, __: unknown, passage?: Passage): Promise<Attempt> => {
    await passage?.ready();
    passage === undefined ? crowd++ : calm++;
    note();
    mostAtOnce = Math.max(mostAtOnce, ++inFlight);
    const nth = tries.get(run.path) ?? 0;
    tries.set(run.path, nth + 1);
    const list = scripts[run.path]!;
    const { verdict, line = 1, late = false, takes_ms = 1 } = list[Math.min(nth, list.length - 1)]!;
    await new Promise((resolve) => setTimeout(resolve, takes_ms));
    crowds.set(run.path, [...(crowds.get(run.path) ?? []), inFlight]);
    inFlight--;
    await passage?.over();
    passage === undefined ? crowd-- : calm--;
    return {
      result: {
        script: run.path,
        variant: "ipv4",
        target: "fake",
        verdict,
        duration_us: 1,
        message: verdict === "pass" ? "" : `${run.path}:${line}: no`,
        line,
        ...(verdict === "fail" ? { failure: { kind: late ? "time" as const : "packet" as const } } : {}),
      },
      timing: {
        late_us: late ? 5000 : 0,
        drift_us: 0,
        line,
        strayed_us: 0,
        slowest_us: 0,
        narrow: false,
        timesSampled: false,
        off_us: late ? 50_000 : undefined,
        excess_us: late ? 46_000 : undefined,
        tooEarly: false,
        offs_us: new Map(),
        tolerance_us: 4000,
      },
    };
  };
  await runOnTarget(target(options.virtualTime ?? false), Object.keys(scripts).map(planned), {
    jobs: options.jobs,
    retries: options.retries ?? 0,
    signal: new AbortController().signal,
    python: undefined as unknown as PythonRunner, // the attempts here run no code
    cwd: undefined,
    strict: false,
    limit_us: 1,
    isSurprising: options.isSurprising,
    onProgress: () => {},
    onResult: (result) => results.set(result.script, result),
  }, execute);
  return { results, crowds, mostAtOnce, disturbed };
}

const PASS: Try = { verdict: "pass" };
const FAIL: Try = { verdict: "fail" };

Deno.test("schedule: many are in flight in real time, one in virtual time", async () => {
  const scripts = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}.pkt`, [PASS]]));
  assertEquals((await schedule(scripts, { jobs: 5 })).mostAtOnce, 5);
  assertEquals((await schedule(scripts, { jobs: 5, virtualTime: true })).mostAtOnce, 1);
});

Deno.test("schedule: a failure in a crowd is believed once it fails alike in calm", async () => {
  const { results, crowds } = await schedule({ "a.pkt": [FAIL], "b.pkt": [PASS] }, { jobs: 8 });
  assertEquals([results.get("a.pkt")!.verdict, results.get("a.pkt")!.retries], ["fail", 1]);
  assertEquals(crowds.get("a.pkt")!.length, 2);
});

Deno.test("schedule: a failure that does not come again is a pass that tells of it", async () => {
  const result = (await schedule({ "a.pkt": [FAIL, PASS] }, { jobs: 8 })).results.get("a.pkt")!;
  assertEquals([result.verdict, result.retries, result.earlier], ["pass", 1, "a.pkt:1: no"]);
});

Deno.test("schedule: of two different failures none is believed until one comes again", async () => {
  const second = { verdict: "fail", line: 2 } as const;
  const tries = [FAIL, second, FAIL, second, second];
  const { results } = await schedule({ "a.pkt": tries, "b.pkt": tries }, { jobs: 8 });
  for (const { verdict, line, retries } of results.values()) assertEquals([verdict, line, retries], ["fail", 2, 4]);
});

Deno.test("schedule: what is tried again begins when all else has ended, and ends together", async () => {
  const slow: Try = { verdict: "pass", takes_ms: 60 };
  const scripts = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.pkt`, [i < 5 ? FAIL : slow]]));
  const { results, crowds, disturbed } = await schedule(scripts, { jobs: 8 });
  assertEquals(disturbed, 0);
  assertEquals([...results.values()].filter((result) => result.verdict === "fail").length, 5);
  for (let i = 0; i < 5; i++) assertEquals(crowds.get(`${i}.pkt`)!.length, 3);
});

Deno.test("schedule: what hangs does not keep the others from being judged", async () => {
  const hangs: Try = { verdict: "pass", takes_ms: 5600 };
  const { results } = await schedule({ "a.pkt": [FAIL, PASS], "b.pkt": [hangs] }, { jobs: 8 });
  assertEquals([...results.keys()], ["a.pkt", "b.pkt"]);
  assertEquals(results.get("a.pkt")!.verdict, "pass");
});

Deno.test("schedule: a runner that is late again and again is an error, not a failure of the stack", async () => {
  const { results } = await schedule({ "a.pkt": [{ verdict: "fail", late: true }] }, { jobs: 8 });
  const result = results.get("a.pkt")!;
  assertEquals(result.verdict, "error");
  assert(result.message.includes("too busy"), result.message);
});

Deno.test("schedule: in virtual time, and alone, a failure is believed at once", async () => {
  assertEquals((await schedule({ "a.pkt": [FAIL] }, { jobs: 8, virtualTime: true })).crowds.get("a.pkt")!.length, 1);
});

Deno.test("schedule: --retries grants further tries", async () => {
  const scripts = { "a.pkt": [FAIL, FAIL, FAIL, PASS] };
  assertEquals((await schedule(scripts, { jobs: 8, retries: 2 })).results.get("a.pkt")!.verdict, "pass");
  assertEquals((await schedule(scripts, { jobs: 8, retries: 1 })).results.get("a.pkt")!.verdict, "fail");
});

Deno.test("schedule: scripts that share files of the host run one at a time", () => {
  const shared = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 `cat /tmp/shared`\n";
  const own =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 `/tmp/sysctl_restore_${PPID}.sh; cat /proc/sys/net/core/somaxconn`\n";
  const plans = (text: string) => planText({ path: "x.pkt", text }, "ipv4");
  assertEquals([...plans(shared), ...plans(own)].map((run) => run.sharesHost), [true, false]);
});

Deno.test("schedule: a pass that surprises must come three times", async () => {
  const isSurprising = () => true;
  const sometimes = await schedule({ "a.pkt": [PASS, FAIL] }, { jobs: 8, isSurprising });
  assertEquals(sometimes.results.get("a.pkt")!.verdict, "fail");
  const always = await schedule({ "a.pkt": [PASS] }, { jobs: 8, isSurprising });
  assertEquals([always.results.get("a.pkt")!.verdict, always.crowds.get("a.pkt")!.length], ["pass", 3]);
});
