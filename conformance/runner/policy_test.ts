import { assertEquals } from "@std/assert";
import type { TimeFacts, Try } from "../report/results.ts";
import { decide, isPunctual } from "./policy.ts";

const ON_TIME: TimeFacts = { late_us: 100, late_in_all_us: 400, late_share: 0.025, held_us: 90, times_sampled: false };
const LATE = { late_us: 1000, late_in_all_us: 1500, late_share: 0.25 };

function tried(verdict: Try["verdict"], jobs: number, facts: Partial<TimeFacts>, more: Partial<Try> = {}): Try {
  const failed = verdict === "fail" ? { line: 7, kind: "packet" as const } : {};
  return { verdict, jobs, message: "", duration_us: 1, ...failed, facts: { ...ON_TIME, ...facts }, ...more };
}

const MANY = 24;
const FEW = 4;

/** Facts in, decision out. */
const PUNCTUAL: [what: string, verdict: Try["verdict"], jobs: number, facts: Partial<TimeFacts>, punctual: boolean][] =
  [
    ["a pass on time", "pass", MANY, {}, true],
    ["a pass with a late runner, where nothing was near its edge", "pass", MANY, LATE, true],
    ["a pass in time by less than the runner was late", "pass", MANY, { ...LATE, late_margin_us: 700 }, false],
    ["the same among few", "pass", FEW, { ...LATE, late_margin_us: 700 }, false],
    ["a pass in time by more than that", "pass", MANY, { ...LATE, late_margin_us: 800 }, true],
    ["a narrow pass of a runner on time", "pass", MANY, { late_margin_us: 5 }, true],
    ["a pass that a timer late by a tick may have made", "pass", MANY, { early_margin_us: 3900 }, false],
    ["that among few", "pass", FEW, { early_margin_us: 3900 }, true],
    ["a pass that it can't have made", "pass", MANY, { early_margin_us: 4000 }, true],
    ["a pass whose code looked at times, on time", "pass", FEW, { times_sampled: true }, true],
    ["that among many", "pass", MANY, { times_sampled: true }, false],
    ["a pass whose code looked at times, late", "pass", FEW, { ...LATE, times_sampled: true }, false],
    ["a pass whose code looked at times, late by half a tick in all", "pass", FEW, {
      times_sampled: true,
      late_in_all_us: 2001,
    }, false],
    ["a failure on time", "fail", MANY, {}, true],
    ["a failure at the limit of on time", "fail", MANY, { late_share: 0.0625 }, true],
    ["a failure with a late runner", "fail", MANY, { late_share: 0.063 }, false],
    ["a failure behind a command that took long", "fail", MANY, { held_us: 4001 }, false],
    ["something too late, on time", "fail", MANY, { off_us: 40_000 }, false],
    ["something too late, among few", "fail", FEW, { off_us: 40_000 }, false],
    ["something too early by more than the runner was late in all", "fail", MANY, { ...LATE, off_us: -1600 }, true],
    ["something too early by less", "fail", MANY, { ...LATE, off_us: -1500 }, false],
    ["something too early by little, on time", "fail", MANY, { off_us: -50 }, false],
    ["something too early by little, on time among few", "fail", FEW, { off_us: -50 }, true],
    ["something too early by little, behind a call that took long", "fail", FEW, { off_us: -50, held_us: 4001 }, false],
    ["something too early by little, late among few", "fail", FEW, { ...LATE, off_us: -50 }, false],
    ["a skip", "skip", MANY, LATE, true],
    ["an error", "error", MANY, LATE, true],
  ];

for (const [what, verdict, jobs, facts, punctual] of PUNCTUAL) {
  Deno.test(`policy: ${what} is ${punctual ? "" : "not "}punctual`, () => {
    assertEquals(isPunctual(tried(verdict, jobs, facts)), punctual);
  });
}

Deno.test("policy: a try in which no time passed is punctual", () => {
  const { facts: _, ...noTime } = tried("fail", MANY, {});
  assertEquals(isPunctual(noTime), true);
});

const pass = tried("pass", FEW, {});
const latePass = tried("pass", FEW, { ...LATE, times_sampled: true });
const fail = tried("fail", FEW, {});
const lateFail = tried("fail", FEW, LATE);
const elsewhere = tried("fail", FEW, LATE, { line: 9 });
const otherwise = tried("fail", FEW, LATE, { kind: "call" });
const tooLateOnTime = tried("fail", FEW, { off_us: 900 });
const lateTooLate = tried("fail", FEW, { ...LATE, off_us: 900 });
const heldTooEarly = tried("fail", FEW, { held_us: 9000, off_us: -900 });
const heldOnTime = tried("fail", FEW, { held_us: 9000 }, { line: 9 });
const crowdFail = tried("fail", MANY, LATE, { line: 3 });
const tooLate = tried("fail", FEW, { late_us: 5000, late_share: 1.25 }, { line: 3 });

/** Tries in, with two retries, and what they come to: the try that stands by its number, or a word. */
const DECISIONS: [what: string, tries: Try[], decision: number | string][] = [
  ["a punctual try stands at once", [fail], 0],
  ["any other is tried again", [crowdFail], "again"],
  ["a punctual pass stands after failures that were not", [crowdFail, lateFail, pass], 2],
  ["a punctual failure stands after a pass that was not", [latePass, fail], 1],
  ["tries left, none punctual", [crowdFail, lateFail], "again"],
  ["what comes out the same each time stands", [crowdFail, lateFail, lateFail], 2],
  ["passes, too", [crowdFail, latePass, latePass], 2],
  ["a pass and a failure are flaky", [crowdFail, lateFail, latePass], "flaky"],
  ["failures at different lines are flaky", [crowdFail, lateFail, elsewhere], "flaky"],
  ["failures of different kinds are flaky", [crowdFail, lateFail, otherwise], "flaky"],
  ["tries on time outweigh one that was not", [crowdFail, tooLateOnTime, latePass, tooLateOnTime], 3],
  ["one alone does not", [crowdFail, tooLateOnTime, latePass], "flaky"],
  ["tries on time that differ are flaky", [crowdFail, tooLateOnTime, { ...tooLateOnTime, line: 9 }], "flaky"],
  ["what came too late tells nothing where others went on", [crowdFail, heldOnTime, tooLateOnTime], 1],
  ["a try in which the runner was later than is allowed does not count", [crowdFail, lateFail, tooLate], 1],
  ["where there is no other, nothing can be said", [crowdFail, tooLate, tooLate], "busy"],
  [
    "something too late where the runner never was on time is no failure",
    [crowdFail, lateTooLate, lateTooLate],
    "busy",
  ],
  ["nor is something too early that a long call explains", [crowdFail, heldTooEarly, heldTooEarly], "busy"],
  ["it is one where the runner was, once", [crowdFail, tooLateOnTime, lateTooLate], 2],
];

Deno.test("policy: three alike among few need no further try, unless something was too late", () => {
  assertEquals(decide([crowdFail, lateFail, lateFail], 6), "again");
  assertEquals(decide([crowdFail, lateFail, lateFail, lateFail], 6), lateFail);
  assertEquals(decide([crowdFail, lateFail, latePass, lateFail, lateFail], 6), "again");
  assertEquals(decide([crowdFail, tooLateOnTime, tooLateOnTime, tooLateOnTime], 6), "again");
});

Deno.test("policy: failures behind a command that took long each time are alike by the machine", () => {
  assertEquals(decide([crowdFail, heldOnTime, heldOnTime, heldOnTime], 6), "again");
  assertEquals(decide([crowdFail, heldOnTime, heldOnTime, heldOnTime], 3), heldOnTime);
  const shorter = { ...heldOnTime, facts: { ...heldOnTime.facts!, held_us: 3000, late_share: 0.07 } };
  assertEquals(decide([crowdFail, heldOnTime, heldOnTime, shorter], 6), shorter);
});

Deno.test("policy: code that saw another number each time did not come out the same", () => {
  const saw = (what: string) => tried("fail", FEW, { held_us: 9000 }, { kind: "code", message: what });
  assertEquals(decide([saw("2"), saw("2"), saw("2")], 2), saw("2"));
  assertEquals(decide([saw("2"), saw("3"), saw("2")], 2), "flaky");
});

Deno.test("policy: such failures don't outweigh a pass that was a little late", () => {
  assertEquals(decide([crowdFail, heldOnTime, heldOnTime, latePass, heldOnTime], 4), "flaky");
});

for (const [what, tries, decision] of DECISIONS) {
  Deno.test(`policy: ${what}`, () => {
    assertEquals(decide(tries, 2), typeof decision === "number" ? tries[decision]! : decision as never);
  });
}

Deno.test("policy: without retries the first try is all there is", () => {
  assertEquals(decide([crowdFail], 0), crowdFail);
  assertEquals(decide([tooLate], 0), "busy");
});
