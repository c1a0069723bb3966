/**
 * Network namespaces and TUN devices, with what a person can do where the machine refuses them.
 *
 * @module
 */
import { EACCES, EBUSY, EINVAL, ENODEV, ENOENT, ENXIO, EPERM } from "../abi/errno.ts";
import { SystemError } from "../host/errno.ts";
import { NamedNetworkNamespace } from "../host/named_netns.ts";
import { NetworkNamespace } from "../host/netns.ts";
import { open } from "../host/syscall.ts";
import { TunDevice } from "../host/tun.ts";
import { openOffloadingTun } from "../runtime/tun_device.ts";
import { guard } from "./guardian.ts";
import type { Settings } from "./settings.ts";
import { UserError } from "./user_error.ts";

const ROOT_HELP = "run it as root (sudo), or where ordinary users may make user namespaces";

/** A namespace to work in. Dispose it to remove the one that was made. */
export interface Namespace extends Disposable {
  readonly fd: number;
  /** Runs `body` with the thread in it. */
  run<T>(body: () => T): T;
}

/** Makes a namespace, or joins one. Throws {@link UserError}. */
export function enterNamespace(settings: Pick<Settings, "netns" | "join">): Namespace {
  if (settings.join) {
    const fd = open(`/run/netns/${settings.netns}`, 0);
    if (fd === -ENOENT) {
      throw new UserError(`there is no network namespace ${settings.netns} to join: ip netns list shows them`);
    }
    if (fd < 0) throw new UserError(new SystemError(-fd, `open /run/netns/${settings.netns}`).message);
    return new NetworkNamespace(fd);
  }
  let named: NamedNetworkNamespace;
  try {
    named = NamedNetworkNamespace.create(settings.netns);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new UserError(
        `there is already a network namespace ${settings.netns} in use: take another with --netns NAME, or use that one ` +
          `with --join`,
      );
    }
    if (error instanceof Deno.errors.PermissionDenied || isErrno(error, EPERM, EACCES)) {
      throw new UserError(`making a network namespace is not permitted: ${ROOT_HELP}`, 2, { cause: error });
    }
    throw error;
  }
  const guardian = guard(named);
  return {
    fd: named.namespace.fd,
    run: (body) => named.namespace.run(body),
    [Symbol.dispose]: () => {
      named[Symbol.dispose]();
      guardian[Symbol.dispose]();
    },
  };
}

function isErrno(error: unknown, ...numbers: readonly number[]): boolean {
  return error instanceof SystemError && numbers.includes(error.errno);
}

/** Opens the device in the namespace that the thread is in. Throws {@link UserError}. */
export function openTun(settings: Pick<Settings, "netns" | "tun" | "offload" | "impairments">): TunDevice {
  // Every fault concerns one packet as it goes over the wire, so none is an aggregate there.
  const offload = settings.offload && settings.impairments === undefined;
  try {
    return offload ? openOffloadingTun({ name: settings.tun }) : TunDevice.open({ name: settings.tun });
  } catch (error) {
    if (isErrno(error, ENOENT, ENODEV, ENXIO)) {
      throw new UserError(
        "there is no /dev/net/tun: load the module (modprobe tun); in a container, start it with --device /dev/net/tun",
      );
    }
    if (isErrno(error, EPERM, EACCES)) {
      throw new UserError(
        "/dev/net/tun may not be opened: run it as root (sudo), or let everybody open it (chmod 666 /dev/net/tun, as most " +
          "distributions have it); in a container, --cap-add NET_ADMIN",
      );
    }
    if (isErrno(error, EBUSY, EINVAL)) {
      throw new UserError(
        `there is already an interface ${settings.tun} in ${settings.netns}: take another with --tun`,
      );
    }
    throw error;
  }
}
