/**
 * One world whose stack is in an adapter's process, on the file end of a TUN device. The runner injects and captures at
 * the other end, the network interface.
 *
 * @module
 */

import { ENOSYS } from "../../../abi/errno.ts";
import { monotonic, realtime } from "../../../host/clock.ts";
import { EPOLL, type Reactor, type Watch } from "../../../host/reactor.ts";
import { getpid } from "../../../host/syscall.ts";
import type { SystemCallRequest } from "../../../abi/system_call.ts";
import { nextTick } from "../kernel/tick.ts";
import type { Workshop } from "../kernel/workshop.ts";
import type { MadeWorld } from "../kernel/workshop_protocol.ts";
import { PacketQueue } from "../packet_queue.ts";
import { commandEnvironment } from "../command_environment.ts";
import { hasEthernet, nextHop } from "../quiet.ts";
import type {
  CapturedPacket,
  CommandOutcome,
  InjectedPacket,
  RunningCall,
  Session,
  TimedOutcome,
  WorldOptions,
} from "../target.ts";
import {
  DEFAULT_MTU,
  DEVICE_NAMES,
  ETHERNET,
  type EthernetEnds,
  ethernetEndsOf,
  TargetError,
  UnsupportedError,
} from "../target.ts";
import { InterfaceSocket } from "./interface_socket.ts";
import { outcomeProblem, returnTime } from "./outcome.ts";
import type { AdapterProcess } from "./process.ts";
import type { AdapterReply } from "./protocol.ts";

/** Script time 0 is this much after a tick, as on the kernel, for stacks whose timers follow the same clock, µs. */
const START_DELAY = 250;
const TICK_MARGIN = 100;
const FIRST_EPHEMERAL_PORT = 32768;
const EPHEMERAL_PORTS = 28232;
/** Of what a command printed, so many characters are kept. */
const KEPT_OUTPUT = 64 << 10;

type Returned = Extract<AdapterReply, { type: "returned" }>;

/** The runner's end of an interface; without a name, of the usual one. */
interface NamedSocket {
  readonly name: string | undefined;
  readonly socket: InterfaceSocket;
}

/** See {@link Session}. */
export class AdapterSession implements Session {
  ethernet: EthernetEnds | undefined = undefined;
  readonly #world: MadeWorld;
  readonly #workshop: Workshop;
  readonly #adapter: AdapterProcess;
  readonly #sockets: readonly NamedSocket[];
  readonly #watches: readonly Watch[];
  #indexes: Readonly<Record<string, number>> = {};
  readonly #queue: PacketQueue;
  #origin = realtime();
  #port: number;
  #closed = false;
  /** Name of the usual interface. */
  #usual = "";

  /** Takes over a world; {@link AdapterSession.open} is the next step. */
  constructor(world: MadeWorld, workshop: Workshop, adapter: AdapterProcess, reactor: Reactor) {
    this.#world = world;
    this.#workshop = workshop;
    this.#adapter = adapter;
    this.#port = world.world * 97 % EPHEMERAL_PORTS;
    this.#queue = new PacketQueue(reactor, () => this.#sockets.forEach((one) => this.#collect(one)));
    this.#sockets = [{ ...world, name: undefined }, ...world.further].map(({ name, captureFd, deviceIndex }) => ({
      name,
      socket: new InterfaceSocket(captureFd, deviceIndex),
    }));
    this.#watches = this.#sockets.map((one) => reactor.watch(one.socket.fd, EPOLL.IN, () => this.#collect(one)));
  }

  /** Has the adapter start a stack. Rejects with `TargetError` or `UnsupportedError`. */
  async open(options: WorldOptions): Promise<void> {
    const { features } = this.#adapter.hello!;
    const { interfaces = [], routes = [], device: kind = "tun" } = options;
    const usual = DEVICE_NAMES[kind];
    if (interfaces.length + routes.length > 0 && !features.includes("interfaces")) {
      throw new UnsupportedError("several interfaces with this adapter");
    }
    if (hasEthernet(options) && !features.includes("ethernet")) {
      throw new UnsupportedError("Ethernet with this adapter");
    }
    if (kind === "tap") this.ethernet = ETHERNET;
    this.#usual = usual;
    const linkOf = (ends: EthernetEnds | undefined) =>
      ends === undefined ? null : { address: ends.own, peer: ends.peer, quiet: options.quiet !== false };
    const opened = await this.#adapter.ask({
      type: "open",
      world: this.#world.world,
      netns: `/proc/${getpid()}/fd/${this.#world.namespaceFd}`,
      device: usual,
      ethernet: linkOf(this.ethernet),
      mtu: options.mtu,
      offload: options.offload,
      addresses: options.anyIp ? [] : [{ address: options.localIp, prefix_length: options.localPrefixLength }],
      routes: [
        {
          destination: options.remoteIp,
          prefix_length: options.remotePrefixLength,
          gateway: nextHop(options) ?? null,
          device: null,
        },
        ...routes.map(({ destination, prefixLength, gateway, device }) => ({
          destination,
          prefix_length: prefixLength,
          gateway: gateway ?? null,
          device,
        })),
      ],
      interfaces: interfaces.map(({ name, addresses, mtu = DEFAULT_MTU }) => ({
        device: name,
        mtu: name === usual ? options.mtu : mtu,
        ethernet: linkOf(ethernetEndsOf(name)),
        addresses: addresses.map(({ address, prefixLength }) => ({ address, prefix_length: prefixLength })),
      })),
      cwd: options.cwd,
      environment: commandEnvironment(options),
    }, "opened");
    this.#indexes = opened.indexes ?? {};
  }

  interfaceIndex(name: string): number | undefined {
    return this.#indexes[name];
  }

  async start(): Promise<void> {
    const now = monotonic();
    const origin = realtime() + nextTick(this.#world.tick, now + TICK_MARGIN) - now + START_DELAY;
    this.#queue.moveOrigin(origin - this.#origin);
    this.#origin = origin;
    await this.#queue.waitUntil(this.#origin);
  }

  get epoch_us(): number {
    return this.#origin;
  }

  now(): number {
    return realtime() - this.#origin;
  }

  async waitUntil(time_us: number): Promise<void> {
    await this.#queue.waitUntil(this.#origin + time_us);
  }

  inject(packet: InjectedPacket): void {
    if (packet.gsoSize !== undefined && packet.gsoSize > 0) {
      throw new UnsupportedError("an aggregate can't be given to a stack behind a TUN device (--mss)");
    }
    const name = packet.interface === this.#usual ? undefined : packet.interface;
    const through = this.#sockets.find((one) => one.name === name);
    if (through === undefined) throw new TargetError(`there is no interface ${packet.interface}`);
    through.socket.send(packet.bytes);
  }

  #collect({ name, socket }: NamedSocket): void {
    for (let packet; (packet = socket.receive()) !== undefined;) {
      this.#queue.push({
        bytes: packet.data,
        time_us: packet.time - this.#origin,
        checksumPartial: packet.checksumNotReady,
        gsoSize: packet.gsoSize,
        interface: name,
      });
    }
  }

  receive(deadline_us: number): Promise<CapturedPacket | undefined> {
    return this.#queue.receive(this.#origin + deadline_us);
  }

  unread(): readonly CapturedPacket[] {
    return this.#closed ? [] : this.#queue.takeAll();
  }

  call(request: SystemCallRequest): RunningCall {
    const started = Promise.withResolvers<undefined>();
    const settled = Promise.withResolvers<TimedOutcome>();
    // Whoever is not interested in how a call ends must not be told by an unhandled rejection.
    started.promise.catch(() => {});
    settled.promise.catch(() => {});
    const running: { outcome: TimedOutcome | undefined; started: Promise<undefined>; settled: Promise<TimedOutcome> } =
      {
        outcome: undefined,
        started: started.promise,
        settled: settled.promise,
      };
    const fail = (error: Error) => {
      started.reject(error);
      settled.reject(error);
    };
    const asked_us = realtime();
    let blocked = false;
    this.#adapter.start({ type: "call", world: this.#world.world, request }, {
      reply: (reply) => {
        if (reply.type === "blocked" && !blocked) {
          blocked = true;
          started.resolve(undefined);
          return false;
        }
        if (reply.type !== "returned") throw new Error(`it answered ${request.name} with ${reply.type}`);
        const outcome = this.#outcomeOf(request, reply, asked_us);
        if (outcome instanceof Error) fail(outcome);
        else {
          running.outcome = outcome;
          started.resolve(undefined);
          settled.resolve(outcome);
        }
        return true;
      },
      fail,
    });
    return running;
  }

  /** What a call did, or why that can't be. */
  #outcomeOf(request: SystemCallRequest, reply: Returned, asked_us: number): TimedOutcome | Error {
    const { outcome } = reply;
    if (outcome.result === -1 && outcome.errno === ENOSYS) {
      return new UnsupportedError(`${request.name}, which the stack does not have (ENOSYS)`);
    }
    const problem = outcomeProblem(request, outcome);
    if (problem !== undefined) return new TargetError(`${this.#adapter.name}: ${request.name}: ${problem}`);
    const returned_us = returnTime(reply.time_us, asked_us, realtime());
    if (typeof returned_us === "number") return { ...outcome, ended_us: returned_us - this.#origin };
    return new TargetError(`${this.#adapter.name}: ${request.name}: ${returned_us.problem}`);
  }

  async command(text: string): Promise<CommandOutcome> {
    const { status, output } = await this.#adapter.ask({ type: "command", world: this.#world.world, text }, "exited");
    return { status, signal: undefined, output: output.slice(0, KEPT_OUTPUT) };
  }

  remotePort(): number {
    this.#port = (this.#port + 1) % EPHEMERAL_PORTS;
    return FIRST_EPHEMERAL_PORT + this.#port;
  }

  async counters(): Promise<ReadonlyMap<string, number>> {
    const { counters } = await this.#adapter.ask({ type: "counters", world: this.#world.world }, "counters");
    return new Map(Object.entries(counters));
  }

  interrupt(reason: Error): void {
    this.#queue.interrupt(reason);
  }

  get stuck(): TargetError | undefined {
    return this.#adapter.owes(this.#world.world);
  }

  async close(): Promise<TargetError | void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#queue.interrupt(new Error("the session is closed"));
    const wasDead = this.#adapter.dead !== undefined;
    // The adapter lets go of the device first; one that is dead already has.
    const closed = await this.#adapter.ask({ type: "close", world: this.#world.world }, "closed").catch((error) =>
      error
    );
    for (const watch of this.#watches) watch.close();
    this.#workshop.destroy(this.#world.world);
    // Of one that broke before, the run has heard.
    if (closed instanceof TargetError && !wasDead) return closed;
  }
}
