/**
 * The packets that the stack under test sent, in order.
 *
 * @module
 */
import type { CapturedPacket } from "../targets/target.ts";
import { checksumFault } from "./checksums.ts";
import type { RunContext } from "./context.ts";
import { PacketMismatch } from "./failure.ts";
import { LivePacket } from "./live.ts";

/** Beyond that the session itself says that it is too much. */
const MAX_COLLECTED = 10_000;

/** Takes packets from the session, notes them, and verifies their checksums. */
export class Capture {
  readonly #run: RunContext;
  #pushedBack: LivePacket[] = [];
  /** Noted, and not looked at yet. */
  #collected: LivePacket[] = [];

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
    const { session, options } = this.#run;
    this.#run.checkBudget();
    let live = this.#collected.shift();
    if (live === undefined) {
      const captured = await session.receive(deadline_us);
      if (captured === undefined) return undefined;
      live = this.#note(captured);
    }
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

  /**
   * Notes what the stack has sent before something else happens at the same time: in virtual time the order in which things
   * are noted is all that tells what came first.
   */
  collect(): void {
    if (this.#collected.length >= MAX_COLLECTED) return;
    for (const captured of this.#run.session.unread()) this.#collected.push(this.#note(captured));
  }

  /** At the end of the run: notes what the stack has sent and nobody has asked for. */
  noteUnread(): void {
    for (const captured of this.#run.session.unread()) this.#note(captured);
  }

  #note(captured: CapturedPacket): LivePacket {
    const { interfaces } = this.#run;
    const through = captured.interface ?? interfaces.usual;
    const live = new LivePacket({ ...captured, interface: through }, interfaces.ends(through) !== undefined);
    this.#run.evidence.sent(live);
    this.#run.options.onPacket?.("outbound", captured, captured.time_us);
    return live;
  }

  /** What was given back. */
  waiting(): readonly LivePacket[] {
    return this.#pushedBack;
  }

  /** Gives a packet back: {@link next} returns it again. */
  pushBack(live: LivePacket): void {
    this.#pushedBack.unshift(live);
  }
}
