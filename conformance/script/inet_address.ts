/** IP addresses in text form, to bytes (RFC 4291 2.2), for `inet_addr`, `inet6_addr` and literal packet addresses. */

/** Four bytes of a dotted quad, or undefined. Leading zeros are decimal, as inet_pton would refuse and scanners do not. */
export function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || parts.some((part) => !/^[0-9]{1,3}$/.test(part) || Number(part) > 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

/** Sixteen bytes of an IPv6 address, or undefined. */
export function parseIpv6(text: string): Uint8Array | undefined {
  let body = text;
  const dotted = body.lastIndexOf(":");
  if (body.includes(".")) {
    const quad = parseIpv4(body.slice(dotted + 1));
    if (quad === undefined) return undefined;
    const word = (i: number) => (((quad[i] ?? 0) << 8) | (quad[i + 1] ?? 0)).toString(16);
    body = `${body.slice(0, dotted + 1)}${word(0)}:${word(2)}`;
  }
  const halves = body.split("::");
  if (halves.length > 2) return undefined;
  const head = words(halves[0] ?? "");
  const tail = halves.length === 2 ? words(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const all = [...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...tail];
  return Uint8Array.from(all.flatMap((value) => [value >> 8, value & 255]));
}

function words(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  if (parts.some((part) => !/^[0-9A-Fa-f]{1,4}$/.test(part))) return undefined;
  return parts.map((part) => Number.parseInt(part, 16));
}
