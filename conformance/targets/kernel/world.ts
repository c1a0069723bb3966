/**
 * The world of one run: a network namespace with a TUN device in it, addresses and routes as `packetdrill` sets them
 * up, without a child process. Everything is held by descriptors, so the kernel takes the world down when the process
 * ends, in whatever way.
 *
 * @module
 */

import { formatAddress, parseAddress } from "../../../host/address.ts";
import { check, SystemError } from "../../../host/errno.ts";
import { NetworkNamespace } from "../../../host/netns.ts";
import { RouteSocket } from "../../../host/rtnetlink.ts";
import { close, open } from "../../../host/syscall.ts";
import { TUN_F, TunDevice } from "../../../host/tun.ts";
import { TargetError, type WorldOptions } from "../target.ts";

/** Name of the device: scripts say `tun0` in their `ip` and `tc` commands. */
export const DEVICE = "tun0";
const DEFAULT_MTU = 1500;
const O_PATH = 0o10000000;
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;

/** Descriptors of a world; any thread of the process can use them. */
export interface WorldDescriptors {
  /** The network namespace. */
  readonly namespaceFd: number;
  /** The device's file end, non-blocking, with a `virtio_net_hdr` before each packet. */
  readonly deviceFd: number;
  /** Interface index of the device. */
  readonly deviceIndex: number;
  /** `O_PATH` descriptor of the working directory. */
  readonly directoryFd: number;
}

/** How the device of a world is made. */
export interface WorldKind {
  /** The kernel is the stack under test; otherwise it has no addresses and says nothing. */
  readonly kernelStack: boolean;
}

/** The prefix with its host bits cleared, as a route's destination must be. */
export function networkOf(address: string, prefixLength: number): string {
  const bytes = parseAddress(address);
  for (let i = 0; i < bytes.length; i++) {
    const bits = Math.max(0, Math.min(8, prefixLength - 8 * i));
    bytes[i]! &= 0xff << 8 - bits;
  }
  return `${formatAddress(bytes)}/${prefixLength}`;
}

/** Makes a world. Blocks the thread for a few milliseconds. Throws {@link TargetError}. */
export function makeWorld(options: WorldOptions, kind: WorldKind = { kernelStack: true }): WorldDescriptors {
  let doing = "making a network namespace";
  const opened: number[] = [];
  try {
    const namespace = NetworkNamespace.create();
    opened.push(namespace.fd);
    const { deviceFd, deviceIndex } = namespace.run(() => {
      doing = `making ${DEVICE}`;
      const device = TunDevice.open({
        name: DEVICE,
        vnetHeader: true,
        offload: kind.kernelStack ? TUN_F.CSUM | TUN_F.TSO4 | TUN_F.TSO6 | TUN_F.TSO_ECN : 0,
      });
      opened.push(device.fd);
      using route = new RouteSocket();
      doing = `setting up ${DEVICE}`;
      configure(route, options, kind, (what) => doing = what);
      return { deviceFd: device.fd, deviceIndex: route.indexOf(DEVICE) };
    });
    doing = `opening the working directory ${options.cwd}`;
    const directoryFd = check(open(options.cwd, O_PATH | O_DIRECTORY), `open ${options.cwd}`);
    return { namespaceFd: namespace.fd, deviceFd, deviceIndex, directoryFd };
  } catch (error) {
    for (const fd of opened.reverse()) close(fd);
    if (!(error instanceof SystemError) && !(error instanceof TypeError)) throw error;
    throw new TargetError(`${doing}: ${error.message}`, { cause: error });
  }
}

function configure(
  route: RouteSocket,
  options: WorldOptions,
  kind: WorldKind,
  doing: (what: string) => void,
): void {
  const mtu = options.mtu === DEFAULT_MTU ? {} : { mtu: options.mtu };
  if (!kind.kernelStack) {
    // Without IPv6 on the device the kernel sends no solicitations of its own.
    route.setLink(DEVICE, { up: true, ...mtu });
    return;
  }
  if (options.localIp === options.remoteIp) {
    throw new TargetError(`the remote address ${options.remoteIp} is the local one`);
  }
  doing(`setting ${DEVICE} up with an MTU of ${options.mtu}`);
  route.setLink(DEVICE, { up: true, ...mtu });
  const destination = networkOf(options.remoteIp, options.remotePrefixLength);
  if (options.anyIp) {
    doing(`routing ${destination} to ${DEVICE}`);
    route.addRoute({ destination, device: DEVICE });
    return;
  }
  doing(`giving ${DEVICE} the address ${options.localIp}/${options.localPrefixLength}`);
  route.addAddress(DEVICE, `${options.localIp}/${options.localPrefixLength}`);
  doing(`routing ${destination} to ${DEVICE} via ${options.gatewayIp}`);
  route.addRoute({ destination, gateway: options.gatewayIp, device: DEVICE });
}

/** Takes a world down. Blocks for tens of milliseconds: the kernel waits for its readers of network state. */
export function destroyWorld(world: WorldDescriptors): void {
  close(world.directoryFd);
  close(world.deviceFd);
  close(world.namespaceFd);
}
