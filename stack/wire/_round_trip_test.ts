/**
 * Properties that every decoder has, for tests.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Parsed, WireError } from "./error.ts";

/** A decoder and its encoder. */
export interface Codec<H> {
  readonly parse: (bytes: Uint8Array, offset: number, end: number) => Parsed<H>;
  /** The bytes of the header. */
  readonly emit: (header: H, payloadLength: number) => Uint8Array;
  readonly format: (header: H) => string;
  /** Bytes that headers are made of, so that they get past the first checks; any by default. */
  readonly bytes?: fc.Arbitrary<Uint8Array>;
}

/** Bytes that start with one of some prefixes, the rest anything. */
export function bytesStarting(prefixes: readonly (readonly number[])[], maxLength = 120): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...prefixes), fc.uint8Array({ maxLength, size: "max" })).map(([prefix, rest]) =>
    Uint8Array.of(...prefix, ...rest)
  );
}

/**
 * Whatever is decoded is encoded to the same bytes, and decoding what is not well formed throws nothing but
 * {@link WireError}; at any offset, at any length. Fails if nothing could be decoded at all.
 */
export function assertRoundTrips<H>(codec: Codec<H>, numRuns = 400): void {
  let decoded = 0;
  fc.assert(
    fc.property(codec.bytes ?? fc.uint8Array({ maxLength: 120, size: "max" }), fc.nat({ max: 9 }), (bytes, offset) => {
      const shifted = new Uint8Array(offset + bytes.length + 3).fill(0xa5);
      shifted.set(bytes, offset);
      const end = offset + bytes.length;
      const parsed = tryParse(codec, shifted, offset, end);
      if (parsed === undefined) return;
      decoded++;
      assertEquals(parsed.payloadOffset, offset + parsed.headerLength);
      assert(parsed.payloadOffset <= parsed.end && parsed.end <= end, "the payload lies within the bytes given");
      const emitted = codec.emit(parsed.header, parsed.end - parsed.payloadOffset);
      assertEquals(emitted, bytes.slice(0, parsed.headerLength));
      assert(codec.format(parsed.header).length > 0);
    }),
    { numRuns },
  );
  assert(decoded > numRuns / 20, `only ${decoded} of ${numRuns} inputs could be decoded`);
}

/** Every proper beginning of a well-formed header decodes or throws {@link WireError}. */
export function assertTruncates<H>(codec: Codec<H>, bytes: Uint8Array): void {
  for (let end = 0; end <= bytes.length; end++) {
    const parsed = tryParse(codec, bytes.slice(0, end), 0, end);
    if (end === bytes.length) assert(parsed !== undefined, "the whole is well formed");
  }
}

function tryParse<H>(codec: Codec<H>, bytes: Uint8Array, offset: number, end: number): Parsed<H> | undefined {
  try {
    return codec.parse(bytes, offset, end);
  } catch (error) {
    assert(error instanceof WireError, `threw ${error}`);
    assert(error.offset >= offset && error.offset <= end);
    return undefined;
  }
}
