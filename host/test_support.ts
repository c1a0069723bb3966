/**
 * What tests of this folder share.
 *
 * @module
 */

import { syscall } from "./syscall.ts";
import { effectiveUserId, probeNetworkNamespaces, probeTun } from "./userns.ts";

type Need = "namespace" | "tun";

/** Why something cannot be tested here, or undefined where it can. */
function obstacle(need: Need): string | undefined {
  if (Deno.build.os !== "linux") return "needs Linux";
  if (effectiveUserId() !== 0) return "needs root";
  const granted = need === "tun" ? probeTun() : probeNetworkNamespaces();
  return granted.granted ? undefined : granted.reason;
}

const obstacles = new Map<Need, string | undefined>();

/** A test that needs privileges: ignored, with the reason in its name, where they are missing. */
export function privilegedTest(need: Need, name: string, body: () => void | Promise<void>): void {
  if (!obstacles.has(need)) obstacles.set(need, obstacle(need));
  const reason = obstacles.get(need);
  Deno.test({
    name: reason === undefined ? name : `${name} [ignored: ${reason}]`,
    ignore: reason !== undefined,
    fn: body,
  });
}

/** How many of the first 4096 descriptors are open in this process. */
export function openDescriptors(): number {
  const F_GETFD = 1;
  let count = 0;
  for (let fd = 0; fd < 4096; fd++) if (syscall("fcntl", fd, F_GETFD) >= 0) count++;
  return count;
}

/** An IPv4 packet with a right header checksum. */
export function ipv4Packet(
  source: string,
  destination: string,
  protocol: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(20 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4500);
  view.setUint16(2, bytes.length);
  view.setUint16(6, 0x4000);
  view.setUint16(8, 64 << 8 | protocol);
  bytes.set(source.split(".").map(Number), 12);
  bytes.set(destination.split(".").map(Number), 16);
  view.setUint16(10, checksum(bytes.subarray(0, 20)));
  bytes.set(payload, 20);
  return bytes;
}

/** The Internet checksum (RFC 1071) of `bytes`, added to `initial`. */
export function checksum(bytes: Uint8Array, initial = 0): number {
  let sum = initial;
  for (let i = 0; i < bytes.length; i++) sum += i & 1 ? bytes[i]! : bytes[i]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** An ICMP echo request. */
export function echoRequest(id: number, sequence: number, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = 8;
  view.setUint16(4, id);
  view.setUint16(6, sequence);
  view.setUint16(2, checksum(bytes));
  return bytes;
}

/** Runs TypeScript in a process of its own with the permissions that the tests have; `HOST` stands for this folder. */
export function script(source: string): Deno.ChildProcess {
  const text = source.replaceAll("HOST", new URL(".", import.meta.url).href);
  const code = `data:application/typescript,${encodeURIComponent(text)}`;
  const permissions = ["--allow-read", "--allow-write", "--allow-run", "--allow-ffi", "--allow-sys", "--allow-env"];
  const args = ["run", "--quiet", "--no-check", ...permissions, code];
  return new Deno.Command(Deno.execPath(), { args, stdin: "null", stdout: "piped", stderr: "inherit" }).spawn();
}

/** Reads what a child process prints until it has printed `marker`. */
export async function printed(child: Deno.ChildProcess, marker: string): Promise<string> {
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes(marker)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The child ended without printing ${marker}: ${text}`);
    text += value;
  }
  await reader.cancel();
  return text;
}
