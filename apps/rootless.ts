/**
 * Running as an ordinary user, in a user namespace where that user is root over networks of his own.
 *
 * @module
 */
import { readKernelText } from "../host/kernel_file.ts";
import { cString, syscall } from "../host/syscall.ts";
import { effectiveUserId, enterUserNamespace, probeUserNamespace } from "../host/userns.ts";
import { UserError } from "./user_error.ts";

/** Whether this process is in a user namespace other than the machine's first. */
export function inUserNamespace(): boolean {
  return !/^\s*0\s+0\s+4294967295\s*$/.test(readKernelText("/proc/self/uid_map") ?? "");
}

/**
 * Makes sure that this process may make namespaces and devices. As an ordinary user it starts itself again as root of a
 * user namespace, and does not return. Throws {@link UserError} where that is not allowed either.
 */
export function gainPrivileges(): void {
  if (effectiveUserId() !== 0) {
    const granted = probeUserNamespace();
    if (granted.granted) enterUserNamespace();
    throw new UserError(
      `a network namespace and a TUN device need privileges: run it as root (sudo); without root, ${granted.reason}`,
    );
  }
  if (!inUserNamespace() || mayWrite("/run/netns")) return;
  // The names of network namespaces live in /run, which is somebody else's: this mount namespace gets its own.
  syscall("mount", cString("tmpfs"), cString("/run"), cString("tmpfs"), 0, null);
}

function mayWrite(path: string): boolean {
  const W_OK = 2;
  const AT_FDCWD = -100;
  return syscall("faccessat", AT_FDCWD, cString(path), W_OK) === 0;
}

/** How another shell enters the network namespace `name`, of which this process has the descriptor `fd`. */
export function enterPrefix(name: string, fd: number): string {
  if (!inUserNamespace()) return `ip netns exec ${name}`;
  return `nsenter -t ${Deno.pid} --user --preserve-credentials --net=/proc/${Deno.pid}/fd/${fd}`;
}
