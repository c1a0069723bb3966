/**
 * The world of one run: a network namespace with a TUN device in it, addresses and routes as `packetdrill` sets them
 * up, without a child process. Everything is held by descriptors, so the kernel takes the world down when the process
 * ends, in whatever way.
 *
 * @module
 */

import { O_PATH } from "../../../abi/file_constants.ts";
import { formatAddress, parseAddress } from "../../../host/address.ts";
import { realtime } from "../../../host/clock.ts";
import { check, SystemError } from "../../../host/errno.ts";
import { NetworkNamespace } from "../../../host/netns.ts";
import { RouteSocket } from "../../../host/rtnetlink.ts";
import { readSysctl, writeSysctl } from "../../../host/sysctl.ts";
import { close, open, syscall } from "../../../host/syscall.ts";
import { TUN_F, TunDevice } from "../../../host/tun.ts";
import { openInterfaceSocket } from "../adapter/interface_socket.ts";
import { knownNeighbours, nextHop, QUIET_SETTINGS } from "../quiet.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import type { DeviceKind } from "../../script/syntax.ts";
import {
  DEFAULT_MTU,
  DEVICE_NAMES,
  ETHERNET,
  ethernetEndsOf,
  type InterfaceOptions,
  kindOfInterface,
  TargetError,
  type WorldOptions,
} from "../target.ts";
import { openCaptureSocket } from "./capture.ts";
import type { WorldDefaults } from "./defaults.ts";
import { setLinkSpeed } from "./link_speed.ts";
import { addNeighbours } from "./neighbours.ts";
import { readFileText } from "./proc.ts";

/** What the kernel takes: a frame has its header, too. */
const MAX_MTU = { tun: 65535, tap: 65521 } as const;
const OFFLOADS = TUN_F.CSUM | TUN_F.TSO4 | TUN_F.TSO6 | TUN_F.TSO_ECN;
/** Most time that a new IPv6 address may take to become usable, µs. */
const ADDRESS_WAIT = 5_000_000;
const RTF_LOCAL = 0x80000000;
const O_DIRECTORY = Deno.build.arch === "aarch64" ? 0o40000 : 0o200000;

/** Descriptors of one device of a world. */
export interface DeviceDescriptors {
  /**
   * The device's file end, non-blocking, with a `virtio_net_hdr` before each packet; -1 where it is left to another
   * process.
   */
  readonly deviceFd: number;
  /** Interface index of the device. */
  readonly deviceIndex: number;
  /** Packet socket that captures what comes out of the stack under test. */
  readonly captureFd: number;
}

/** Descriptors of a world, those of its usual device among them; any thread of the process can use them. */
export interface WorldDescriptors extends DeviceDescriptors {
  /** The network namespace. */
  readonly namespaceFd: number;
  /** Devices beside the usual one. */
  readonly further: readonly (DeviceDescriptors & { readonly name: string })[];
  /** `O_PATH` descriptor of the working directory. */
  readonly directoryFd: number;
}

/** How the device of a world is made. */
export interface WorldKind {
  /**
   * The kernel is the stack under test. Otherwise the stack is in another process, which attaches to the file end of the
   * device; the kernel has no addresses and says nothing.
   */
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
export function makeWorld(options: WorldOptions, kind: WorldKind, defaults: WorldDefaults): WorldDescriptors {
  let doing = "making a network namespace";
  const opened: number[] = [];
  try {
    const namespace = NetworkNamespace.create();
    opened.push(namespace.fd);
    const usual = DEVICE_NAMES[options.device ?? "tun"];
    const told = (what: string) => doing = what;
    const devices = namespace.run(() => {
      if (kind.kernelStack) defaults.apply();
      using route = new RouteSocket();
      const one = (name: string, configure: () => void) =>
        makeDevice(route, { name, offload: options.offload, kernelStack: kind.kernelStack, configure, opened }, told);
      const { interfaces = [] } = options;
      const own = one(usual, () => configure(route, options, told));
      const further = interfaces.filter(({ name }) => name !== usual)
        .map((each) => ({ name: each.name, ...one(each.name, () => configureFurther(route, each, options, told)) }));
      if (!kind.kernelStack) return { ...own, further };
      for (const { name, addresses } of interfaces) if (name === usual) addAddresses(route, name, addresses, told);
      addRoutes(route, options, told);
      return { ...own, further };
    });
    doing = `opening the working directory ${options.cwd}`;
    const directoryFd = check(open(options.cwd, O_PATH | O_DIRECTORY), `open ${options.cwd}`);
    return { namespaceFd: namespace.fd, directoryFd, ...devices };
  } catch (error) {
    for (const fd of opened.reverse()) close(fd);
    if (!(error instanceof SystemError) && !(error instanceof TypeError)) throw error;
    throw new TargetError(`${doing}: ${error.message}`, { cause: error });
  }
}

/** How {@link makeDevice} makes a device. */
interface DeviceMaking {
  readonly name: string;
  readonly offload: boolean;
  readonly kernelStack: boolean;
  /** Gives it to the kernel's stack, with what it has there. */
  readonly configure: () => void;
  /** What has to be closed again where making the world fails. */
  readonly opened: number[];
}

function makeDevice(
  route: RouteSocket,
  { name, offload, kernelStack, configure, opened }: DeviceMaking,
  doing: (what: string) => void,
): DeviceDescriptors {
  doing(`making ${name}`);
  const mode = kindOfInterface(name) ?? "tun";
  const device = TunDevice.open(
    kernelStack ? { name, mode, vnetHeader: true, offload: offload ? OFFLOADS : 0 } : { name, mode, persistent: true },
  );
  opened.push(device.fd);
  doing(`setting up ${name}`);
  if (!kernelStack) {
    configureSilent(route, name, mode);
    opened.pop();
    device[Symbol.dispose]();
    const deviceIndex = route.indexOf(name);
    const captureFd = openInterfaceSocket(deviceIndex);
    opened.push(captureFd);
    return { deviceFd: -1, deviceIndex, captureFd };
  }
  configure();
  const deviceIndex = route.indexOf(name);
  const captureFd = openCaptureSocket(deviceIndex);
  opened.push(captureFd);
  return { deviceFd: device.fd, deviceIndex, captureFd };
}

/** A device that carries packets between the runner and a stack in another process, and on which the kernel is mute. */
function configureSilent(route: RouteSocket, name: string, mode: DeviceKind): void {
  if (hasIpv6(name)) writeSysctl(`net.ipv6.conf.${name}.disable_ipv6`, 1);
  // Any packet passes; what the stack's own MTU is, its adapter is told.
  route.setLink(name, { up: true, mtu: MAX_MTU[mode] });
}

function hasIpv6(name: string): boolean {
  try {
    readSysctl(`net.ipv6.conf.${name}.disable_ipv6`);
    return true;
  } catch (error) {
    if (error instanceof SystemError && error.code === "ENOENT") return false;
    throw error;
  }
}

function configure(route: RouteSocket, options: WorldOptions, doing: (what: string) => void): void {
  const kind = options.device ?? "tun";
  const name = DEVICE_NAMES[kind];
  if (kind === "tap") {
    doing(`giving ${name} the address ${ETHERNET.own}`);
    route.setLink(name, { mac: ETHERNET.own });
    if (options.quiet !== false && hasIpv6(name)) keepQuiet(name);
  }
  const mtu = options.mtu === DEFAULT_MTU ? {} : { mtu: options.mtu };
  if (options.localIp === options.remoteIp) {
    throw new TargetError(`the remote address ${options.remoteIp} is the local one`);
  }
  if (options.speed > 0) {
    doing(`setting the speed of ${name}`);
    setLinkSpeed(name, options.speed);
  }
  doing(`setting ${name} up with an MTU of ${options.mtu}`);
  route.setLink(name, { up: true, ...mtu });
  const destination = networkOf(options.remoteIp, options.remotePrefixLength);
  if (options.anyIp) {
    doing(`routing ${destination} to ${name}`);
    route.addRoute({ destination, device: name });
    return;
  }
  doing(`giving ${name} the address ${options.localIp}/${options.localPrefixLength}`);
  route.addAddress(name, `${options.localIp}/${options.localPrefixLength}`);
  if (options.ipVersion === "ipv6") waitForAddress(options.localIp);
  const gateway = nextHop(options);
  doing(`routing ${destination} to ${name} via ${gateway ?? "the link"}`);
  route.addRoute({ destination, device: name, ...(gateway === undefined ? {} : { gateway }) });
  if (kind !== "tap" || options.quiet === false) return;
  doing(`telling ${name} its neighbours`);
  addNeighbours(route.indexOf(name), knownNeighbours(options), ETHERNET.peer);
}

/** An interface beside the usual one. */
function configureFurther(
  route: RouteSocket,
  { name, addresses, mtu = DEFAULT_MTU }: InterfaceOptions,
  { quiet }: WorldOptions,
  doing: (what: string) => void,
): void {
  const ends = ethernetEndsOf(name);
  if (ends !== undefined) {
    route.setLink(name, { mac: ends.own });
    if (quiet !== false && hasIpv6(name)) keepQuiet(name);
  }
  doing(`setting ${name} up with an MTU of ${mtu}`);
  route.setLink(name, { up: true, ...(mtu === DEFAULT_MTU ? {} : { mtu }) });
  addAddresses(route, name, addresses, doing);
}

function addAddresses(
  route: RouteSocket,
  name: string,
  addresses: InterfaceOptions["addresses"],
  doing: (what: string) => void,
): void {
  for (const { address, prefixLength } of addresses) {
    doing(`giving ${name} the address ${address}/${prefixLength}`);
    route.addAddress(name, `${address}/${prefixLength}`);
    if (address.includes(":")) waitForAddress(address);
  }
}

/** Routes beside the one to the other end; of their next hops the link-layer addresses are known on a quiet link. */
function addRoutes(route: RouteSocket, { routes = [], quiet }: WorldOptions, doing: (what: string) => void): void {
  for (const { destination, prefixLength, gateway, device } of routes) {
    doing(`routing ${destination}/${prefixLength} to ${device} via ${gateway ?? "the link"}`);
    const via = gateway === undefined ? {} : { gateway };
    route.addRoute({ destination: networkOf(destination, prefixLength), device, ...via });
    const ends = ethernetEndsOf(device);
    if (gateway === undefined || ends === undefined || quiet === false) continue;
    addNeighbours(route.indexOf(device), [IpAddress.parse(gateway)], ends.peer);
  }
}

/** What the kernel would send by itself when the interface comes up, it does not send. */
function keepQuiet(name: string): void {
  for (const [setting, value] of Object.entries(QUIET_SETTINGS)) {
    writeSysctl(setting.replace(".default.", `.${name}.`), value);
  }
}

/**
 * Waits until the kernel takes packets to an IPv6 address of ours: also without duplicate address detection it adds the
 * local route some time after the address, in a work queue.
 */
function waitForAddress(address: string): void {
  const wanted = Array.from(parseAddress(address), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const start = realtime();
  for (;;) {
    for (const line of readFileText("/proc/thread-self/net/ipv6_route").split("\n")) {
      const fields = line.split(/\s+/);
      const flags = Number.parseInt(fields[8] ?? "", 16);
      if (fields[0] === wanted && fields[1] === "80" && (flags & RTF_LOCAL) !== 0) return;
    }
    if (realtime() - start > ADDRESS_WAIT) {
      throw new TargetError(`the kernel does not take up the address ${address} (is IPv6 off on this machine?)`);
    }
    syscall("nanosleep", new BigInt64Array([0n, 200_000n]), null);
  }
}
