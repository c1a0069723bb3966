/**
 * Files of libpcap (draft-ietf-opsawg-pcap).
 *
 * @module
 */
import { type ByteStream, CaptureError } from "./byte_stream.ts";
import { type Frame, MAX_FRAME } from "./frame.ts";

const HEADER_LENGTH = 24;
const VERSION_MAJOR = 4;
const LINK_TYPE = 20;
const RECORD_LENGTH = 16;
const SECONDS = 0;
const FRACTION = 4;
const CAPTURED = 8;
const ORIGINAL = 12;

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
/** The upper bits of the link type's word tell of a frame check sequence. */
const LINK_TYPE_MASK = 0xffff;

/** How such a file writes numbers and times. */
interface Form {
  readonly little: boolean;
  /** Fractions of a µs in a unit of the fraction field. */
  readonly perMicrosecond: number;
}

function formOf(magic: DataView): Form | undefined {
  for (const little of [true, false]) {
    const value = magic.getUint32(SECONDS, little);
    if (value === MAGIC_MICROSECONDS) return { little, perMicrosecond: 1 };
    if (value === MAGIC_NANOSECONDS) return { little, perMicrosecond: 1000 };
  }
  return undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether a file that begins with these four octets is one. */
export function isPcap(magic: Uint8Array): boolean {
  return formOf(viewOf(magic)) !== undefined;
}

/** The frames of a file whose first octets are `magic`, which have been read. Throws {@link CaptureError}. */
export function* readPcap(stream: ByteStream, magic: Uint8Array): Generator<Frame> {
  const form = formOf(viewOf(magic))!;
  const { little } = form;
  const rest = viewOf(stream.take(HEADER_LENGTH - magic.length, "the file's header"));
  const major = rest.getUint16(VERSION_MAJOR - magic.length, little);
  if (major !== 2) throw new CaptureError(VERSION_MAJOR, `version ${major} of the pcap format is not known, 2 is`);
  const linkType = rest.getUint32(LINK_TYPE - magic.length, little) & LINK_TYPE_MASK;
  while (!stream.atEnd()) {
    const { offset } = stream;
    const record = viewOf(stream.take(RECORD_LENGTH, "a record's header"));
    const time_us = record.getUint32(SECONDS, little) * 1e6 +
      record.getUint32(FRACTION, little) / form.perMicrosecond;
    const captured = record.getUint32(CAPTURED, little);
    const length = record.getUint32(ORIGINAL, little);
    if (captured > MAX_FRAME) {
      throw new CaptureError(offset + CAPTURED, `a packet of ${captured} octets: more than ${MAX_FRAME} is no packet`);
    }
    const bytes = stream.take(captured, "a packet");
    yield { offset, time_us, linkType, port: 0, bytes, length: Math.max(length, captured), direction: undefined };
  }
}
