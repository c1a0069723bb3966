/**
 * What tests of this folder share.
 *
 * @module
 */

import { F_GETFD } from "../abi/file_constants.ts";
import { syscall } from "./syscall.ts";
import { effectiveUserId, probeNetworkNamespaces, probeTun } from "./userns.ts";

/** What a test needs of the machine. */
export interface Needs {
  /** `root`: to be root, of a user namespace too. `namespace`, `tun`: to make network namespaces, and TUN devices there. */
  readonly privilege?: "root" | "namespace" | "tun";
  /** Programs, by name in the search path or by path. */
  readonly programs?: readonly string[];
}

/** Packages of programs that tests and scripts call, where they have another name. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  tc: "iproute2",
  ping: "iputils-ping",
  nft: "nftables",
  sysctl: "procps",
  ps: "procps",
  mount: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
};

function isExecutable(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode ?? 0) & 0o111 ? true : false;
  } catch {
    return false;
  }
}

function isInstalled(program: string): boolean {
  const folders = program.startsWith("/")
    ? [""]
    : (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/`);
  return folders.some((folder) => isExecutable(folder + program));
}

/** Why a privilege is missing here and what would bring it, or undefined where it is there. */
function privilegeObstacle(privilege: NonNullable<Needs["privilege"]>): string | undefined {
  if (Deno.build.os !== "linux") return "Linux: run it there";
  if (effectiveUserId() !== 0) return "root: run as root, or under unshare --map-root-user --net";
  if (privilege === "root") return undefined;
  const granted = privilege === "tun" ? probeTun() : probeNetworkNamespaces();
  return granted.granted
    ? undefined
    : `${privilege === "tun" ? "TUN devices" : "network namespaces"}: ${granted.reason}`;
}

const privileges = new Map<string, string | undefined>();

/** What is missing here of what a test needs and what would bring it, or undefined where nothing is. */
export function obstacle(needs: Needs): string | undefined {
  const { privilege, programs = [] } = needs;
  if (privilege !== undefined) {
    if (!privileges.has(privilege)) privileges.set(privilege, privilegeObstacle(privilege));
    const missing = privileges.get(privilege);
    if (missing !== undefined) return missing;
  }
  const program = programs.find((one) => !isInstalled(one));
  if (program === undefined) return undefined;
  const name = program.slice(program.lastIndexOf("/") + 1);
  return `${program}: install ${PACKAGES[name] ?? name}`;
}

/**
 * For `Deno.test`: a test that needs something of the machine is ignored where that is missing, and its name says what it
 * needs and what would bring it, which `ci/run_tests.ts` tells at the end.
 */
export function needed(needs: Needs, name: string): { readonly name: string; readonly ignore: boolean } {
  const missing = obstacle(needs);
  return { name: missing === undefined ? name : `${name} [needs ${missing}]`, ignore: missing !== undefined };
}

/** A test that needs something of the machine; see {@link needed}. */
export function needing(needs: Needs, name: string, body: () => void | Promise<void>): void {
  Deno.test({ ...needed(needs, name), fn: body });
}

/** A test that needs privileges. */
export function privilegedTest(
  privilege: "namespace" | "tun",
  name: string,
  body: () => void | Promise<void>,
): void {
  needing({ privilege }, name, body);
}

/** How many of the first 4096 descriptors are open in this process. */
export function openDescriptors(): number {
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
