/**
 * A way to the targets that need privileges for users who have none: an unprivileged user namespace.
 *
 * @module
 */
import { close, effectiveUserId, enterUserNamespace, open, probeUserNamespace, reactor } from "../../host/mod.ts";
import { type ConformanceOptions, NAMED_TARGET_NAMES } from "./options.ts";

const O_RDWR = 2;
/** Targets that need no privileges. */
const VIRTUAL: readonly string[] = ["sim", ...NAMED_TARGET_NAMES];

/**
 * Replaces this process by itself as root of a user namespace, if that makes `tun` and `kernel` usable and they are
 * wanted. Returns where it does not, with what would have to be otherwise for it, if that is the matter.
 */
export async function enterUserNamespaceIfUseful(options: ConformanceOptions): Promise<string | undefined> {
  const wanted = options.target === undefined || options.target.some((name) => !VIRTUAL.includes(name));
  if (!wanted || Deno.build.os !== "linux" || effectiveUserId() === 0) return undefined;
  const device = open("/dev/net/tun", O_RDWR);
  if (device >= 0) close(device);
  const probed = await probeUserNamespace(reactor());
  if (device >= 0 && probed.granted) enterUserNamespace();
  const deviceObstacle = device >= 0 ? [] : ["open /dev/net/tun (as root: modprobe tun; chmod 666 /dev/net/tun)"];
  const namespaceObstacle = probed.granted ? [] : [`get user namespaces: ${probed.reason}`];
  return `run as root; or let this user ${[...deviceObstacle, ...namespaceObstacle].join(", and ")}`;
}
