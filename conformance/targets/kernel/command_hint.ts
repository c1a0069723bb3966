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

/** A line that explains a failed command, or `undefined` where nothing beyond its own output is known. */
export function commandHint(text: string, outcome: CommandOutcome): string | undefined {
  const missing = /([\w.-]+): (?:command )?not found|env: ['‘"]?([\w.-]+)['’"]?: No such file/.exec(outcome.output);
  const program = missing?.[1] ?? missing?.[2];
  if (program !== undefined) {
    const found = PROGRAMS[program];
    return `hint: the program ${program} is missing here` + (found === undefined ? "" : `; install ${found}`);
  }
  const control = /tcp_congestion_control/.test(outcome.output) || /tcp_congestion_control/.test(text);
  if (control) {
    const allowed = readFileText("/proc/sys/net/ipv4/tcp_allowed_congestion_control").trim();
    return "hint: the kernel refuses this congestion control here; net.ipv4.tcp_allowed_congestion_control of the " +
      `host allows only "${allowed}". As root on the host: sysctl net.ipv4.tcp_allowed_congestion_control="${allowed} cubic"`;
  }
  const qdisc = /Specified qdisc (?:kind is unknown|not found)|Unknown qdisc "?(\w+)/.exec(outcome.output);
  if (qdisc !== null) return "hint: this kernel has no such queueing discipline";
  return undefined;
}
