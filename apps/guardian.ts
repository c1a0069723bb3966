/**
 * A process that outlives this one to clear away what would stay behind after SIGKILL.
 *
 * @module
 */
import type { NamedNetworkNamespace } from "../host/named_netns.ts";

/**
 * Waits for the end of its standard input, which comes when we end, in whatever way. The name may be gone by then, or
 * another process's: the record of its owner tells.
 */
const SCRIPT = `trap '' INT TERM HUP QUIT
read -r _
read -r owner _ <"$2" && [ "$owner" = "$3" ] || exit 0
umount -l "$1" && rm -f "$1" "$2"
`;

/** Has the name of a namespace removed if this process ends without having done it. Dispose it once that is done. */
export function guard(namespace: NamedNetworkNamespace): Disposable {
  const child = new Deno.Command("sh", {
    args: ["-c", SCRIPT, "sh", namespace.path, namespace.record, String(Deno.pid)],
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // Waiting for it must not keep this process from ending.
  child.unref();
  return { [Symbol.dispose]: () => void child.stdin.close() };
}
