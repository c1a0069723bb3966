/**
 * One TCP connection as fast as it goes: the kernel's sender to our discard service and our chargen service to the kernel's
 * reader, with and without segmentation offload, beside the same programs from kernel to kernel over veth. A report, not
 * a test: it depends on what else the machine does. Needs root.
 *
 *     deno run --allow-ffi --allow-read --allow-sys --allow-run --allow-env bench/throughput.ts [SECONDS] [FILTER]
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { NetworkNamespace, Reactor, RouteSocket, run, spawn, TunDevice } from "../host/mod.ts";
import { chargen } from "../apps/services/chargen.ts";
import { discard } from "../apps/services/discard.ts";
import { StackDriver, stackNow } from "../runtime/driver.ts";
import { configureKernelEnd } from "../runtime/kernel_end.ts";
import { Sockets } from "../runtime/sockets.ts";
import { openOffloadingTun, TunNetDevice } from "../runtime/tun_device.ts";
import { Stack } from "../stack/stack.ts";

const SECONDS = Number(Deno.args[0] ?? 3);
const FILTER = Deno.args[1] ?? "";
const PEER = new URL("./throughput_peer.ts", import.meta.url).pathname;
const reactor = new Reactor();

function peer(...args: string[]): { command: string; args: string[] } {
  return { command: Deno.execPath(), args: ["run", "--quiet", "--allow-ffi", "--no-check", PEER, ...args] };
}

/** What one connection did. */
interface Rate {
  /** Gbit per second. */
  readonly rate: number;
  /** Gbit per second of processor time of this process, which the rest of the machine disturbs less; 0 for none. */
  readonly per_cpu_second: number;
}

async function measure(namespaceFd: number, mode: "send" | "read", address: string, port: number): Promise<Rate> {
  const before = cpuUsage();
  const { output, code } = await run({ ...peer(mode, address, String(port), String(SECONDS)), namespaceFd }, reactor);
  if (code !== 0) throw new Error(`the ${mode}er failed: ${output}`);
  const { bytes, seconds } = JSON.parse(output);
  const { user, system } = cpuUsage(before);
  const gigabits = bytes * 8 / 1e9;
  return { rate: gigabits / seconds, per_cpu_second: gigabits / (user + system) * 1e6 };
}

function print(name: string, { rate, per_cpu_second }: Rate): void {
  const cpu = name.includes("our") ? `${per_cpu_second.toFixed(2).padStart(7)} Gbit per CPU second` : "";
  console.log(`${name.padEnd(56)} ${rate.toFixed(2).padStart(7)} Gbit/s ${cpu}`);
}

async function kernelToKernel(mode: "send" | "read"): Promise<Rate> {
  using left = NetworkNamespace.create();
  using right = NetworkNamespace.create();
  left.run(() => {
    using route = new RouteSocket();
    route.addVeth({ name: "veth0" }, { name: "veth0", namespaceFd: right.fd });
    route.addAddress("veth0", "10.78.0.1/24");
    route.setLink("veth0", { up: true });
  });
  right.run(() => {
    using route = new RouteSocket();
    route.addAddress("veth0", "10.78.0.2/24");
    route.setLink("veth0", { up: true });
  });
  const server = peer(mode === "send" ? "sink" : "source", "10.78.0.2", "9");
  using child = spawn({ ...server, namespaceFd: right.fd, stdout: "pipe" }, reactor);
  await reactor.readable(child.stdout!);
  return await measure(left.fd, mode, "10.78.0.2", 9);
}

async function kernelToStack(mode: "send" | "read", offload: boolean, address: string): Promise<Rate> {
  using namespace = NetworkNamespace.create();
  const device = namespace.run(() => {
    const tun = offload ? openOffloadingTun({ name: "tun0" }) : TunDevice.open({ name: "tun0" });
    configureKernelEnd({ device: "tun0", addresses: ["10.77.0.1/24", "fd77::1/64"] });
    return new TunNetDevice(tun);
  });
  const stack = new Stack({ now_us: stackNow() });
  using driver = new StackDriver(stack, reactor);
  driver.attach(device);
  stack.addAddress(device, "10.77.0.2/24");
  stack.addAddress(device, "fd77::2/64");
  const context = { sockets: new Sockets(driver), caller: driver, log: console.error };
  const services = [discard(context), chargen(context)];
  const result = await measure(namespace.fd, mode, address, mode === "send" ? 9 : 19);
  for (const service of services) service.close();
  return result;
}

const cases: (readonly [string, () => Promise<Rate>])[] = [
  ["kernel -> kernel over veth", () => kernelToKernel("send")],
  ["kernel -> our discard, IPv4, offload", () => kernelToStack("send", true, "10.77.0.2")],
  ["kernel -> our discard, IPv6, offload", () => kernelToStack("send", true, "fd77::2")],
  ["kernel -> our discard, IPv4, each packet on the wire", () => kernelToStack("send", false, "10.77.0.2")],
  ["kernel <- kernel over veth", () => kernelToKernel("read")],
  ["kernel <- our chargen, IPv4, offload", () => kernelToStack("read", true, "10.77.0.2")],
  ["kernel <- our chargen, IPv6, offload", () => kernelToStack("read", true, "fd77::2")],
  ["kernel <- our chargen, IPv4, each packet on the wire", () => kernelToStack("read", false, "10.77.0.2")],
];
for (const [name, body] of cases) if (name.includes(FILTER)) print(name, await body());
reactor[Symbol.dispose]();
