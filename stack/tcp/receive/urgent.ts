/**
 * Urgent data: where the mark is, and the octet there (RFC 9293 section 3.8.5, RFC 6093).
 *
 * @module
 */
import { gt, leq, lt } from "../../wire/seq.ts";

/** How the urgent octet stands. */
export type UrgentState = "none" | "announced" | "there" | "read";

/** The urgent pointer of one connection's receiver. */
export class UrgentMark {
  state: UrgentState = "none";
  /** Sequence number of the urgent octet. */
  seq = 0;
  /** The octet, once it came. */
  octet = 0;

  /**
   * An urgent pointer came, `pointer` octets from `seq` on. `afterwards`: it points behind the urgent octet (as everyone has it, RFC 6093
   * section 2.1), else at it (`net.ipv4.tcp_stdurg`). `readTo` is the first octet that the program has not read. Whether it is news.
   */
  announce(seq: number, pointer: number, afterwards: boolean, readTo: number, rcvNxt: number): boolean {
    if (pointer === 0 && afterwards) pointer = 1;
    // RFC9293-MUST-62, RFC9293-MUST-31
    const at = (seq + pointer - (afterwards ? 1 : 0)) >>> 0;
    // Not for what the program has read already, nor for what came in before.
    if (gt(readTo, at) || lt(at, rcvNxt)) return false;
    if (this.state !== "none" && leq(at, this.seq)) return false;
    this.seq = at;
    // RFC9293-MUST-30, RFC9293-MUST-32
    this.state = "announced";
    return true;
  }

  /** Text from `seq` on came into order: takes the urgent octet out of it when it is there. Whether it was. */
  take(seq: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.state !== "announced") return false;
    const offset = (this.seq - seq) >>> 0;
    if (offset >= end - start) return false;
    // RFC9293-MUST-30
    this.octet = bytes[start + offset]!;
    this.state = "there";
    return true;
  }

  /** The program has read up to `readTo`: a mark that was passed is forgotten. */
  passed(readTo: number): void {
    if (this.state !== "none" && this.state !== "announced" && gt(readTo, this.seq)) this.state = "none";
  }

  /** Whether there is a mark that reading has not passed. */
  ahead(readTo: number): boolean {
    return this.state !== "none" && leq(readTo, this.seq);
  }
}
