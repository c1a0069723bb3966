/**
 * Text that came in order and waits for the program to read it.
 *
 * @module
 */
import { copyOctets } from "../../wire/bytes.ts";
import { distance } from "../../wire/seq.ts";

/** What a packet's record costs beside its storage, octets. */
const RECORD = 256;
/** Storage in front of a packet and behind it that holds nothing of it. */
const KEPT = 384;
/** Storage comes in this size, in powers of two, and in pages. */
const SMALLEST = 576;
const PAGE = 4096;

function storageFor(packet: number): number {
  const wanted = packet + KEPT;
  if (wanted <= SMALLEST) return SMALLEST;
  return wanted <= PAGE ? Math.max(1 << (32 - Math.clz32(wanted - 1)), 1024) : Math.ceil(wanted / PAGE) * PAGE;
}

/** What a packet of that many octets, IP header and all, is charged to the receive buffer: as measured on Linux (`ss -m`). */
export function chargeOf(packet: number): number {
  return RECORD + storageFor(packet);
}

/** Octets that fit into the storage of a packet of that many octets behind it. */
export function freeBehind(packet: number): number {
  return storageFor(packet) - KEPT - packet;
}

/** Text of one packet. */
export interface TextPiece {
  /** Sequence number of `bytes[start]`. */
  seq: number;
  readonly bytes: Uint8Array;
  start: number;
  end: number;
  /** When the packet came in, µs of stack time. */
  readonly arrivedAt: number;
  /** Octets charged to the receive buffer. */
  charge: number;
  /** Octets that its storage has left behind it. */
  free: number;
  /** A FIN stands behind it; it takes a sequence number. */
  readonly fin: boolean;
}

/** Sequence numbers that a piece takes. */
export function extentOf({ start, end, fin }: TextPiece): number {
  return end - start + (fin ? 1 : 0);
}

/** The receive queue of one connection. */
export class ReceiveQueue {
  private pieces: TextPiece[] = [];
  private head = 0;
  /** Octets that wait. */
  length = 0;

  /** Adds text that continues what is here: the charge that it brings. Where the last piece has room for it, it brings none. */
  append(piece: TextPiece): number {
    const length = piece.end - piece.start;
    const last = this.pieces.at(-1);
    let brings = piece.charge;
    if (this.length > 0 && last !== undefined && length <= last.free) {
      piece.free = last.free - length;
      // Storage that two share is given back with the later one.
      piece.charge = last.charge;
      last.charge = 0;
      brings = 0;
    }
    this.pieces.push(piece);
    this.length += length;
    return brings;
  }

  /** The oldest piece. */
  get first(): TextPiece | undefined {
    return this.pieces[this.head];
  }

  /** Sequence number of the first octet, or `end` when nothing waits. */
  firstSeq(end: number): number {
    return this.first?.seq ?? end;
  }

  /**
   * Copies up to `count` octets from `offset` on and returns them; `arrivedAt` of the last piece that gave some goes to `seen`.
   */
  peek(offset: number, count: number, seen?: (arrivedAt: number) => void): Uint8Array {
    const wanted = Math.max(Math.min(count, this.length - offset), 0);
    const out = new Uint8Array(wanted);
    let skip = offset;
    let done = 0;
    for (let i = this.head; done < wanted; i++) {
      const piece = this.pieces[i]!;
      const size = piece.end - piece.start;
      if (skip >= size) {
        skip -= size;
        continue;
      }
      const part = Math.min(size - skip, wanted - done);
      copyOctets(piece.bytes, piece.start + skip, part, out, done);
      seen?.(piece.arrivedAt);
      done += part;
      skip = 0;
    }
    return out;
  }

  /** Drops `count` octets in front. Returns what that frees of the receive buffer. */
  consume(count: number): number {
    let freed = 0;
    let rest = count;
    this.length -= count;
    while (rest > 0) {
      const piece = this.pieces[this.head]!;
      const size = piece.end - piece.start;
      if (rest < size) {
        piece.start += rest;
        piece.seq = (piece.seq + rest) >>> 0;
        break;
      }
      rest -= size;
      freed += piece.charge;
      this.head++;
    }
    if (this.head > 32 && this.head * 2 > this.pieces.length) {
      this.pieces.splice(0, this.head);
      this.head = 0;
    }
    if (this.length === 0) {
      this.pieces = [];
      this.head = 0;
    }
    return freed;
  }

  /** Octets before `seq`, all when it lies beyond. */
  lengthBefore(seq: number, end: number): number {
    return Math.min(distance(seq, this.firstSeq(end)), this.length);
  }
}
