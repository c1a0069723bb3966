/**
 * A link between two kernels' ends: two TUN devices, and in between what may go wrong on the way. No end leaves segmentation
 * or checksums to such a device, so packets are as on a wire.
 *
 * @module
 */
import { realtime } from "../../../host/clock.ts";
import { EPOLL, type Reactor, type Timer as ReactorTimer, type Watch } from "../../../host/reactor.ts";
import type { TunDevice } from "../../../host/tun.ts";
import { ImpairedPath } from "../../../stack/link/impair.ts";
import { type Impairments, NO_IMPAIRMENT } from "../../../stack/link/impairment.ts";
import { Timers } from "../../../stack/timers.ts";

type Octets = Uint8Array<ArrayBuffer>;

/** Carries packets from `local` to `remote` and back until disposed. */
export class Link implements Disposable {
  readonly #reactor: Reactor;
  readonly #timers = new Timers();
  readonly #watches: Watch[];
  #wake: ReactorTimer | undefined;

  constructor(local: TunDevice, remote: TunDevice, impairments: Impairments | undefined, reactor: Reactor) {
    this.#reactor = reactor;
    const path = (impairment = NO_IMPAIRMENT, to: TunDevice) =>
      new ImpairedPath<Octets>(impairment, {
        now: realtime,
        timers: this.#timers,
        clone: (packet) => packet.slice(),
        octets: (packet) => packet,
        deliver: (packet) => void to.write(packet),
      });
    const out = path(impairments?.out, remote);
    const back = path(impairments?.in, local);
    this.#watches = [this.#carry(local, out), this.#carry(remote, back)];
  }

  #carry(from: TunDevice, path: ImpairedPath<Octets>): Watch {
    return this.#reactor.watch(from.fd, EPOLL.IN, () => {
      for (let packet = from.read(); packet !== undefined; packet = from.read()) path.send(packet.slice());
      this.#arm();
    });
  }

  #arm(): void {
    const deadline = this.#timers.nextDeadline();
    this.#wake?.cancel();
    this.#wake = deadline === undefined ? undefined : this.#reactor.at(deadline, () => {
      this.#timers.run(realtime());
      this.#arm();
    });
  }

  /** Carries nothing any more. */
  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.close();
    this.#wake?.cancel();
  }
}
