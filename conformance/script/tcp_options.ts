/** TCP options: their bytes on the wire. The grammar is in `parse_tcp_options.ts`. */
import type { TcpOption } from "./syntax.ts";

/** Experiment id of the Fast Open option in option 254 (RFC 7413 4.1.1). */
export const FASTOPEN_MAGIC = 0xf989;

/** Bytes of an option, kind and length included. A TS `val ...` and `md5 valid` give zeros where the value goes. */
export function encodeTcpOption(option: TcpOption): Uint8Array {
  switch (option.kind) {
    case "eol":
      return Uint8Array.of(0);
    case "nop":
      return Uint8Array.of(1);
    case "mss":
      return Uint8Array.of(2, 4, option.value >> 8, option.value & 255);
    case "wscale":
      return Uint8Array.of(3, 3, option.shift);
    case "sackOK":
      return Uint8Array.of(4, 2);
    case "sack":
      return tlv(5, option.blocks.flatMap((block) => [...be(block.left, 4), ...be(block.right, 4)]));
    case "timestamp":
      return tlv(8, [...be(option.val ?? 0, 4), ...be(option.ecr, 4)]);
    case "md5":
      return tlv(19, option.digest ?? new Uint8Array(16));
    case "fastopen":
      return option.experimental ? tlv(254, [...be(FASTOPEN_MAGIC, 2), ...option.cookie]) : tlv(34, option.cookie);
    case "accecn": {
      const counters = option.counters.flatMap((value) => be(value, 3));
      if (option.experimental) return tlv(254, [...be(option.order === 0 ? 0xacc0 : 0xacc1, 2), ...counters]);
      return tlv(option.order === 0 ? 172 : 174, counters);
    }
    case "generic":
      return tlv(option.optionKind, option.data);
    case "experimental":
      return tlv(254, [...be(option.experiment, 2), ...option.data]);
    case "bytes":
      return option.data;
  }
}

/** Bytes of a whole list, in order. */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  const parts = options.map(encodeTcpOption);
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function tlv(kind: number, data: ArrayLike<number>): Uint8Array {
  return Uint8Array.from([kind, data.length + 2, ...Array.from(data)]);
}

function be(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * (bytes - 1 - i))) & 255);
}
