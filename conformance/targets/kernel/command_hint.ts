/**
 * What a failed set-up command means: a machine that lacks something must not read as a stack that fails.
 *
 * @module
 */

import { readFileText } from "./proc.ts";
import type { CommandOutcome } from "../target.ts";

const PROGRAMS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  tc: "iproute2",
  ss: "iproute2",
  nstat: "iproute2",
  ethtool: "ethtool",
  sysctl: "procps",
  python3: "python3",
  bash: "bash",
};

/** What this machine lacks for a command that failed, and what to do; `undefined` where its own output says all there is. */
export function commandHint(text: string, outcome: CommandOutcome): string | undefined {
  const missing = /([\w.-]+): (?:command )?not found|env: ['‘"]?([\w.-]+)['’"]?: No such file/.exec(outcome.output);
  const program = missing?.[1] ?? missing?.[2];
  if (program !== undefined) {
    const found = PROGRAMS[program];
    return `the program ${program} is missing here` + (found === undefined ? "" : `: install ${found}`);
  }
  if (/tcp_congestion_control/.test(outcome.output) || /tcp_congestion_control/.test(text)) {
    return congestionControlHint(/tcp_congestion_control[ =]+["']?(\w+)/.exec(text)?.[1]);
  }
  if (/Specified qdisc (?:kind is unknown|not found)|Unknown qdisc/.test(outcome.output)) {
    return "this kernel has no such queueing discipline";
  }
  return undefined;
}

/** A namespace may only use what the host has and allows to all. */
function congestionControlHint(wanted: string | undefined): string {
  const list = (name: string) => readFileText(`/proc/sys/net/ipv4/tcp_${name}_congestion_control`).trim();
  const name = wanted ?? "it";
  if (wanted !== undefined && !list("available").split(/\s+/).includes(wanted)) {
    return `this kernel has no congestion control ${wanted} (it has ${list("available")}): modprobe tcp_${wanted}`;
  }
  const allowed = list("allowed");
  const all = wanted === undefined ? allowed : `${allowed} ${wanted}`;
  return `the kernel allows ${allowed} to namespaces, not ${name}: as root on the host, ` +
    `sysctl net.ipv4.tcp_allowed_congestion_control="${all}"`;
}
