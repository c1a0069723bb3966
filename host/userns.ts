/**
 * What this process may do on this machine, and a way for an ordinary user to do it: an unprivileged user namespace
 * (`user_namespaces(7)`), in which the user is root over network namespaces of his own. Needs `--allow-ffi`.
 *
 * @module
 */

import { errnoName, strerror, SystemError } from "./errno.ts";
import type { Granted } from "./scheduling.ts";
import { NetworkNamespace } from "./netns.ts";
import { TunDevice } from "./tun.ts";
import { executeProgram, run } from "./process.ts";
import { readKernelText } from "./kernel_file.ts";
import { syscall } from "./syscall.ts";
import type { Reactor } from "./reactor.ts";

const UNSHARE = ["--user", "--map-root-user", "--net", "--mount", "--"];

function refusal(error: unknown): Granted {
  if (error instanceof SystemError) return { granted: false, reason: error.message };
  throw error;
}

/** Whether this process can make network namespaces. */
export function probeNetworkNamespaces(): Granted {
  try {
    NetworkNamespace.create()[Symbol.dispose]();
    return { granted: true };
  } catch (error) {
    return refusal(error);
  }
}

/** Whether this process can open TUN devices in a network namespace that it makes. */
export function probeTun(): Granted {
  try {
    using namespace = NetworkNamespace.create();
    namespace.run(() => TunDevice.open({ name: "probe", persistent: true })[Symbol.dispose]());
    return { granted: true };
  } catch (error) {
    const granted = refusal(error);
    if (!granted.granted && error instanceof SystemError && error.syscall.endsWith("/dev/net/tun")) {
      const advice = error.code === "ENOENT" || error.code === "ENODEV"
        ? "the kernel has no TUN support loaded (modprobe tun)"
        : "this user may not open the device";
      return { granted: false, reason: `${granted.reason}: ${advice}` };
    }
    return granted;
  }
}

/** The effective user id, 0 for root (of the user namespace that we are in). */
export function effectiveUserId(): number {
  return syscall("geteuid");
}

/** Settings that forbid unprivileged user namespaces on common distributions. */
const SETTINGS: readonly (readonly [name: string, forbids: string])[] = [
  ["user.max_user_namespaces", "0"],
  ["user.max_net_namespaces", "0"],
  ["kernel.unprivileged_userns_clone", "0"],
  ["kernel.apparmor_restrict_unprivileged_userns", "1"],
];

/** Whether {@link enterUserNamespace} would work, found out by trying it with a program that does nothing. */
export async function probeUserNamespace(reactor: Reactor): Promise<Granted> {
  let output: string;
  try {
    const result = await run({ command: "unshare", args: [...UNSHARE, "true"] }, reactor);
    if (result.code === 0) return { granted: true };
    output = result.output.trim().split("\n")[0] ?? "";
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    return { granted: false, reason: `cannot run unshare (of util-linux): ${strerror(error.errno)}` };
  }
  const causes = SETTINGS
    .filter(([name, forbids]) => readKernelText("/proc/sys/" + name.replaceAll(".", "/"))?.trim() === forbids)
    .map(([name, forbids]) => `${name} is ${forbids}`);
  const cause = causes.length > 0 ? `: ${causes.join(", ")}` : "";
  return { granted: false, reason: `this system does not allow unprivileged user namespaces (${output})${cause}` };
}

/** The command line of this process. */
function ownCommandLine(): string[] {
  return (readKernelText("/proc/self/cmdline") ?? "").split("\0").slice(0, -1);
}

/**
 * Replaces this process by itself as root of a new user namespace with a network and a mount namespace: same process
 * id, same command line, all output so far kept. Does not return if it works. Probe first: once `unshare` runs, a refusal
 * ends the process.
 *
 * @param command what to run instead of the same command line
 * @throws {SystemError} where `unshare` cannot be run
 */
export function enterUserNamespace(
  command: readonly string[] = ["/proc/self/exe", ...ownCommandLine().slice(1)],
): never {
  const [program, ...args] = command;
  if (program === undefined) throw new TypeError("An empty command");
  // /proc/self/exe would be unshare's; the link must be followed here.
  const path = program === "/proc/self/exe" ? Deno.execPath() : program;
  const errno = executeProgram("unshare", [...UNSHARE, path, ...args]);
  throw new SystemError(errno, "run unshare", `${errnoName(errno)}: is util-linux installed?`);
}
