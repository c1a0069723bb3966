/**
 * The other side of a stack that is a router: a network namespace of its own, in it a TUN device, and routes that make both namespaces
 * reach each other through the stack.
 *
 * @module
 */
import { RouteSocket } from "../host/rtnetlink.ts";
import type { StackDriver } from "../runtime/driver.ts";
import { configureKernelEnd } from "../runtime/kernel_end.ts";
import { TunNetDevice } from "../runtime/tun_device.ts";
import type { Prefix } from "../stack/wire/address.ts";
import { enterNamespace, type Namespace, openTun } from "./namespace.ts";
import type { FarSettings, Settings } from "./settings.ts";
import { messageOf, UserError } from "./user_error.ts";

/** The stack's name for the device of the other side. */
const FAR_DEVICE = "far0";
const DEFAULT_ROUTES = { 4: "0.0.0.0/0", 6: "::/0" } as const;

/** Makes it, or nothing. Dispose it to remove the namespace. Throws {@link UserError}. */
export function createFarSide(settings: Settings, far: FarSettings, near: Namespace, driver: StackDriver): Disposable {
  const namespace = enterNamespace({ netns: far.netns, join: false });
  try {
    const opened = namespace.run(() => openTun({ ...settings, netns: far.netns }));
    const device = driver.attach(new TunNetDevice(opened, { name: FAR_DEVICE, mtu: far.mtu }));
    const addresses = far.kernel.map(({ address, length }) => `${address}/${length}`);
    namespace.run(() => {
      configureKernelEnd({ device: settings.tun, mtu: far.mtu, addresses });
      routeThrough(settings.tun, far.address);
    });
    for (const prefix of far.address) driver.stack.addAddress(device, prefix);
    near.run(() => routeThrough(settings.tun, settings.address));
    return namespace;
  } catch (error) {
    namespace[Symbol.dispose]();
    if (error instanceof UserError) throw error;
    throw new UserError(`--far ${far.netns}: ${messageOf(error)}`);
  }
}

/** Everything that is not on the link of the thread's namespace goes by the stack's first address of each family. */
function routeThrough(device: string, stack: readonly Prefix[]): void {
  using route = new RouteSocket();
  for (const family of [4, 6] as const) {
    const gateway = stack.find(({ address }) => address.family === family)?.address;
    if (gateway !== undefined) route.addRoute({ destination: DEFAULT_ROUTES[family], device, gateway: `${gateway}` });
  }
}
