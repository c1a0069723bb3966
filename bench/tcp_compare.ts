/**
 * What TCP costs, beside another version of the stack, in one run:
 *
 * ```sh
 * deno run --allow-read --allow-env bench/tcp_compare.ts /path/to/other/worktree
 * ```
 *
 * Each figure is processor time of the median of several rounds, both versions in turn; the ratio is other / this: above 1, this
 * one is quicker. Without another version the figures stand alone.
 *
 * @module
 */
import type { Stack } from "../stack/stack.ts";
import type { PacketBuffer } from "../stack/buffer.ts";
import type { NetDevice } from "../stack/link/device.ts";
import type { IpAddress } from "../stack/wire/address.ts";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

/** What is measured of a version: both have these, whatever is behind them. */
interface Version {
  readonly name: string;
  makeStack(seed: number): Stack;
  makeBuffer(octets: Uint8Array): PacketBuffer;
  makeDevice(offload: boolean, transmit: (packet: PacketBuffer) => void): NetDevice;
  readonly address: (text: string) => IpAddress;
}

type TcpSocket = ReturnType<Stack["transports"]["tcp"]["create"]>;

const PORT = 8080;
const ROUNDS = 5;
const NOT_WAITING = 0x40;

async function load(name: string, root: string): Promise<Version> {
  const from = (path: string) => import(pathToFileURL(join(root, path)).href);
  const { Stack } = await from("stack/stack.ts");
  const { PacketBuffer } = await from("stack/buffer.ts");
  const { CallbackDevice } = await from("stack/link/callback_device.ts");
  const { IpAddress } = await from("stack/wire/address.ts");
  const sysctl = { "net.ipv4.tcp_congestion_control": "cubic" };
  return {
    name,
    makeStack: (seed) => new Stack({ seed, now_us: 1_000_000, sysctl }),
    makeBuffer: (octets) => new PacketBuffer(octets),
    makeDevice: (offload, transmit) =>
      new CallbackDevice({ transmit, gso_max_size: offload ? 65_536 : 0, checksum_offload: offload }),
    address: (text) => IpAddress.parse(text),
  };
}

/** Two stacks on a wire without delay. */
class Pair {
  readonly stacks: readonly [Stack, Stack];
  private readonly devices: readonly [NetDevice, NetDevice];
  private readonly queues: [PacketBuffer[], PacketBuffer[]] = [[], []];
  packets = 0;
  private now = 1_000_000;

  constructor(private readonly version: Version, offload: boolean) {
    this.stacks = [version.makeStack(1), version.makeStack(2)];
    const device = (end: 0 | 1) => version.makeDevice(offload, (packet) => this.queues[end].push(packet));
    this.devices = [device(0), device(1)];
    for (const end of [0, 1] as const) {
      this.stacks[end].addDevice(this.devices[end]);
      this.stacks[end].addAddress(this.devices[end], `10.0.0.${end + 1}/24`);
    }
  }

  /** Delivers what is on the wire, until nothing is. */
  run(): void {
    while (this.queues[0].length > 0 || this.queues[1].length > 0) {
      this.now += 10;
      for (const end of [0, 1] as const) {
        const waiting = this.queues[end];
        this.queues[end] = [];
        const to = this.stacks[1 - end]!;
        to.poll(this.now);
        for (const packet of waiting) {
          this.packets++;
          const came = this.version.makeBuffer(packet.view());
          came.gso_size = packet.gso_size;
          came.ip_summed = packet.ip_summed === "partial" ? "unnecessary" : "none";
          to.receive(this.devices[1 - end]!, came);
        }
      }
    }
  }

  /** Lets time pass. */
  wait(us: number): void {
    this.now += us;
    for (const stack of this.stacks) stack.runUntil(this.now);
    this.run();
  }

  connect(listener: TcpSocket): readonly [TcpSocket, TcpSocket] {
    const client = this.stacks[0].transports.tcp.create(2);
    client.connect({ address: this.version.address("10.0.0.2"), port: PORT });
    this.run();
    const server = listener.accept();
    if (typeof server === "number") throw new Error(`accept: ${server}`);
    return [client, server as TcpSocket];
  }

  listen(): TcpSocket {
    const listener = this.stacks[1].transports.tcp.create(2);
    listener.bind({ address: this.version.address("10.0.0.2"), port: PORT });
    listener.listen(1024);
    return listener;
  }
}

function processor(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function drain(sock: TcpSocket): number {
  let count = 0;
  for (;;) {
    const { result } = sock.recvmsg({ length: 1 << 18, flags: NOT_WAITING });
    if (result <= 0) return count;
    count += result;
  }
}

/** A connection of `pair`, and what sends so many octets from one end of it to the other. */
function pumping(pair: Pair): (octets: number) => void {
  const [client, server] = pair.connect(pair.listen());
  const data = new Uint8Array(1 << 16);
  return (octets) => {
    for (let arrived = 0; arrived < octets;) {
      while (client.sendmsg({ data, flags: NOT_WAITING }) > 0);
      pair.run();
      const got = drain(server);
      if (got === 0) pair.wait(1000);
      arrived += got;
    }
  };
}

/** Microseconds per megabyte of one connection, both ends. */
function bulk(version: Version, offload: boolean): number {
  const pair = new Pair(version, offload);
  const pump = pumping(pair);
  const megabytes = offload ? 128 : 32;
  pump(8 << 20);
  return processor(() => pump(megabytes << 20)) / megabytes;
}

/** Microseconds per exchange of one octet each way. */
function pingPong(version: Version): number {
  const pair = new Pair(version, false);
  const [client, server] = pair.connect(pair.listen());
  const octet = Uint8Array.of(1);
  const exchange = (times: number) => {
    for (let i = 0; i < times; i++) {
      client.sendmsg({ data: octet, flags: NOT_WAITING });
      pair.run();
      if (drain(server) !== 1) throw new Error("nothing came");
      server.sendmsg({ data: octet, flags: NOT_WAITING });
      pair.run();
      if (drain(client) !== 1) throw new Error("nothing came back");
    }
  };
  exchange(2000);
  const times = 20_000;
  return processor(() => exchange(times)) / times;
}

/** Microseconds per exchange with as many connections open, each used in turn. */
function manyConnections(version: Version, count: number): number {
  const pair = new Pair(version, false);
  const listener = pair.listen();
  const connections = Array.from({ length: count }, () => pair.connect(listener));
  const octet = Uint8Array.of(1);
  let next = 0;
  const exchange = (times: number) => {
    for (let i = 0; i < times; i++) {
      const [client, server] = connections[next = (next + 7919) % count]!;
      client.sendmsg({ data: octet, flags: NOT_WAITING });
      pair.run();
      if (drain(server) !== 1) throw new Error("nothing came");
      server.sendmsg({ data: octet, flags: NOT_WAITING });
      pair.run();
      drain(client);
    }
  };
  exchange(count);
  const times = 20_000;
  return processor(() => exchange(times)) / times;
}

/** Octets of memory taken per packet on an established connection that sends and receives full segments. */
function allocation(version: Version): number {
  const pair = new Pair(version, false);
  const pump = pumping(pair);
  pump(16 << 20);
  // A young generation that is not collected meanwhile shows what was taken: little enough is sent for that.
  const samples: number[] = [];
  for (let i = 0; i < 20; i++) {
    const { packets } = pair;
    const before = Deno.memoryUsage().heapUsed;
    pump(1 << 18);
    const taken = Deno.memoryUsage().heapUsed - before;
    if (taken > 0) samples.push(taken / (pair.packets - packets));
  }
  return median(samples);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const MEASURES: readonly (readonly [string, (version: Version) => number])[] = [
  ["bulk, each packet as is, µs/MB", (version) => bulk(version, false)],
  ["bulk, aggregates, µs/MB", (version) => bulk(version, true)],
  ["ping-pong of one octet, µs", pingPong],
  ["the same, 1 of 10,000 connections", (version) => manyConnections(version, 10_000)],
  ["heap per packet, octets", allocation],
];

async function main(other: string | undefined): Promise<void> {
  const root = new URL("..", import.meta.url).pathname;
  const versions = [await load("this", root)];
  if (other !== undefined) versions.push(await load("other", other));
  console.log(["".padEnd(36), ...versions.map(({ name }) => name.padStart(10)), "   ratio"].join(""));
  for (const [name, measure] of MEASURES) {
    const taken = versions.map((): number[] => []);
    const rounds = name.includes("10,000") ? 3 : ROUNDS;
    for (let round = 0; round < rounds; round++) {
      versions.forEach((version, i) => taken[i]!.push(measure(version)));
    }
    const medians = taken.map(median);
    const ratio = medians.length > 1 ? (medians[1]! / medians[0]!).toFixed(2) : "";
    console.log(
      [name.padEnd(36), ...medians.map((value) => value.toFixed(1).padStart(10)), ratio.padStart(8)].join(""),
    );
  }
}

if (import.meta.main) await main(Deno.args[0]);
