/**
 * What decoding throws, and the shapes every decoder shares.
 *
 * @module
 */

/** Bytes that are not a well-formed header. The only error that decoding hostile input may throw. */
export class WireError extends Error {
  override name = "WireError";
  /** The header that was being read, as in {@link DecodedPacket} layers: "ipv4", "tcp" … */
  readonly layer: string;
  /** What is wrong, one of the layer's `Problem` literals. */
  readonly problem: string;
  /** Byte offset, in the bytes given to the decoder, where the header starts. */
  readonly offset: number;

  constructor(layer: string, problem: string, offset: number) {
    super(`${layer} header at byte ${offset}: ${problem}`);
    this.layer = layer;
    this.problem = problem;
    this.offset = offset;
  }
}

/** A decoded header and where what follows it lies. */
export interface Parsed<H> {
  readonly header: H;
  /** Length of the header in bytes, options included. */
  readonly headerLength: number;
  /** Offset of the first byte after the header, in the bytes given. */
  readonly payloadOffset: number;
  /** Offset after the last byte of the payload by this header's own account (never beyond the end given). */
  readonly end: number;
}

/** What a header is built from: the required fields; every other one has a default or is computed. */
export type Init<H, Required extends keyof H = never> =
  & { readonly [K in keyof H]?: H[K] | undefined }
  & { readonly [K in Required]: H[K] };

/** Where a field of a fixed header lies. */
export interface FieldLayout {
  /** The RFC's name in camelCase, as in the decoded header. */
  readonly name: string;
  /** Offset of the field's first bit from the start of the header; bit 0 is the most significant bit of byte 0. */
  readonly bit: number;
  /** Width in bits. */
  readonly bits: number;
}

/** A {@link FieldLayout} that starts at `byte`, `bitInByte` bits into it. */
export function field(name: string, byte: number, bits: number, bitInByte = 0): FieldLayout {
  return Object.freeze({ name, bit: byte * 8 + bitInByte, bits });
}
