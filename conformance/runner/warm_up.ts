/**
 * Making the runner quick before time counts: code that has never run is slow the first time, and a script would see
 * that as lateness.
 *
 * @module
 */
import type { Target } from "../targets/target.ts";
import type { ExecuteOptions, executeRun } from "./execute.ts";
import { type PlannedRun, planText } from "./plan.ts";

/** What most scripts do, often enough for the JavaScript engine to compile it. */
export const WARM_UP_SCRIPT = `
0    socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0   setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0   bind(3, ..., ...) = 0
+0   listen(3, 1) = 0
+0   < S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK,nop,wscale 7>
+0   > S. 0:0(0) ack 1 <...>
+.01 < . 1:1(0) ack 1 win 1000
+0   accept(3, ..., ...) = 4
${Array.from({ length: 30 }, (_, i) => exchange(i * 1000 + 1, i * 100 + 1)).join("")}
+0   close(4) = 0
`;

/** Data both ways, from the stack's and the peer's sequence numbers on. */
function exchange(own: number, peer: number): string {
  return `
+0   write(4, ..., 1000) = 1000
+0   > P. ${own}:${own + 1000}(1000) ack ${peer}
+0   getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
+0   fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)
+.001 < P. ${peer}:${peer + 100}(100) ack ${own + 1000} win 1000
+0   read(4, ..., 200) = 100
`;
}

function hasCode(run: PlannedRun): boolean {
  return run.kind === "ready" && run.script.events.some((event) => event.action.kind === "code");
}

/** Starts what is slow to start and runs {@link WARM_UP_SCRIPT}, whose verdict does not matter. */
export async function warmUp(
  target: Target,
  planned: readonly PlannedRun[],
  options: ExecuteOptions,
  execute: typeof executeRun,
): Promise<void> {
  if (!planned.some((run) => run.kind === "ready")) return;
  if (planned.some(hasCode)) options.python.prepare();
  for (const variant of ["ipv4", "ipv6"] as const) {
    const [run] = planText({ path: "warm-up.pkt", text: WARM_UP_SCRIPT }, variant);
    await execute(target, run!, options);
  }
}
