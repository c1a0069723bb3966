/** Octets as hex digits. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += octet.toString(16).padStart(2, "0");
  return text;
}

/** The octets that hex digits stand for. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
