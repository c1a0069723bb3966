/**
 * The kernel's end of a TUN device: up, with addresses that work.
 *
 * @module
 */
import { parseAddress } from "../host/address.ts";
import { monotonic } from "../host/clock.ts";
import { readKernelText } from "../host/kernel_file.ts";
import { RouteSocket } from "../host/rtnetlink.ts";
import { syscall } from "../host/syscall.ts";

/** Most time that a new IPv6 address may take to become usable, µs. */
const ADDRESS_WAIT_US = 5_000_000;
const PAUSE_NS = 200_000n;
const RTF_LOCAL = 0x80000000;

/** What the kernel's end is to be. */
export interface KernelEnd {
  /** Interface name. */
  readonly device: string;
  /** Octets; the device's own unless given. */
  readonly mtu?: number;
  /** With prefix lengths, e.g. `10.77.0.1/24`. */
  readonly addresses: readonly string[];
}

/**
 * Sets a device of the network namespace that the thread is in up and gives it addresses, which work when this returns.
 *
 * @throws {SystemError} where the kernel refuses
 * @throws {Error} where it does not take up an IPv6 address within five seconds
 */
export function configureKernelEnd({ device, mtu, addresses }: KernelEnd): void {
  using route = new RouteSocket();
  route.setLink(device, { up: true, ...(mtu === undefined ? {} : { mtu }) });
  for (const address of addresses) route.addAddress(device, address);
  for (const address of addresses) if (address.includes(":")) waitForAddress(address);
}

/**
 * Also without duplicate address detection the kernel adds the local route of an IPv6 address some time after the
 * address, in a work queue: usually 50 µs, but tens of milliseconds on a busy machine. Packets until then are lost.
 */
function waitForAddress(prefix: string): void {
  const octets = parseAddress(prefix.replace(/\/.*$/, ""));
  const wanted = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  const start = monotonic();
  while (!hasLocalRoute(wanted)) {
    if (monotonic() - start > ADDRESS_WAIT_US) throw new Error(`the kernel does not take up the address ${prefix}`);
    syscall("nanosleep", new BigInt64Array([0n, PAUSE_NS]), null);
  }
}

function hasLocalRoute(wanted: string): boolean {
  const table = readKernelText("/proc/thread-self/net/ipv6_route") ?? "";
  return table.split("\n").some((line) => {
    const fields = line.trim().split(/\s+/);
    return fields[0] === wanted && fields[1] === "80" && (Number.parseInt(fields[8] ?? "", 16) & RTF_LOCAL) !== 0;
  });
}
