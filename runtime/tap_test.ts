/** Our stack on Ethernet with Linux: each finds the other by ARP and neighbour discovery, and they talk. */
import { assert, assertEquals } from "@std/assert";
import { NetworkNamespace } from "../host/netns.ts";
import { run } from "../host/process.ts";
import { Reactor } from "../host/reactor.ts";
import { needing } from "../host/test_support.ts";
import { nudName } from "../stack/link/neighbour_state.ts";
import { Stack } from "../stack/stack.ts";
import { IpAddress, MacAddress } from "../stack/wire/address.ts";
import { realtimeOffset, StackDriver, stackNow } from "./driver.ts";
import { configureKernelEnd } from "./kernel_end.ts";
import { openOffloadingTun, TunNetDevice } from "./tun_device.ts";

needing(
  { privilege: "tun", programs: ["ping", "ip"] },
  "TAP: Linux's ping finds the stack and gets its answers, IPv4 and IPv6",
  async () => {
    using reactor = new Reactor();
    using namespace = NetworkNamespace.create();
    const device = namespace.run(() => {
      const tap = openOffloadingTun({ name: "tap0", mode: "tap" });
      configureKernelEnd({ device: "tap0", addresses: ["10.77.0.1/24", "fd77::1/64"] });
      return new TunNetDevice(tap, { address: MacAddress.parse("02:00:00:00:00:01") });
    });
    const stack = new Stack({ now_us: stackNow(), realtime_offset_us: realtimeOffset() });
    using driver = new StackDriver(stack, reactor);
    const seen = driver.attach(device);
    stack.addAddress(seen, "10.77.0.2/24");
    stack.addAddress(seen, "fd77::2/64");
    driver.poke();
    const inNamespace = (command: string, ...args: string[]) =>
      run({ command, args, namespaceFd: namespace.fd }, reactor);
    for (const host of ["10.77.0.2", "fd77::2"]) {
      const result = await inNamespace("ping", "-c", "3", "-i", "0.01", "-w", "20", "-s", "4000", host);
      assertEquals(result.code, 0, result.output);
      const neighbours = await inNamespace("ip", "neigh", "show", host);
      assert(neighbours.output.includes("02:00:00:00:00:01"), neighbours.output);
    }
    for (const [family, host] of [[4, "10.77.0.1"], [6, "fd77::1"]] as const) {
      const kernel = stack.ip.neighbours.table(family)!.lookup(IpAddress.parse(host), seen);
      assert(kernel?.lladdr !== undefined, `${host} is ${nudName(kernel?.state ?? 0)}`);
    }
  },
);
