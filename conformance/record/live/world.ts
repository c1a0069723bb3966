/**
 * Where a program runs whose packets are recorded: a network namespace, and another one with its peer.
 *
 * @module
 */
import { NetworkNamespace } from "../../../host/netns.ts";
import type { Reactor } from "../../../host/reactor.ts";
import { RouteSocket } from "../../../host/rtnetlink.ts";
import { TunDevice } from "../../../host/tun.ts";
import { configureKernelEnd } from "../../../runtime/kernel_end.ts";
import type { Impairments } from "../../../stack/link/impairment.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import { WorldDefaults } from "../../targets/kernel/defaults.ts";
import { Capture } from "./capture.ts";
import { Link } from "./link.ts";

/** Addresses of both ends of the link. */
export const ADDRESSES = {
  local: ["10.77.0.1", "fd77::1"],
  remote: ["10.77.0.2", "fd77::2"],
} as const;

const DEVICE = "tun0";
const LOOPBACK = "lo";

/** Two namespaces and the link between them. Disposed, all of it is gone. */
export class LiveWorld implements Disposable {
  readonly local: NetworkNamespace;
  readonly remote: NetworkNamespace;
  readonly capture: Capture;
  readonly #owned = new DisposableStack();

  /** Makes it. Throws a `SystemError` where the system refuses. */
  constructor(impairments: Impairments | undefined, mtu: number, reactor: Reactor) {
    using owned = new DisposableStack();
    // Settings of the kernel target's worlds: what is recorded here is replayed there.
    const defaults = new WorldDefaults();
    const end = (addresses: readonly string[]) => {
      const namespace = owned.use(NetworkNamespace.create());
      const device = namespace.run(() => {
        defaults.apply();
        const device = TunDevice.open({ name: DEVICE });
        configureKernelEnd({
          device: DEVICE,
          mtu,
          addresses: addresses.map((address) => `${address}/${address.includes(":") ? 64 : 24}`),
        });
        return device;
      });
      return { namespace, device: owned.use(device) };
    };
    const local = end(ADDRESSES.local);
    const remote = end(ADDRESSES.remote);
    this.local = local.namespace;
    this.remote = remote.namespace;
    this.capture = owned.use(
      local.namespace.run(() => {
        using route = new RouteSocket();
        return new Capture([route.indexOf(DEVICE)], route.indexOf(LOOPBACK), reactor);
      }),
    );
    owned.use(new Link(local.device, remote.device, impairments, reactor));
    this.#owned = owned.move();
  }

  /** Takes everything down. */
  [Symbol.dispose](): void {
    this.#owned.dispose();
  }
}

/** The addresses of the end where the program runs. */
export function localAddresses(): IpAddress[] {
  return ADDRESSES.local.map((address) => IpAddress.parse(address));
}
