/**
 * Links that carry a script: compressed, in the part of an address that never leaves the browser.
 *
 * @module
 */
import * as z from "zod";

/** What a link carries. */
export interface Shared {
  readonly script: string;
  readonly profile: "linux" | "rfc";
  /** Empty: as the script says. */
  readonly variant: "" | "ipv4" | "ipv6" | "ipv4-mapped-ipv6";
}

const settings = z.object({
  profile: z.enum(["linux", "rfc"]).catch("linux"),
  variant: z.enum(["", "ipv4", "ipv6", "ipv4-mapped-ipv6"]).catch(""),
});

/** Octets that a script in a link may have. */
export const MAX_SCRIPT = 1 << 20;

/** A link that can't be read, with why. */
export class LinkError extends Error {
  override name = "LinkError";
}

/** The fragment for what is to be shared, without its `#`. */
export async function toFragment({ script, profile, variant }: Shared): Promise<string> {
  const packed = new Blob([script]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
  const fields = new URLSearchParams({ script: toBase64(bytes) });
  if (profile !== "linux") fields.set("profile", profile);
  if (variant !== "") fields.set("variant", variant);
  return fields.toString();
}

/** What a fragment carries; undefined where it carries no script. Throws {@link LinkError} for one that is damaged. */
export async function fromFragment(fragment: string): Promise<Shared | undefined> {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const packed = fields.get("script");
  if (packed === null) return undefined;
  const { profile, variant } = settings.parse({
    profile: fields.get("profile") ?? "linux",
    variant: fields.get("variant") ?? "",
  });
  return { script: await unpack(packed), profile, variant };
}

async function unpack(packed: string): Promise<string> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    const stream = new Blob([fromBase64(packed)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const reader = stream.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      length += next.value.length;
      if (length > MAX_SCRIPT) {
        await reader.cancel();
        throw new LinkError(`the script in the link is larger than ${MAX_SCRIPT >> 20} MiB`);
      }
      chunks.push(next.value);
    }
    return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(chunks).arrayBuffer());
  } catch (error) {
    if (error instanceof LinkError) throw error;
    throw new LinkError("the script in the link can't be read: the link may have been cut off or changed on its way");
  }
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}
