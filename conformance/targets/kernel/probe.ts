/**
 * Whether worlds can be made here: privileges, devices, architecture.
 *
 * @module
 */

import { SystemError } from "../../../host/errno.ts";
import { errnoName, strerror } from "../../../abi/errno_text.ts";
import { NetworkNamespace } from "../../../host/netns.ts";
import { TunDevice } from "../../../host/tun.ts";
import type { Availability } from "../target.ts";
import { WorldDefaults } from "./defaults.ts";

const ROOTLESS = "run as root; or, as an ordinary user, where unprivileged user namespaces are allowed (sysctl " +
  "user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1, " +
  "kernel.apparmor_restrict_unprivileged_userns=0) and you may open /dev/net/tun (chmod 666 /dev/net/tun)";

function missing(reason: string, remedy: string): Availability {
  return { available: false, reason, remedy };
}

/** Tries to make a namespace with a TUN device in it. */
export function probeKernel(): Availability {
  if (Deno.build.os !== "linux") {
    return missing(`needs Linux, this is ${Deno.build.os}`, "use --target sim, or run in a Linux virtual machine");
  }
  if (Deno.build.arch !== "x86_64" && Deno.build.arch !== "aarch64") {
    return missing(`has no system call code for ${Deno.build.arch}`, "use --target sim");
  }
  let doing: "namespace" | "device" = "namespace";
  try {
    using namespace = NetworkNamespace.create();
    doing = "device";
    const defaults = new WorldDefaults();
    namespace.run(() => {
      defaults.apply();
      using _device = TunDevice.open({ name: "tun0", vnetHeader: true });
    });
    return { available: true, limits: defaults.limits };
  } catch (error) {
    if (error instanceof SystemError) return doing === "namespace" ? noNamespace(error) : noDevice(error);
    const message = error instanceof Error ? error.message : String(error);
    return missing(message, "allow FFI (--allow-ffi), or use --target sim");
  }
}

function noNamespace(error: SystemError): Availability {
  if (error.code === "EPERM") return missing("network namespaces need root here (EPERM)", ROOTLESS);
  if (error.code === "ENOSPC") {
    return missing("no more network namespaces are allowed (ENOSPC)", "raise sysctl user.max_net_namespaces");
  }
  if (error.code === "EINVAL") {
    return missing("this kernel has no network namespaces (EINVAL)", "use a kernel with CONFIG_NET_NS");
  }
  return missing(`no network namespace can be made: ${error.message}`, ROOTLESS);
}

function noDevice(error: SystemError): Availability {
  switch (error.code) {
    case "ENOENT":
      return missing(
        "there is no /dev/net/tun",
        "modprobe tun, or: mkdir -p /dev/net && mknod /dev/net/tun c 10 200 (in a container: --device /dev/net/tun)",
      );
    case "ENODEV":
    case "ENXIO":
      return missing("/dev/net/tun is there, but the kernel has no TUN driver", "modprobe tun");
    case "EACCES":
      return missing("no permission on /dev/net/tun (EACCES)", "chmod 666 /dev/net/tun, or run as root");
    case "EPERM":
      return missing("the system forbids TUN devices here (EPERM)", "allow device 10:200 and CAP_NET_ADMIN");
    default:
      return missing(`no TUN device can be made: ${errnoName(error.errno)} (${strerror(error.errno)})`, "modprobe tun");
  }
}
