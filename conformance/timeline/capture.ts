/**
 * The packets that the stack under test sent, in order.
 *
 * @module
 */
import { checksumFault } from "./checksums.ts";
import type { RunContext } from "./context.ts";
import { PacketMismatch } from "./failure.ts";
import { formatLivePacket } from "./format.ts";
import { LivePacket } from "./live.ts";
import { mappedForDisplay } from "./match.ts";
import { IPPROTO_ICMPV6 } from "../../stack/wire/protocol.ts";

/** Takes packets from the session, notes them, and verifies their checksums. */
export class Capture {
  readonly #run: RunContext;
  #pushedBack: LivePacket[] = [];

  constructor(run: RunContext) {
    this.#run = run;
  }

  /**
   * The next packet, or undefined when none came until `deadline_us`.
   *
   * @throws {PacketMismatch} of kind "checksum" for a packet whose transport checksum is wrong
   */
  async next(deadline_us: number): Promise<LivePacket | undefined> {
    const again = this.#pushedBack.shift();
    if (again !== undefined) return again;
    const { session, evidence, options, sockets } = this.#run;
    this.#run.checkBudget();
    const captured = await session.receive(deadline_us);
    if (captured === undefined) return undefined;
    const live = new LivePacket(captured);
    const socket = sockets.underTest;
    evidence.add(
      "outbound",
      live.time_us,
      undefined,
      () => formatLivePacket(live, mappedForDisplay(live, socket)),
      live.bytes,
    );
    options.onPacket?.("outbound", captured, captured.time_us);
    if (options.verifyChecksums) {
      const fault = checksumFault(live);
      if (fault !== undefined) {
        throw new PacketMismatch(
          fault.reason,
          false,
          [{ field: "checksum", expected: "right", actual: "wrong", ...fault.at }],
          "checksum",
          live,
        );
      }
    }
    return live;
  }

  /** Gives a packet back: {@link next} returns it again. */
  pushBack(live: LivePacket): void {
    this.#pushedBack.unshift(live);
  }
}

/** Packets that every host sends by itself and that no script means: neighbour and router discovery, group reports. */
export function isHousekeeping(live: LivePacket): boolean {
  if (live.family === 4) return live.protocol === 2;
  if (live.protocol !== IPPROTO_ICMPV6) return false;
  const type = live.bytes[live.transport] ?? 0;
  return (type >= 130 && type <= 137) || type === 143;
}
