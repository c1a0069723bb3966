import { assert, assertEquals } from "@std/assert";
import { NetworkNamespace } from "../host/netns.ts";
import { run } from "../host/process.ts";
import { Reactor, type Timer, type Watch } from "../host/reactor.ts";
import { needing } from "../host/test_support.ts";
import { TunDevice } from "../host/tun.ts";
import { CallbackDevice } from "../stack/link/callback_device.ts";
import { Stack } from "../stack/stack.ts";
import { parseImpairment } from "../stack/link/impairment.ts";
import { realtimeOffset, StackDriver, stackNow } from "./driver.ts";
import { configureKernelEnd } from "./kernel_end.ts";
import { openOffloadingTun, TunNetDevice } from "./tun_device.ts";

/** A namespace whose kernel end of a TUN device is 10.77.0.1, and a stack at 10.77.0.2 behind it. */
function bench(reactor: Reactor, offload: boolean, impairment?: string) {
  const namespace = NetworkNamespace.create();
  const device = namespace.run(() => {
    const tun = offload ? openOffloadingTun({ name: "tun0" }) : TunDevice.open({ name: "tun0" });
    configureKernelEnd({ device: "tun0", addresses: ["10.77.0.1/24", "fd77::1/64"] });
    return new TunNetDevice(tun);
  });
  const stack = new Stack({ now_us: stackNow(), realtime_offset_us: realtimeOffset() });
  const driver = new StackDriver(stack, reactor);
  const impairments = impairment === undefined ? undefined : parseImpairment(impairment);
  const seen = driver.attach(device, { impairments });
  stack.addAddress(seen, "10.77.0.2/24");
  stack.addAddress(seen, "fd77::2/64");
  return {
    device,
    driver,
    namespace,
    [Symbol.dispose]() {
      driver[Symbol.dispose]();
      namespace[Symbol.dispose]();
    },
  };
}

for (const offload of [false, true]) {
  needing(
    { privilege: "tun", programs: ["ping"] },
    `driver: the kernel's ping gets its answers, offload ${offload}`,
    async () => {
      using reactor = new Reactor();
      using world = bench(reactor, offload);
      for (const host of ["10.77.0.2", "fd77::2"]) {
        const command = {
          command: "ping",
          args: ["-c", "3", "-i", "0.01", "-w", "20", "-s", "4000", host],
          namespaceFd: world.namespace.fd,
        };
        const result = await run(command, reactor);
        assertEquals(result.code, 0, result.output);
        assert(result.output.includes(" 3 received"), result.output);
      }
      assert(world.device.statistics.tx_packets >= 6);
    },
  );
}

Deno.test("driver: what has arrived is taken in before timers that are due run", () => {
  const order: string[] = [];
  const waiting = { watch: () => ({ close: () => {} }) as Watch, at: () => ({ cancel: () => {} }) as Timer };
  const stack = new Stack({ now_us: stackNow() });
  using driver = new StackDriver(stack, waiting);
  let packets = 1;
  const device = Object.assign(new CallbackDevice({ name: "tun0", transmit: () => {} }), {
    fd: -1,
    drain: () => packets > 0 ? (order.push("packet"), packets--, 1) : 0,
    [Symbol.dispose]: () => {},
  });
  driver.attach(device);
  const timer = stack.net.timers.create("test", () => order.push("timer"));
  timer.arm(stack.net.now);
  driver.poke();
  assertEquals(order, ["packet", "timer"]);
  // A flood does not keep timers from running.
  packets = Infinity;
  timer.arm(stack.net.now);
  driver.poke();
  assertEquals(order.at(-1), "timer");
});
