import { assertEquals } from "@std/assert";
import type { FailureKind, RunResult } from "../report/results.ts";
import type { Timing } from "../timeline/mod.ts";
import type { Attempt } from "./execute.ts";
import { Judgement } from "./judgement.ts";

const PUNCTUAL: Timing = {
  late_us: 0,
  drift_us: 0,
  line: 0,
  strayed_us: 0,
  slowest_us: 0,
  narrow: false,
  timesSampled: false,
  off_us: undefined,
  excess_us: undefined,
  tooEarly: false,
  offs_us: new Map(),
  tolerance_us: 4000,
};

function attempt(
  verdict: RunResult["verdict"],
  kind: FailureKind,
  timing: Partial<Timing>,
  duration_us = 1000,
): Attempt {
  const failure = verdict === "fail" ? { failure: { kind }, line: 7 } : {};
  const message = verdict === "pass" ? "" : "a.pkt:7: no";
  const result = { script: "a.pkt", variant: "ipv4", target: "kernel", verdict, duration_us, message } as const;
  return { result: { ...result, ...failure }, timing: { ...PUNCTUAL, ...timing } };
}

const pass = (timing: Partial<Timing> = {}) => attempt("pass", "packet", timing);
const fail = (kind: FailureKind, timing: Partial<Timing> = {}) => attempt("fail", kind, timing);
/** Something came so much after its time, of which 4 ms are allowed. */
const off = (off_us: number, more: Partial<Timing> = {}) =>
  fail("time", { off_us, excess_us: Math.abs(off_us) - 4000, ...more });

/** The verdict after each try; "again" where there is none yet. */
function verdicts(tries: readonly (readonly [Attempt, number])[]): string[] {
  const judgement = new Judgement({ virtualTime: false, retries: 0 });
  return tries.map(([one, together]) => judgement.add(one, together)?.verdict ?? "again");
}

const CROWD = Infinity;

Deno.test("judgement: a failure in a crowd is believed once it comes out alike twice in calm", () => {
  for (const kind of ["packet", "call", "code", "missing-packet", "command"] as const) {
    assertEquals(verdicts([[fail(kind), CROWD], [fail(kind), 32], [fail(kind), 16]]), ["again", "again", "fail"]);
    assertEquals(verdicts([[fail(kind), CROWD], [pass(), 32]]), ["again", "pass"]);
  }
  assertEquals(verdicts([[fail("code"), CROWD], [fail("packet"), 32], [fail("packet"), 16]]), [
    "again",
    "again",
    "fail",
  ]);
});

Deno.test("judgement: what another variant passes must fail twice while few go on", () => {
  const judgement = new Judgement({ virtualTime: false, retries: 0 });
  const failed = (together: number) => judgement.add(fail("packet"), together)?.verdict ?? "again";
  assertEquals(failed(CROWD), "again");
  judgement.othersPass = true;
  assertEquals([failed(32), failed(8), failed(1)], ["again", "again", "fail"]);
});

Deno.test("judgement: a failure in a calm in which the runner was late tells as little as one in a crowd", () => {
  const late = fail("packet", { late_us: 2500 });
  assertEquals(verdicts([[late, 32], [fail("packet"), 16], [fail("packet"), 16]]).join(), "again,again,fail");
});

Deno.test("judgement: a failure alone is believed at once, if nothing was off", () => {
  assertEquals(verdicts([[fail("packet"), 1]]), ["fail"]);
  assertEquals(verdicts([[fail("packet", { strayed_us: 1500 }), 1]]), ["again"]);
  assertEquals(verdicts([[fail("packet", { slowest_us: 114_000 }), 1]]), ["again"]);
  assertEquals(verdicts([[fail("packet", { late_us: 150, drift_us: 900 }), 1]]), ["fail"]);
  assertEquals(verdicts([[fail("packet", { late_us: 250 }), 1]]), ["again"]);
  assertEquals(verdicts([[fail("packet", { drift_us: 1200 }), 1]]), ["again"]);
  assertEquals(verdicts([[fail("code", { timesSampled: true, drift_us: 600 }), 1]]), ["again"]);
  assertEquals(verdicts([[off(30_000), 1]]), ["again"]);
});

Deno.test("judgement: a slow command in the script makes a failure doubtful", () => {
  const slow = fail("code", { strayed_us: 28_000 });
  assertEquals(verdicts([[slow, CROWD], [slow, 32]]), ["again", "again"]);
  assertEquals(
    verdicts([[slow, CROWD], [slow, 32], ...Array.from({ length: 4 }, () => [slow, 8] as const)]).join(),
    [
      ...Array.from({ length: 5 }, () => "again"),
      "fail",
    ].join(),
  );
});

Deno.test("judgement: no machine is so busy that something comes too early", () => {
  assertEquals(verdicts([[off(-9000, { tooEarly: true }), CROWD]]), ["fail"]);
  assertEquals(verdicts([[off(-9000), CROWD]]), ["again"]);
});

Deno.test("judgement: what is late by less than a tick must be so four times while few go on, and may pass instead", () => {
  const late = off(5700);
  assertEquals(
    verdicts([[late, CROWD], [late, 8], [late, 8], [late, 8], [late, 8]]).join(),
    "again,again,again,again,fail",
  );
  assertEquals(verdicts([[late, CROWD], [late, 8], [pass(), 8]]).join(), "again,again,pass");
  assertEquals(verdicts([[off(41_000), CROWD], [off(41_500), 32]]).join(), "again,fail");
});

Deno.test("judgement: a pass that the runner's own lateness may have made is tried again", () => {
  const narrow = pass({ narrow: true });
  assertEquals(verdicts([[narrow, CROWD], [pass(), 32]]).join(), "again,pass");
  assertEquals(verdicts([[narrow, CROWD], [narrow, 32], [narrow, 16]]).join(), "again,again,pass");
  const near = pass({ timesSampled: true, drift_us: 600 });
  assertEquals(verdicts([[near, CROWD], [near, 32], [near, 16]]).join(), "again,again,pass");
  const far = pass({ timesSampled: true, drift_us: 2000 });
  const all = verdicts([[far, CROWD], ...Array.from({ length: 8 }, () => [far, 8] as const)]);
  assertEquals(all, [...Array.from({ length: 8 }, () => "again"), "pass"]);
  const times = pass({ timesSampled: true, late_us: 700 });
  assertEquals(verdicts([[times, CROWD], [fail("code"), 32]]).join(), "again,again");
  assertEquals(verdicts([[pass({ late_us: 700 }), CROWD]]).join(), "pass");
  const slow = (slowest_us: number) => pass({ timesSampled: true, slowest_us });
  assertEquals(verdicts([[slow(700), CROWD], [slow(700), 32], [slow(700), 16]]).join(), "again,again,pass");
  assertEquals(verdicts([[slow(2000), CROWD], [slow(2000), 32], [slow(2000), 16]]).join(), "again,again,again");
});

Deno.test("judgement: a pass does not outweigh a failure if the runner was that much later when it passed", () => {
  const failed = off(5300, { drift_us: 800 });
  assertEquals(verdicts([[failed, 8], [pass({ drift_us: 2200 }), 8]]).join(), "again,again");
  assertEquals(verdicts([[failed, 8], [pass({ drift_us: 1000 }), 8]]).join(), "again,pass");
  // It came so much sooner that the runner's lateness can't be why.
  const passed = (off_us: number) => pass({ drift_us: 2200, offs_us: new Map([[7, off_us]]) });
  assertEquals(verdicts([[failed, 8], [passed(3900), 8]]).join(), "again,again");
  assertEquals(verdicts([[failed, 8], [passed(300), 8]]).join(), "again,pass");
  const code = fail("code", { timesSampled: true, drift_us: 100 });
  assertEquals(verdicts([[code, 8], [pass({ timesSampled: true, drift_us: 300 }), 8]]).join(), "again,again");
  // A crowd disturbs in more than one way.
  assertEquals(verdicts([[code, CROWD], [pass({ timesSampled: true, drift_us: 300 }), 8]]).join(), "again,pass");
});

Deno.test("judgement: a long run is believed if the runner was as punctual as the script asks", () => {
  const long = (late_us: number) => attempt("fail", "code", { late_us, tolerance_us: 20_000 }, 22e6);
  assertEquals(verdicts([[long(7000), CROWD]]), ["fail"]);
  assertEquals(verdicts([[long(25_000), CROWD]]), ["again"]);
  const heldUp = (slowest_us: number) => attempt("fail", "missing-packet", { slowest_us }, 22e6);
  assertEquals(verdicts([[heldUp(3000), CROWD]]), ["fail"]);
  assertEquals(verdicts([[heldUp(114_000), CROWD], [heldUp(200), 1]]), ["again", "fail"]);
});

Deno.test("judgement: a runner that is late each time makes an error of a failure", () => {
  const late: [Attempt, number] = [off(6000, { late_us: 5000 }), 1];
  assertEquals(verdicts(Array.from({ length: 8 }, () => late)).join(), `${"again,".repeat(7)}error`);
});

Deno.test("judgement: failures of two variants in a crowd bear each other out, if nothing was off", () => {
  const both = (one: Attempt, other: Attempt, retries = 0) => {
    const judgements = [one, other].map((each) => {
      const judgement = new Judgement({ virtualTime: false, retries });
      assertEquals(judgement.add(each, CROWD), undefined);
      return judgement;
    });
    return judgements[0]!.confirmedBy(judgements[1]!)?.verdict;
  };
  assertEquals(both(fail("packet"), fail("packet")), "fail");
  assertEquals(both(fail("packet"), fail("call")), undefined);
  assertEquals(both(fail("packet", { late_us: 150, drift_us: 900 }), fail("packet")), "fail");
  assertEquals(both(fail("packet", { late_us: 250 }), fail("packet")), undefined);
  assertEquals(both(fail("packet"), fail("packet", { drift_us: 1200 })), undefined);
  assertEquals(both(fail("packet", { strayed_us: 1200 }), fail("packet")), undefined);
  assertEquals(both(off(30_000), off(30_000)), undefined);
  assertEquals(both(fail("packet"), fail("packet"), 1), undefined);
});
