/**
 * Reading files that a user names: whatever a path leads to, it takes bounded time and memory.
 *
 * @module
 */

function kindOf(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a FIFO";
  if (info.isSocket) return "a socket";
  return "a device";
}

/** Up to `limit` octets of a file and one more, if there is one. */
async function readUpTo(path: string, limit: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes: Uint8Array[] = [];
  let length = 0;
  // Files that the kernel makes up have no size beforehand, and others may grow.
  while (length <= limit) {
    const buffer = new Uint8Array(1 << 16);
    const read = await file.read(buffer);
    if (read === null) break;
    bytes.push(buffer.subarray(0, read));
    length += read;
  }
  return new Uint8Array(await new Blob(bytes as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/**
 * The octets of a regular file of at most `limit` octets; `what` it is to be, for messages ("a script").
 *
 * @throws {Error} for anything else, in words
 */
export async function readBounded(path: string, limit: number, what: string): Promise<Uint8Array> {
  const info = await Deno.stat(path);
  // One that may not be looked into says so.
  if (info.isDirectory) await Array.fromAsync(Deno.readDir(path));
  if (!info.isFile) throw new Error(`it is ${kindOf(info)}, not a file`);
  if (info.size > limit) throw new Error(`${Math.ceil(info.size / (1 << 20))} MiB are too much for ${what}`);
  const bytes = await readUpTo(path, limit);
  if (bytes.length > limit) throw new Error(`more than ${limit >> 20} MiB are too much for ${what}`);
  return bytes;
}
