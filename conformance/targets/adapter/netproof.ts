/**
 * The adapter of netproof's own stack: the program behind the target "tun". It speaks the adapter protocol on its
 * standard streams and runs one stack in real time for each world.
 *
 * @module
 */

import { F_GETFL, F_SETFL, O_NONBLOCK, O_RDONLY } from "../../../abi/file_constants.ts";
import { realtime } from "../../../host/clock.ts";
import { check } from "../../../host/errno.ts";
import { runInNamespace } from "../../../host/netns.ts";
import { type Reactor, reactor } from "../../../host/reactor.ts";
import { close, open, syscall } from "../../../host/syscall.ts";
import { TunDevice } from "../../../host/tun.ts";
import { realtimeOffset, StackDriver, stackNow } from "../../../runtime/driver.ts";
import { openOffloadingTun, TunNetDevice } from "../../../runtime/tun_device.ts";
import { counterNames } from "../../../stack/mib.ts";
import { Stack } from "../../../stack/stack.ts";
import type { PendingCall } from "../../../abi/system_call.ts";
import type { NetDevice } from "../../../stack/link/device.ts";
import { NUD_PERMANENT } from "../../../stack/link/neighbour_state.ts";
import { IpAddress, MacAddress } from "../../../stack/wire/address.ts";
import { JsonLines } from "../json_lines.ts";
import { enterRealtime } from "../realtime.ts";
import { DiskFiles } from "../sim/disk.ts";
import { addInterfaces } from "../sim/interfaces.ts";
import { WorldFiles } from "../sim/files.ts";
import { Jobs } from "../sim/shell/jobs.ts";
import { ShellTrees } from "../sim/shell/tree.ts";
import { WorldShell } from "../sim/shell/world_shell.ts";
import { QUIET_SETTINGS } from "../quiet.ts";
import { UnsupportedError } from "../target.ts";
import { type AdapterReply, type AdapterRequest, PROTOCOL, requestSchema, toWire } from "./protocol.ts";

type OpenRequest = Extract<AdapterRequest, { type: "open" }>;
type Answer = AdapterReply extends infer R ? R extends { id: number } ? Omit<R, "id"> : never : never;

/** Time is real here, and commands are run at once. */
function noTimePasses(): never {
  throw new UnsupportedError("a command in the foreground that takes time");
}

/** One stack on one device. */
class World {
  readonly #driver: StackDriver;
  readonly #shell: WorldShell;
  readonly #pending = new Set<PendingCall>();

  constructor(request: OpenRequest, reactor: Reactor) {
    const files = new WorldFiles(request.cwd, new DiskFiles());
    const stack = new Stack({
      now_us: stackNow(),
      realtime_offset_us: realtimeOffset(),
      sockets: { files },
    });
    const { ethernet } = request;
    if ([request, ...request.interfaces].some((one) => one.ethernet?.quiet === true)) {
      for (const [name, value] of Object.entries(QUIET_SETTINGS)) stack.net.sysctl.set(name, value);
    }
    this.#driver = new StackDriver(stack, reactor);
    const device = this.#attach(request, request);
    const world = {
      stack,
      device,
      files,
      cwd: request.cwd,
      environment: request.environment,
      flushTcpMetrics: () => {},
      nstatHistory: new Map<string, number>(),
    };
    this.#shell = new WorldShell(world, new Jobs(stack, noTimePasses), new ShellTrees());
    for (const { address, prefix_length } of request.addresses) {
      stack.addAddress(device, { address: IpAddress.parse(address), length: prefix_length }, { nodad: true });
    }
    this.#addInterfaces(request);
    for (const { destination, prefix_length, gateway } of request.routes.filter((route) => route.device === null)) {
      const prefix = { address: IpAddress.parse(destination).masked(prefix_length), length: prefix_length };
      stack.removeRoute({ prefix, device });
      const result = stack.addRoute({
        prefix,
        device,
        gateway: gateway === null ? undefined : IpAddress.parse(gateway),
      });
      if (result < 0) throw new Error(`the route to ${destination} was refused with errno ${-result}`);
      if (ethernet?.quiet === true) knowNeighbours(stack, device, [destination, gateway], ethernet.peer);
    }
    this.#driver.poke();
  }

  /** Makes a device of the stack from one of the namespace's. */
  #attach(request: OpenRequest, { device, mtu, ethernet }: OpenRequest["interfaces"][number]): NetDevice {
    const tun = openDevice(request, device, ethernet !== null);
    const address = ethernet === null ? undefined : MacAddress.parse(ethernet.address);
    return this.#driver.attach(new TunNetDevice(tun, { name: device, mtu, address }));
  }

  #addInterfaces(request: OpenRequest): void {
    const { stack } = this.#driver;
    const interfaces = request.interfaces.map(({ device, mtu, addresses }) => ({
      name: device,
      mtu,
      addresses: addresses.map(({ address, prefix_length }) => ({ address, prefixLength: prefix_length })),
    }));
    const routes = request.routes.flatMap(({ destination, prefix_length, gateway, device }) =>
      device === null ? [] : [{ destination, prefixLength: prefix_length, gateway: gateway ?? undefined, device }]
    );
    const quiet = [request, ...request.interfaces].every(({ ethernet }) => ethernet?.quiet !== false);
    addInterfaces(stack, { interfaces, routes, quiet }, (name) => {
      const known = stack.ip.device(name);
      return known ?? this.#attach(request, request.interfaces.find(({ device }) => device === name)!);
    });
  }

  /** The numbers of its interfaces, by name. */
  indexes(): Record<string, number> {
    const { devices } = this.#driver.stack.ip.routes;
    return Object.fromEntries(Array.from(devices.values(), ({ device }) => [device.name, device.ifindex]));
  }

  call(request: Extract<AdapterRequest, { type: "call" }>["request"], answer: (answer: Answer) => void): void {
    let returned = false;
    // What the runner sent before this call is on the device already.
    this.#driver.collect();
    const call = this.#driver.call(request);
    this.#pending.add(call);
    call.onSettled((outcome) => {
      returned = true;
      this.#pending.delete(call);
      answer({ type: "returned", outcome, time_us: realtime() });
    });
    if (!returned) answer({ type: "blocked" });
  }

  command(text: string): { status: number; output: string } {
    const outcome = this.#shell.run(text);
    this.#driver.poke();
    return { status: outcome.status, output: outcome.output };
  }

  counters(): Record<string, number> {
    const zeros = Object.fromEntries(Array.from(counterNames(), (name) => [name, 0]));
    this.#driver.collect();
    return { ...zeros, ...Object.fromEntries(this.#driver.stack.net.mib.snapshot()) };
  }

  close(): void {
    for (const call of this.#pending) call.cancel();
    this.#driver.stack.sockets.closeAll();
    this.#driver[Symbol.dispose]();
  }
}

/** The link-layer address of the other end is known under these addresses. */
function knowNeighbours(stack: Stack, device: NetDevice, addresses: readonly (string | null)[], peer: string): void {
  const { bytes } = MacAddress.parse(peer);
  for (const text of addresses) {
    if (text === null) continue;
    const address = IpAddress.parse(text);
    stack.ip.neighbours.table(address.family)?.obtain(address, device)?.set(NUD_PERMANENT, bytes);
  }
}

function openDevice(request: OpenRequest, name: string, ethernet: boolean): TunDevice {
  const mode = ethernet ? "tap" : "tun";
  const namespace = check(open(request.netns, O_RDONLY), `open ${request.netns}`);
  try {
    return runInNamespace(
      namespace,
      () => request.offload ? openOffloadingTun({ name, mode }) : TunDevice.open({ name, mode }),
    );
  } finally {
    close(namespace);
  }
}

/** Serves one runner. */
class Adapter {
  readonly #reactor = reactor();
  readonly #worlds = new Map<number, World>();
  readonly #channel: JsonLines;

  constructor() {
    for (const fd of [0, 1]) {
      const flags = check(syscall("fcntl", fd, F_GETFL), "fcntl");
      check(syscall("fcntl", fd, F_SETFL, flags | O_NONBLOCK), "fcntl");
    }
    this.#channel = new JsonLines(0, 1, this.#reactor, {
      message: (value) => this.#received(value),
      closed: (error) => {
        if (error !== undefined) console.error(`netproof adapter: ${error.message}`);
        Deno.exit(error === undefined ? 0 : 1);
      },
    });
  }

  #received(value: unknown): void {
    const request = requestSchema.parse(value);
    const answer = (body: Answer) => this.#channel.send(toWire({ ...body, id: request.id }));
    try {
      this.#serve(request, answer);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      answer({ type: "error", message, unsupported: error instanceof UnsupportedError });
    }
  }

  #world(number: number): World {
    const world = this.#worlds.get(number);
    if (world === undefined) throw new Error(`there is no world ${number}`);
    return world;
  }

  #serve(request: AdapterRequest, answer: (answer: Answer) => void): void {
    switch (request.type) {
      case "hello":
        return answer({
          type: "hello",
          protocol: PROTOCOL,
          stack: "netproof's own stack in real time",
          features: ["commands", "counters", "ethernet", "interfaces"],
        });
      case "open":
        if (this.#worlds.has(request.world)) throw new Error(`there is a world ${request.world} already`);
        this.#worlds.set(request.world, new World(request, this.#reactor));
        return answer({ type: "opened", indexes: this.#world(request.world).indexes() });
      case "call":
        return this.#world(request.world).call(request.request, answer);
      case "command":
        return answer({ type: "exited", ...this.#world(request.world).command(request.text) });
      case "counters":
        return answer({ type: "counters", counters: this.#world(request.world).counters() });
      case "close":
        this.#world(request.world).close();
        this.#worlds.delete(request.world);
        return answer({ type: "closed" });
    }
  }
}

if (import.meta.main) {
  // Refused without the privilege: then a busy machine makes the stack later.
  enterRealtime();
  new Adapter();
}
