/**
 * Packets that a stack sent and that nobody has asked for yet, with the waiting for more of them.
 *
 * @module
 */

import { realtime } from "../../host/clock.ts";
import type { Reactor } from "../../host/reactor.ts";
import type { CapturedPacket } from "./target.ts";

/** Most packets kept; a stack that sends more than a script expects loses the latest. */
const LIMIT = 100_000;

interface Receiver {
  resolve(packet: CapturedPacket | undefined): void;
  reject(reason: Error): void;
}

/** One queue, one receiver at a time, in real time. Times are µs of CLOCK_REALTIME where not said otherwise. */
export class PacketQueue {
  readonly #reactor: Reactor;
  readonly #packets: CapturedPacket[] = [];
  readonly #collect: () => void;
  #receiver: Receiver | undefined;
  #interrupted: Error | undefined;
  #interrupt: ((reason: Error) => void) | undefined;

  /** `collect` is called before a wait begins and before it ends without a packet: it must `push` what has come by then. */
  constructor(reactor: Reactor, collect: () => void) {
    this.#reactor = reactor;
    this.#collect = collect;
  }

  /** Adds a packet. */
  push(packet: CapturedPacket): void {
    if (this.#receiver !== undefined) this.#receiver.resolve(packet);
    else if (this.#packets.length < LIMIT) this.#packets.push(packet);
  }

  /** The next packet, or `undefined` where none came until `deadline`. */
  receive(deadline: number): Promise<CapturedPacket | undefined> {
    if (this.#interrupted) return Promise.reject(this.#interrupted);
    // Most packets are the immediate answer to what the runner did last: no need to sleep for them.
    if (this.#packets.length === 0) this.#collect();
    const first = this.#packets.shift();
    if (first !== undefined) return Promise.resolve(first);
    if (this.#receiver !== undefined) return Promise.reject(new Error("someone waits for a packet already"));
    return new Promise((resolve, reject) => {
      const timer = deadline === Infinity ? undefined : this.#reactor.at(deadline, () => {
        this.#collect();
        this.#receiver?.resolve(undefined);
      });
      const end = () => {
        this.#receiver = undefined;
        timer?.cancel();
      };
      this.#receiver = {
        resolve: (packet) => {
          end();
          resolve(packet);
        },
        reject: (reason) => {
          end();
          reject(reason);
        },
      };
    });
  }

  /** What has come by now and nobody has received; also after {@link PacketQueue.interrupt}. */
  takeAll(): CapturedPacket[] {
    this.#collect();
    return this.#packets.splice(0);
  }

  /** The zero of packets' times is `later_us` later than it was. */
  moveOrigin(later_us: number): void {
    this.#packets.forEach((packet, i) => this.#packets[i] = { ...packet, time_us: packet.time_us - later_us });
  }

  /** Resolves at `time`, with the lateness in µs; at once where it has passed. */
  waitUntil(time: number): Promise<number> {
    if (this.#interrupted) return Promise.reject(this.#interrupted);
    const late = realtime() - time;
    if (late >= 0) return Promise.resolve(late);
    return new Promise((resolve, reject) => {
      const timer = this.#reactor.at(time, (lateness) => {
        this.#interrupt = undefined;
        resolve(lateness);
      });
      this.#interrupt = (reason) => {
        this.#interrupt = undefined;
        timer.cancel();
        reject(reason);
      };
    });
  }

  /** Makes the wait under way and all later ones reject. */
  interrupt(reason: Error): void {
    this.#interrupted ??= reason;
    this.#receiver?.reject(reason);
    this.#interrupt?.(reason);
  }
}
