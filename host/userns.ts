/**
 * What this process may do on this machine, and a way for an ordinary user to do it: an unprivileged user namespace
 * (`user_namespaces(7)`), in which the user is root over network namespaces of his own. Needs `--allow-ffi`.
 *
 * @module
 */

import { F_GETFD, O_WRONLY } from "../abi/file_constants.ts";
import { CallList, reap, startChild } from "./call_list.ts";
import { SystemError } from "./errno.ts";
import { Image, launch } from "./launcher.ts";
import type { Granted } from "./scheduling.ts";
import { NetworkNamespace } from "./netns.ts";
import { TunDevice } from "./tun.ts";
import { lookUp, ownEnvironment } from "./process.ts";
import { readKernelText } from "./kernel_file.ts";
import { close, cString, syscall, type SystemCallArgument } from "./syscall.ts";

const CLONE_NEWNS = 0x20000;
const CLONE_NEWUSER = 0x10000000;
const CLONE_NEWNET = 0x40000000;
const NAMESPACES = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS;
const AT_FDCWD = -100;
const MS_REC = 0x4000;
const MS_PRIVATE = 0x40000;
const CLOSE_RANGE_UNSHARE = 2;
const ALL = 0xffff_ffff;

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
  ["user.max_mnt_namespaces", "0"],
  ["kernel.unprivileged_userns_clone", "0"],
  ["kernel.apparmor_restrict_unprivileged_userns", "1"],
];

/**
 * What makes the user root in new namespaces that the caller is in, and hides what it mounts from others.
 *
 * @param place puts text where the calls will find it
 * @param fd the lowest free number of a descriptor
 */
function addRootCalls(list: CallList, place: (text: string) => SystemCallArgument, fd: number): void {
  const write = (file: string, text: string) => {
    list.add(`open ${file}`, "openat", AT_FDCWD, place(file), O_WRONLY, 0);
    list.add(`write ${file}`, "write", fd, place(text), text.length);
    list.add("close", "close", fd);
  };
  // An ordinary user may map only itself, and its group only once nobody can drop groups any more.
  write("/proc/self/setgroups", "deny");
  write("/proc/self/uid_map", `0 ${syscall("geteuid")} 1`);
  write("/proc/self/gid_map", `0 ${syscall("getegid")} 1`);
  list.add("mount", "mount", place("none"), place("/"), 0, MS_REC | MS_PRIVATE, 0);
}

/** Whether {@link enterUserNamespace} would work, found out by a child that does the same and ends. */
export function probeUserNamespace(): Granted {
  const memory: Uint8Array[] = [];
  const place = (text: string) => {
    const bytes = cString(text);
    memory.push(bytes);
    return bytes;
  };
  const list = new CallList();
  const first = 3;
  list.add("close_range", "close_range", first, ALL, CLOSE_RANGE_UNSHARE);
  addRootCalls(list, place, first);
  list.add("exit", "exit_group", 0);
  try {
    const { pidfd } = startChild(list, NAMESPACES, "clone(CLONE_NEWUSER)");
    reap(pidfd);
    close(pidfd);
    return { granted: true };
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const causes = SETTINGS
      .filter(([name, forbids]) => readKernelText("/proc/sys/" + name.replaceAll(".", "/"))?.trim() === forbids)
      .map(([name, forbids]) => `${name} is ${forbids}`);
    const cause = causes.length > 0 ? `: ${causes.join(", ")}` : "";
    return {
      granted: false,
      reason: `this system does not allow unprivileged user namespaces (${error.message})${cause}`,
    };
  } finally {
    memory.length = 0;
  }
}

/** The command line of this process. */
function ownCommandLine(): string[] {
  return (readKernelText("/proc/self/cmdline") ?? "").split("\0").slice(0, -1);
}

/** The lowest number that no descriptor has once this process has executed another program. */
function lowestFreeDescriptor(): number {
  for (let fd = 0;; fd++) if (syscall("fcntl", fd, F_GETFD) !== 0) return fd;
}

/**
 * Replaces this process by itself as root of a new user namespace with a network and a mount namespace: same process
 * id, same command line, all output so far kept. Does not return if it works. Probe first: once this process is
 * replaced, a refusal ends it.
 *
 * @param command what to run instead of the same command line
 * @throws {SystemError} where there can be no program in memory
 */
export function enterUserNamespace(
  command: readonly string[] = ["/proc/self/exe", ...ownCommandLine().slice(1)],
): never {
  const [program, ...args] = command;
  if (program === undefined) throw new TypeError("An empty command");
  const environment = ownEnvironment();
  // /proc/self/exe would be the launcher's; the link must be followed here.
  const path = program === "/proc/self/exe" ? Deno.execPath() : lookUp(program, environment);
  const image = new Image();
  const place = (text: string) => image.place(cString(text));
  const list = new CallList();
  // A process of several threads may not do this, and the runtime has several.
  list.add("unshare", "unshare", NAMESPACES);
  addRootCalls(list, place, lowestFreeDescriptor());
  const argv = image.placeStrings([path, ...args]);
  list.add(`run ${path}`, "execve", place(path), argv, image.placeStrings(environment));
  launch(list, image);
}
