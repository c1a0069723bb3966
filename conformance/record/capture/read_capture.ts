/**
 * The frames of a capture file, whichever of the two formats it has.
 *
 * @module
 */
import { ByteStream, CaptureError } from "./byte_stream.ts";
import type { Frame } from "./frame.ts";
import { isPcap, readPcap } from "./pcap.ts";
import { readPcapng, SECTION_HEADER } from "./pcapng.ts";

const MAGIC = 0;
const MAGIC_LENGTH = 4;
const GZIP = 0x1f8b;

/** The frames in the octets of `stream`. Throws {@link CaptureError} for what is no capture, or damaged, on the way. */
export function readFrames(stream: ByteStream): Generator<Frame> {
  if (stream.atEnd()) throw new CaptureError(0, "the file is empty");
  // Kept: what a stream gives is valid until the next call.
  const magic = stream.take(MAGIC_LENGTH, "the file's first word").slice();
  const word = new DataView(magic.buffer);
  if (word.getUint32(MAGIC) === SECTION_HEADER) return readPcapng(stream, magic);
  if (isPcap(magic)) return readPcap(stream, magic);
  const hint = word.getUint16(MAGIC) === GZIP ? "it is compressed: gunzip it first" : "it is neither pcap nor pcapng";
  throw new CaptureError(0, `no capture file: ${hint}`);
}

/** A file that can't be opened or read. */
export class UnreadableError extends Error {
  /** `UnreadableError`. */
  override name = "UnreadableError";
}

/**
 * The frames of a file, which is open while they are read.
 *
 * @throws {CaptureError} where it is no capture, or damaged
 * @throws {UnreadableError} where it can't be read
 */
export function* readCaptureFile(path: string): Generator<Frame> {
  using file = openFile(path);
  yield* readFrames(new ByteStream((into) => readable(() => file.readSync(into))));
}

function openFile(path: string): Deno.FsFile {
  return readable(() => {
    const info = Deno.statSync(path);
    // A FIFO or a device might never end, and is not there a second time.
    if (!info.isFile) throw new UnreadableError(`it is ${info.isDirectory ? "a folder" : "no regular file"}`);
    return Deno.openSync(path);
  });
}

function readable<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof UnreadableError
      ? error
      : new UnreadableError(error instanceof Error ? error.message : String(error));
  }
}
