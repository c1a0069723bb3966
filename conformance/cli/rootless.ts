/**
 * A way to the targets that need privileges for users who have none: an unprivileged user namespace.
 *
 * @module
 */
import { ENODEV, ENOENT } from "../../abi/errno.ts";
import { O_RDWR } from "../../abi/file_constants.ts";
import {
  close,
  effectiveUserId,
  enterUserNamespace,
  errnoName,
  type Granted,
  open,
  openFileLimit,
  probeUserNamespace,
  SystemError,
} from "../../host/mod.ts";
import { UsageError } from "./usage_error.ts";
import { wantedTargets } from "./choose_targets.ts";
import { type ConformanceOptions, NAMED_TARGET_NAMES } from "./options.ts";

/** Targets that need no privileges. */
const VIRTUAL: readonly string[] = ["sim", ...NAMED_TARGET_NAMES];

/**
 * Replaces this process by itself as root of a user namespace, if that makes `tun` and `kernel` usable and they are
 * wanted. Returns where it does not, with what would have to be otherwise for it, if that is the matter.
 */
export function enterUserNamespaceIfUseful(options: ConformanceOptions): string | undefined {
  const wanted = wantedTargets(options).some((name) => !VIRTUAL.includes(name));
  if (!wanted || Deno.build.os !== "linux" || effectiveUserId() === 0) return undefined;
  const device = open("/dev/net/tun", O_RDWR);
  if (device >= 0) close(device);
  const namespaces = device >= 0 ? tryUserNamespace() : probeUserNamespace();
  const obstacles = [
    ...(device >= 0 ? [] : [deviceObstacle(-device)]),
    ...(namespaces.granted ? [] : [`get user namespaces: ${namespaces.reason}`]),
  ];
  return `run as root; or let this user ${obstacles.join(", and ")}`;
}

/** Worlds, threads and children of real time need so many open files at least; with fewer the runtime itself breaks. */
const LEAST_OPEN_FILES = 256;

/**
 * Sees to it that targets of real time have the files that they open.
 *
 * @throws {UsageError} where the system allows too few
 */
export function requireOpenFiles(options: ConformanceOptions): void {
  const wanted = wantedTargets(options).some((name) => !VIRTUAL.includes(name));
  if (!wanted || Deno.build.os !== "linux") return;
  const limit = openFileLimit();
  if (limit >= LEAST_OPEN_FILES) return;
  throw new UsageError(
    `only ${limit} files may be open at once here, and the targets wanted need ${LEAST_OPEN_FILES}`,
    "Raise the limit (ulimit -n 1024), or use --target sim.",
  );
}

/** Returns only where it does not work, with why. */
function tryUserNamespace(): Granted {
  const probed = probeUserNamespace();
  if (!probed.granted) return probed;
  try {
    enterUserNamespace();
  } catch (error) {
    if (error instanceof SystemError) return { granted: false, reason: error.message };
    throw error;
  }
}

function deviceObstacle(errno: number): string {
  const absent = errno === ENOENT || errno === ENODEV;
  const why = absent ? "there is none" : `no permission (${errnoName(errno)})`;
  return `open /dev/net/tun: ${why} (as root: ${absent ? "modprobe tun; " : ""}chmod 666 /dev/net/tun)`;
}
