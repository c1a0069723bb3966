/**
 * How late packets are injected on the kernel target with 1, 16 and 64 scripts in flight, as the timeline itself sees it:
 * the time at which each went out, less the time that the script gives it. Needs root:
 *
 *     deno run --v8-flags=--max-semi-space-size=1 --allow-read --allow-write --allow-run --allow-ffi --allow-sys --allow-env bench/injection_lateness.ts
 *
 * @module
 */
import { executeRun } from "../conformance/runner/execute.ts";
import { planText } from "../conformance/runner/plan.ts";
import { warmUp } from "../conformance/runner/warm_up.ts";
import { KernelTarget } from "../conformance/targets/kernel.ts";
import { PythonRunner } from "../conformance/timeline/mod.ts";

const FIRST_US = 200_000;
const STEP_US = 10_000;
const PACKETS = 100;

/** A datagram every 10 ms. */
function script(): string {
  const lines = [
    "0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3",
    "+0 bind(3, ..., ...) = 0",
    "+0 connect(3, ..., ...) = 0",
    "+0 write(3, ..., 8) = 8",
    "+0 > udp (8)",
  ];
  for (let i = 0; i < PACKETS; i++) lines.push(`${((FIRST_US + i * STEP_US) / 1e6).toFixed(3)} < udp (100)`);
  return lines.join("\n") + "\n";
}

const target = new KernelTarget();
const availability = await target.probe();
if (!availability.available) {
  console.error(`${availability.reason}\n  ${availability.remedy}`);
  Deno.exit(2);
}
const python = new PythonRunner();
const options = { python, cwd: undefined, strict: false, limit_us: 60e6 };
const [run] = planText({ path: "lateness.pkt", text: script() }, "ipv4");
await warmUp(target, [run!], options, executeRun);
console.log("in flight  injections  median µs  99 % µs  greatest µs");
for (const inFlight of [1, 16, 64]) {
  const attempts = await Promise.all(Array.from({ length: inFlight }, () => executeRun(target, run!, options)));
  const late: number[] = [];
  for (const { result } of attempts) {
    if (result.verdict !== "pass") throw new Error(result.message);
    (result.evidence ?? []).filter((entry) => entry.kind === "inbound").forEach((entry, i) =>
      late.push(entry.time_us - (FIRST_US + i * STEP_US))
    );
  }
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(share * late.length))]!.toFixed(0);
  const cells = [inFlight, late.length, at(0.5), at(0.99), at(1)];
  console.log(cells.map((cell, i) => String(cell).padStart([9, 10, 9, 7, 11][i]!)).join("  "));
}
await target.close();
await python.close();
