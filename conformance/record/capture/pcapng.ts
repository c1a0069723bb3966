/**
 * Files in the pcapng format (draft-ietf-opsawg-pcapng): what has packets in it, and what tells about their times and
 * interfaces. Other blocks are passed over.
 *
 * @module
 */
import { type ByteStream, CaptureError } from "./byte_stream.ts";
import { type Frame, MAX_FRAME } from "./frame.ts";

/** Type of a section header block; the same octets in either byte order. */
export const SECTION_HEADER = 0x0a0d0d0a;
/** Type of an interface description block. */
export const INTERFACE_DESCRIPTION = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
/** Type of an enhanced packet block. */
export const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Where a word that stands alone begins. */
const START = 0;
/** Type and length, before a block's body; the length again behind it. */
const HEAD = 8;
const TAIL = 4;
const LENGTH = 4;
/** Behind the magic number of a section header. */
const SECTION_VERSION = 4;
const SECTION_BODY = 16;
const INTERFACE_BODY = 8;
const PACKET_BODY = 20;
const OLD_DROPS = 2;
const TIME_HIGH = 4;
const TIME_LOW = 8;
const CAPTURED = 12;
const ORIGINAL = 16;

const OPTION_END = 0;
/** Of an option's length, behind its code. */
const OPTION_LENGTH = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
/** Option of a packet: which way it went. */
export const PACKET_FLAGS = 2;
/** In the flags of a packet. */
const DIRECTION = 3;
/** Default of `if_tsresol`: µs. */
const MICROSECONDS = 6;
const BASE_2 = 0x80;

/** No block is larger: a packet, its options, and names of hosts have room in it. */
const MAX_BLOCK = 16 << 20;
/** Most interfaces of a section. */
const MAX_INTERFACES = 4096;

/** An interface of a section. */
interface Interface {
  readonly linkType: number;
  /** Units of its time stamps in a second. */
  readonly perSecond: number;
  /** Added to its time stamps, seconds. */
  readonly offset_s: number;
}

/** A block's body; `at` is where the body begins in the file. */
interface Body {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** The frames of a file whose first octets are `magic`, which have been read. Throws {@link CaptureError}. */
export function* readPcapng(stream: ByteStream, magic: Uint8Array): Generator<Frame> {
  const reader = new Reader(stream);
  let first: Uint8Array | undefined = magic;
  while (first !== undefined || !stream.atEnd()) {
    const frame = reader.block(first);
    first = undefined;
    if (frame !== undefined) yield frame;
  }
}

class Reader {
  #little = true;
  #interfaces: Interface[] = [];
  /** Interfaces of sections before; numbers go on. */
  #before = 0;

  constructor(private readonly stream: ByteStream) {}

  /** Reads a block; the frame if it has one. */
  block(begun: Uint8Array | undefined): Frame | undefined {
    const offset = this.stream.offset - (begun?.length ?? 0);
    const type = viewOf(begun ?? this.stream.take(LENGTH, "a block's type")).getUint32(START, this.#little);
    if (type === SECTION_HEADER) {
      this.#section(offset);
      return undefined;
    }
    const length = viewOf(this.stream.take(LENGTH, "a block's length")).getUint32(START, this.#little);
    const body = this.#body(offset, length, HEAD);
    switch (type) {
      case INTERFACE_DESCRIPTION:
        this.#interface(body);
        return undefined;
      case ENHANCED_PACKET:
        return this.#packet(offset, body, body.view.byteLength < LENGTH ? 0 : body.view.getUint32(START, this.#little));
      case OLD_PACKET:
        return this.#packet(
          offset,
          body,
          body.view.byteLength < OLD_DROPS ? 0 : body.view.getUint16(START, this.#little),
        );
      case SIMPLE_PACKET:
        throw new CaptureError(offset, "a simple packet block has no time, and a script needs times");
      default:
        return undefined;
    }
  }

  /** A block's body, its length checked at both ends. `read`: octets of the block that are behind us. */
  #body(offset: number, length: number, read: number): Body {
    if (length < read + TAIL || length % 4 !== 0 || length > MAX_BLOCK) {
      throw new CaptureError(
        offset + LENGTH,
        `a block's length of ${length} octets can't be: it is a multiple of 4, from ${read + TAIL} to ${MAX_BLOCK}`,
      );
    }
    const at = this.stream.offset;
    const all = this.stream.take(length - read, "a block");
    const view = viewOf(all);
    const again = view.getUint32(all.length - TAIL, this.#little);
    if (again !== length) {
      throw new CaptureError(
        offset + length - TAIL,
        `a block ends with another length, ${again}, than it begins with, ${length}`,
      );
    }
    const bytes = all.subarray(0, all.length - TAIL);
    return { view: viewOf(bytes), bytes, at };
  }

  #section(offset: number): void {
    // The order of octets is told by the word behind the length.
    const words = viewOf(this.stream.take(LENGTH + LENGTH, "a section header"));
    const big = words.getUint32(LENGTH, false) === BYTE_ORDER_MAGIC;
    if (!big && words.getUint32(LENGTH, true) !== BYTE_ORDER_MAGIC) {
      throw new CaptureError(offset + HEAD, "a section header without the number that tells the order of octets");
    }
    this.#little = !big;
    const length = words.getUint32(START, this.#little);
    const { view, at } = this.#body(offset, length, HEAD + LENGTH);
    if (view.byteLength < SECTION_BODY - LENGTH) throw new CaptureError(at, "a section header is too short");
    const major = view.getUint16(SECTION_VERSION - LENGTH, this.#little);
    if (major !== 1) throw new CaptureError(at, `version ${major} of the pcapng format is not known, 1 is`);
    this.#before += this.#interfaces.length;
    this.#interfaces = [];
  }

  #interface({ view, bytes, at }: Body): void {
    if (view.byteLength < INTERFACE_BODY) throw new CaptureError(at, "an interface description is too short");
    if (this.#interfaces.length === MAX_INTERFACES) {
      throw new CaptureError(at, `more than ${MAX_INTERFACES} interfaces in a section`);
    }
    let resolution = MICROSECONDS;
    let offset_s = 0;
    for (const option of this.#options(bytes, INTERFACE_BODY, at)) {
      if (option.code === IF_TSRESOL && option.value.length === 1) resolution = option.value.at(START)!;
      if (option.code === IF_TSOFFSET && option.value.length === 8) {
        offset_s = Number(viewOf(option.value).getBigInt64(START, this.#little));
      }
    }
    const exponent = resolution & ~BASE_2;
    this.#interfaces.push({
      linkType: view.getUint16(START, this.#little),
      perSecond: (resolution & BASE_2) === 0 ? 10 ** exponent : 2 ** exponent,
      offset_s,
    });
  }

  #packet(offset: number, { view, bytes, at }: Body, number: number): Frame {
    const little = this.#little;
    if (view.byteLength < PACKET_BODY) throw new CaptureError(at, "a packet block is too short");
    const port = this.#interfaces[number];
    if (port === undefined) throw new CaptureError(at, `a packet of interface ${number}, which is not described`);
    const captured = view.getUint32(CAPTURED, little);
    if (captured > MAX_FRAME || captured > view.byteLength - PACKET_BODY) {
      throw new CaptureError(at + CAPTURED, `a packet of ${captured} octets in a block of ${view.byteLength}`);
    }
    const stamp = BigInt(view.getUint32(TIME_HIGH, little)) << 32n | BigInt(view.getUint32(TIME_LOW, little));
    const padded = PACKET_BODY + ((captured + 3) & ~3);
    let direction: Frame["direction"];
    for (const { code, value } of this.#options(bytes, padded, at)) {
      if (code !== PACKET_FLAGS || value.length !== 4) continue;
      const bits = viewOf(value).getUint32(START, little) & DIRECTION;
      direction = bits === 1 ? "received" : bits === 2 ? "sent" : undefined;
    }
    return {
      offset,
      time_us: microseconds(stamp, port),
      linkType: port.linkType,
      port: this.#before + number,
      bytes: bytes.subarray(PACKET_BODY, PACKET_BODY + captured),
      length: Math.max(captured, view.getUint32(ORIGINAL, little)),
      direction,
    };
  }

  /** The options in `bytes[from…]`. */
  *#options(bytes: Uint8Array, from: number, at: number): Generator<{ code: number; value: Uint8Array }> {
    const view = viewOf(bytes);
    for (let here = from; here + LENGTH <= bytes.length;) {
      const code = view.getUint16(here, this.#little);
      const length = view.getUint16(here + OPTION_LENGTH, this.#little);
      if (code === OPTION_END) return;
      const value = here + LENGTH;
      if (value + length > bytes.length) {
        throw new CaptureError(at + here, `an option of ${length} octets goes beyond its block`);
      }
      yield { code, value: bytes.subarray(value, value + length) };
      here = value + ((length + 3) & ~3);
    }
  }
}

/** Both halves apart: a stamp in ns has more digits than a number holds. */
function microseconds(stamp: bigint, { perSecond, offset_s }: Interface): number {
  const unit = BigInt(perSecond);
  const seconds = Number(stamp / unit) + offset_s;
  return seconds * 1e6 + Number(stamp % unit) * 1e6 / perSecond;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
