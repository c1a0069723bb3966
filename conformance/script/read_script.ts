/**
 * Reading scripts: whatever a path leads to, it takes bounded time and memory.
 *
 * @module
 */

/** No script is larger than this, octets. */
const MAX_SCRIPT = 16 << 20;

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

/** Throws with the line at which octets are not UTF-8. */
function requireUtf8(bytes: Uint8Array): void {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(10, start);
    const next = end < 0 ? bytes.length : end + 1;
    try {
      decoder.decode(bytes.subarray(start, next));
    } catch {
      throw new Error(`line ${line} is not UTF-8: convert it first (iconv -f latin1 -t utf-8)`);
    }
    start = next;
  }
}

/**
 * A script's text. Throws where the file can't be one; with `exactly`, also where it is not all UTF-8: what is not can be
 * run, but not written as it was.
 */
export async function readScript(path: string, exactly = false): Promise<string> {
  const info = await Deno.stat(path);
  // One that may not be looked into says so.
  if (info.isDirectory) await Array.fromAsync(Deno.readDir(path));
  if (!info.isFile) throw new Error(`it is ${kindOf(info)}, not a file`);
  if (info.size > MAX_SCRIPT) throw new Error(`${Math.ceil(info.size / (1 << 20))} MiB are too much for a script`);
  const bytes = await readUpTo(path, MAX_SCRIPT);
  if (bytes.length > MAX_SCRIPT) throw new Error(`more than ${MAX_SCRIPT >> 20} MiB are too much for a script`);
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new Error(`no text file (octet ${zero} is zero)`);
  const text = new TextDecoder().decode(bytes);
  if (exactly) requireUtf8(bytes);
  return text;
}
