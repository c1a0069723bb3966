/**
 * A way to the targets that need privileges for users who have none: an unprivileged user namespace.
 *
 * @module
 */
import { close, effectiveUserId, enterUserNamespace, open, probeUserNamespace, reactor } from "../../host/mod.ts";
import type { ConformanceOptions } from "./options.ts";

const O_RDWR = 2;

/**
 * Replaces this process by itself as root of a user namespace, if that makes `tun` and `kernel` usable and they are
 * wanted. Returns where it does not.
 */
export async function enterUserNamespaceIfUseful(options: ConformanceOptions): Promise<void> {
  const wanted = options.target === undefined || options.target.some((name) => name !== "sim");
  if (!wanted || Deno.build.os !== "linux" || effectiveUserId() === 0) return;
  const device = open("/dev/net/tun", O_RDWR);
  if (device < 0) return;
  close(device);
  if ((await probeUserNamespace(reactor())).granted) enterUserNamespace();
}
