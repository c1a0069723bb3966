/**
 * What it means that a command did not do what its script wants of the machine: a machine that lacks or refuses
 * something must not read as a stack that fails. It counts also where the command ended well, because the lines that
 * follow speak of another world then.
 *
 * It does not count where the script expects it: where it sends the program's errors to `/dev/null`, asks for silence
 * (`sysctl -e`), or says by `||` what to do instead and so ends well.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readFileText } from "./proc.ts";
import type { Refusal } from "./refusals.ts";
import type { CommandOutcome, Lack } from "../target.ts";

/** A command that has ended. */
export interface EndedCommand {
  /** What the script says. */
  readonly text: string;
  /** Its working directory. */
  readonly cwd: string;
  readonly outcome: CommandOutcome;
  /** What was noted while it ran. */
  readonly refusals: readonly Refusal[];
}

const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  tc: "iproute2",
  ss: "iproute2",
  nstat: "iproute2",
  ethtool: "ethtool",
  sysctl: "procps",
  python3: "python3",
  bash: "bash",
  ping: "iputils-ping",
  nft: "nftables",
};

/** What shells and others say where there is no such program. */
const NOT_FOUND = [
  /^\S+: (?:line )?\d+: (\S+): (?:command )?not found$/m,
  /^\S*sh: (\S+): (?:command )?not found$/m,
  /^\S+: (?:line \d+: )?(\S+): (?:cannot execute: required file not found|bad interpreter: .*)$/m,
  /^(?:\S*\/)?env: ['‘"]?([^'’":\n]+)['’"]?: No such file or directory$/m,
  /^FileNotFoundError: \[Errno 2\] No such file or directory: '([\w.-]+)'$/m,
];

/** A setting that the kernel does not have, where `sysctl` was to make it. */
function unknownSetting(refusal: Refusal): string | undefined {
  if (refusal.kind !== "refused") return undefined;
  return /cannot stat \/proc\/sys\/(\S+): No such file/.exec(refusal.why)?.[1]?.replaceAll("/", ".");
}

/** Settings that the kernel does not have and that a command was to make. */
export function unknownSettings({ refusals }: Pick<EndedCommand, "refusals">): string[] {
  return [...new Set(refusals.flatMap((each) => unknownSetting(each) ?? []))];
}

/**
 * What this machine lacks or refused, and what to do; `undefined` where there is nothing of the kind. Where the kernel was
 * chosen to be tested (`chosenKernel`), the settings that it does not have are a fact about it: another version's.
 */
export function lackOf(command: EndedCommand, chosenKernel = false): Lack | undefined {
  const { text, cwd, outcome } = command;
  if (outcome.status === 0 && text.includes("||")) return undefined;
  const refusals = command.refusals.filter((each) => !chosenKernel || unknownSetting(each) === undefined);
  const noted = refusals[0];
  if (noted?.kind === "refused") return refused(noted.command, noted.why);
  const program = noted?.program ?? NOT_FOUND.map((words) => words.exec(outcome.output)?.[1]).find((found) => found);
  if (program !== undefined) return missing(program, cwd);
  return written(text, outcome.output, chosenKernel);
}

/** The first of `programs` that is in no folder of `path`, a search path. */
export function missingProgram(programs: readonly string[], path: string): Lack | undefined {
  const folders = path.split(":").filter((folder) => folder !== "");
  const lacking = programs.find((program) => !folders.some((folder) => existsSync(join(folder, program))));
  return lacking === undefined ? undefined : missing(lacking, "/");
}

function missing(program: string, cwd: string): Lack {
  if (!program.includes("/")) {
    const found = PACKAGES[program];
    return {
      what: `the program ${program} is missing here`,
      ...(found === undefined ? {} : { remedy: `install ${found}` }),
    };
  }
  const path = resolve(cwd, program);
  if (!existsSync(path)) return { what: `there is no ${program} in ${cwd}`, remedy: "see --cwd" };
  const interpreter = /^#! *(\S+)/.exec(readFileText(path).slice(0, 200))?.[1];
  if (interpreter === undefined || existsSync(interpreter)) return { what: `${program} can't be run here` };
  return { what: `${interpreter}, by which ${program} runs, is missing here`, remedy: `install ${interpreter}` };
}

function refused(command: string, why: string): Lack {
  const congestionControl = /tcp_congestion_control[ =]+["']?(\w+)/.exec(command)?.[1];
  if (congestionControl !== undefined) return congestionControlLack(congestionControl);
  const unknown = unknownSetting({ kind: "refused", command, why });
  if (unknown !== undefined) return noSetting(unknown);
  if (/Specified qdisc (?:kind is unknown|not found)|Unknown qdisc/.test(why)) {
    const name = /\b(?:root|ingress|parent \S+)(?: handle \S+)? (\w+)/.exec(command)?.[1] ?? "of that name";
    return {
      what: `this kernel has no queueing discipline ${name}`,
      remedy: `modprobe sch_${name}, or a kernel with CONFIG_NET_SCH_${name.toUpperCase()}`,
    };
  }
  return refusal(`\`${command}\``, why);
}

function noSetting(name: string): Lack {
  return { what: `this kernel has no setting ${name}`, remedy: "it takes another kernel, or one of its modules" };
}

function refusal(what: string, why: string): Lack {
  const denied = /not permitted|denied|read-only/i.test(why);
  return {
    what: `${what} was refused` + (why === "" ? "" : `: ${why}`),
    ...(denied ? { remedy: "run as root of this machine" } : {}),
  };
}

/** Shells write into `/proc/sys` too. */
function written(text: string, output: string, chosenKernel: boolean): Lack | undefined {
  const told =
    /(\/proc\/sys\/[\w./:-]+)['’"]?: (No such file or directory|Directory nonexistent|Permission denied|Read-only file system|Invalid argument|Operation not permitted)$/m
      .exec(output);
  if (told !== null) {
    const [, path, why] = told;
    if (!/No such file|nonexistent/.test(why!)) return refusal(`a write to ${path}`, why!);
    return chosenKernel ? undefined : noSetting(path!.replace(/^\/proc\/sys\//, "").replaceAll("/", "."));
  }
  const failed =
    /\b(?:echo|printf): (?:echo: |printf: |write error: )?(I\/O error|Invalid argument|No such file or directory|Operation not permitted|Permission denied)$/m
      .exec(output);
  if (failed === null || !text.includes("/proc/sys/")) return undefined;
  const congestionControl = /tcp_congestion_control[ =]+["']?(\w+)/.exec(text)?.[1];
  return congestionControl === undefined
    ? refusal("a write to /proc/sys", failed[1]!)
    : congestionControlLack(congestionControl);
}

/** A namespace may only use what the host has and allows to all. */
export function congestionControlLack(wanted: string): Lack {
  const list = (name: string) => readFileText(`/proc/sys/net/ipv4/tcp_${name}_congestion_control`).trim();
  if (!list("available").split(/\s+/).includes(wanted)) {
    const what = `this kernel has no congestion control ${wanted} (it has ${list("available")})`;
    return { what, remedy: `modprobe tcp_${wanted}` };
  }
  const allowed = list("allowed");
  return {
    what: `the kernel allows ${allowed} to namespaces, not ${wanted}`,
    remedy: `as root on the host, sysctl net.ipv4.tcp_allowed_congestion_control="${allowed} ${wanted}"`,
  };
}
