/**
 * Running a person's command in the namespace of a stack.
 *
 * @module
 */
import { type ChildProcess, spawn } from "../host/process.ts";
import type { Reactor } from "../host/reactor.ts";
import { syscall } from "../host/syscall.ts";
import type { World } from "./world.ts";

const TIOCSPGRP = 0x5410;

/**
 * Starts `sh -c COMMAND` in the namespace, its streams ours. Beside a client, which has the standard streams to itself, it
 * reads nothing and prints to standard error.
 */
export function startCommand(world: World, command: string, reactor: Reactor, beside_client: boolean): ChildProcess {
  const child = spawn({
    command: "/bin/sh",
    args: ["-c", command],
    namespaceFd: world.namespaceFd,
    stdin: beside_client ? "null" : "inherit",
    stdout: beside_client ? 2 : "inherit",
    stderr: "inherit",
  }, reactor);
  // It is a process group of its own: without the terminal it would be stopped at its first read from it.
  if (!beside_client && Deno.stdin.isTerminal()) syscall("ioctl", 0, TIOCSPGRP, new Int32Array([child.pid]));
  return child;
}
