/**
 * Where our stack runs: a network namespace with a name, in it a TUN device, behind it the stack.
 *
 * @module
 */
import { EACCES, EBUSY, EINVAL, ENODEV, ENOENT, ENXIO, EPERM } from "../abi/errno.ts";
import { SystemError } from "../host/errno.ts";
import { NamedNetworkNamespace } from "../host/named_netns.ts";
import { NetworkNamespace } from "../host/netns.ts";
import type { Reactor } from "../host/reactor.ts";
import { open } from "../host/syscall.ts";
import { TunDevice } from "../host/tun.ts";
import { realtimeOffset, StackDriver, stackNow } from "../runtime/driver.ts";
import { configureKernelEnd } from "../runtime/kernel_end.ts";
import { Sockets } from "../runtime/sockets.ts";
import { openOffloadingTun, TunNetDevice } from "../runtime/tun_device.ts";
import type { NetDevice } from "../stack/link/device.ts";
import { Stack } from "../stack/stack.ts";
import type { TraceEntry } from "../stack/tcp/trace.ts";
import { IpAddress } from "../stack/wire/address.ts";
import { guard } from "./guardian.ts";
import type { Settings } from "./settings.ts";
import { TraceFile } from "./trace_file.ts";
import { messageOf, UserError } from "./user_error.ts";

/** A running stack in its namespace. Dispose it to remove the namespace, or the device from one that was there before. */
export interface World extends Disposable {
  /** Descriptor of the namespace. */
  readonly namespaceFd: number;
  readonly stack: Stack;
  readonly driver: StackDriver;
  readonly sockets: Sockets;
  /** The TUN device. */
  readonly tun: TunNetDevice;
  /** What the stack sees of it: with impairments, the impaired link. */
  readonly device: NetDevice;
}

const ROOT_HELP = "run it as root (sudo), or where ordinary users may make user namespaces";

/** Makes a namespace, or joins one. Throws {@link UserError}. */
function enterNamespace(settings: Settings): Disposable & { readonly fd: number; run<T>(body: () => T): T } {
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
function openTun(settings: Settings): TunDevice {
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

function configureKernel(settings: Settings): void {
  const addresses = settings.kernel.map((prefix) => `${prefix.address}/${prefix.length}`);
  try {
    configureKernelEnd({ device: settings.tun, mtu: settings.mtu, addresses });
  } catch (error) {
    throw new UserError(`--kernel ${addresses.join(",")}: ${messageOf(error)}`);
  }
}

function makeStack(settings: Settings, trace: TraceFile | undefined): Stack {
  try {
    return new Stack({
      now_us: stackNow(),
      realtime_offset_us: realtimeOffset(),
      // Ping sockets for everybody, as most distributions have it.
      sysctl: { "net.ipv4.ping_group_range": "0 2147483647", ...settings.sysctl },
      sockets: { limit: 65_536 },
      ...(trace === undefined ? {} : { trace: (entry: TraceEntry) => trace.add(entry) }),
      ...(settings.seed === undefined ? { random: secureRandom() } : { seed: settings.seed }),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UserError(`--sysctl: ${error.message}`);
    throw error;
  }
}

/** Sequence numbers and ports that nobody can guess, unless a seed was asked for. */
function secureRandom(): () => number {
  const pool = new Uint32Array(256);
  let left = 0;
  return () => {
    if (left === 0) {
      crypto.getRandomValues(pool);
      left = pool.length;
    }
    return pool[--left]!;
  };
}

function configureStack(settings: Settings, stack: Stack, device: NetDevice): void {
  for (const prefix of settings.address) stack.addAddress(device, prefix);
  for (const family of [4, 6] as const) {
    if (!settings.address.some((prefix) => prefix.address.family === family)) continue;
    const gateway = settings.kernel.find((prefix) => prefix.address.family === family)?.address;
    const prefix = { address: IpAddress.parse(family === 4 ? "0.0.0.0" : "::"), length: 0 };
    stack.addRoute({ prefix, device, gateway });
  }
}

/**
 * Makes everything, or nothing. `onDeviceError` is told when the device can't be read any more, `onTraceError` when the file
 * of traces can't be written. Throws {@link UserError} for what a person
 * can do something about.
 */
export function createWorld(
  settings: Settings,
  reactor: Reactor,
  onDeviceError: (error: unknown) => void,
  onTraceError: (error: unknown) => void,
): World {
  if (Deno.build.os !== "linux") throw new UserError("a TUN device needs Linux");
  const trace = settings.trace === undefined ? undefined : new TraceFile(settings.trace, onTraceError);
  const stack = makeStack(settings, trace);
  const namespace = enterNamespace(settings);
  let tun: TunNetDevice | undefined;
  try {
    const opened = namespace.run(() => openTun(settings));
    tun = new TunNetDevice(opened, { mtu: settings.mtu });
    namespace.run(() => configureKernel(settings));
    const driver = new StackDriver(stack, reactor, { onDeviceError: (_, error) => onDeviceError(error) });
    const device = driver.attach(tun, { impairments: settings.impairments });
    configureStack(settings, stack, device);
    return {
      namespaceFd: namespace.fd,
      stack,
      driver,
      sockets: new Sockets(driver),
      tun,
      device,
      [Symbol.dispose]: () => {
        driver[Symbol.dispose]();
        namespace[Symbol.dispose]();
        trace?.[Symbol.dispose]();
      },
    };
  } catch (error) {
    tun?.[Symbol.dispose]();
    namespace[Symbol.dispose]();
    trace?.[Symbol.dispose]();
    throw error;
  }
}
