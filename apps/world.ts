/**
 * Where our stack runs: a network namespace with a name, in it a TUN device, behind it the stack.
 *
 * @module
 */
import type { Reactor } from "../host/reactor.ts";
import { realtimeOffset, StackDriver, stackNow } from "../runtime/driver.ts";
import { configureKernelEnd } from "../runtime/kernel_end.ts";
import { Sockets } from "../runtime/sockets.ts";
import { TunNetDevice } from "../runtime/tun_device.ts";
import type { NetDevice } from "../stack/link/device.ts";
import { Stack } from "../stack/stack.ts";
import type { TraceEntry } from "../stack/tcp/trace.ts";
import { IpAddress } from "../stack/wire/address.ts";
import { createFarSide } from "./far_side.ts";
import { enterNamespace, openTun } from "./namespace.ts";
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
      sysctl: { "net.ipv4.ping_group_range": "0 2147483647", ...forwarding(settings), ...settings.sysctl },
      sockets: { limit: 65_536 },
      ...(trace === undefined ? {} : { trace: (entry: TraceEntry) => trace.add(entry) }),
      ...(settings.seed === undefined ? { random: secureRandom() } : { seed: settings.seed }),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new UserError(`--sysctl: ${error.message}`);
    throw error;
  }
}

/** With two sides the stack is a router. */
function forwarding({ far }: Settings): Readonly<Record<string, string>> {
  return far === undefined ? {} : { "net.ipv4.ip_forward": "1", "net.ipv6.conf.all.forwarding": "1" };
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
    const far = settings.far === undefined ? undefined : createFarSide(settings, settings.far, namespace, driver);
    return {
      namespaceFd: namespace.fd,
      stack,
      driver,
      sockets: new Sockets(driver),
      tun,
      device,
      [Symbol.dispose]: () => {
        driver[Symbol.dispose]();
        far?.[Symbol.dispose]();
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
