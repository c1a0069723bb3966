/**
 * `tc qdisc`: the queueing discipline in front of a device.
 *
 * @module
 */
import { Fifo, PfifoFast, type Qdisc, TokenBucket } from "../../../../stack/link/qdisc.ts";
import { DeviceQueue } from "../../../../stack/link/xmit.ts";
import { UnsupportedError } from "../../target.ts";
import { type Command, type CommandResult, failed, type ShellWorld } from "./world.ts";

const DONE: CommandResult = { status: 0 };

/** Disciplines whose packets all go at once through a device that always has room, unless they are set to do otherwise. */
const TRANSPARENT = new Set(["noqueue", "fq_codel"]);
/** Packets that a fifo takes where nobody said how many: the device's transmit queue length (tc-pfifo(8)). */
const QUEUE_LENGTH = 1000;
/** Octets of an Ethernet frame by which a `bfifo` makes octets of that. */
const FRAME = 1500;

/** `tc qdisc add|replace|change|del|show dev DEVICE root KIND …`. */
export const tc: Command = ({ args, world }) => {
  const words = args.filter((word) => !word.startsWith("-"));
  if (words[0] !== "qdisc") throw new UnsupportedError(`tc ${words[0] ?? ""} on the simulated stack`);
  const command = words[1] ?? "show";
  const name = words[words.indexOf("dev") + 1];
  const device = name === undefined ? undefined : world.stack.ip.device(name);
  if (!words.includes("dev") || device === undefined) return failed(1, `Cannot find device "${name ?? ""}"`);
  if (command === "show" || command === "list") return { status: 0, stdout: shown(device.name, device.queue) };
  if (command !== "del" && command !== "delete" && !["add", "replace", "change"].includes(command)) {
    throw new UnsupportedError(`tc qdisc ${command} on the simulated stack`);
  }
  const rest = words.slice(words.indexOf("dev") + 2).filter((word) => word !== "root");
  if (rest[0] === "handle") rest.splice(0, 2);
  const qdisc = command.startsWith("del") ? undefined : disciplineOf(rest, world);
  if (typeof qdisc === "string") return failed(1, qdisc);
  if (device.queue instanceof DeviceQueue) device.queue.stop();
  device.queue = qdisc === undefined ? undefined : new DeviceQueue(world.stack.net, device, qdisc);
  return DONE;
};

/** The discipline that the words behind `root` ask for; text says what is wrong with them. */
function disciplineOf(words: readonly string[], world: ShellWorld): Qdisc | undefined | string {
  const kind = words[0] ?? "";
  const value = (name: string) => words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
  const limit = value("limit");
  if (limit !== undefined && octetsOf(limit) === undefined) return `Illegal "limit" value "${limit}"`;
  switch (kind) {
    case "pfifo":
      return new Fifo(kind, limit === undefined ? QUEUE_LENGTH : Number.parseInt(limit));
    case "bfifo":
      return new Fifo(kind, limit === undefined ? QUEUE_LENGTH * FRAME : octetsOf(limit)!);
    case "pfifo_fast":
      return new PfifoFast(QUEUE_LENGTH);
    case "tbf": {
      const rate = rateOf(value("rate") ?? "");
      const burst = octetsOf(value("burst") ?? value("buffer") ?? value("maxburst") ?? "");
      const latency = secondsOf(value("latency") ?? "");
      if (rate === undefined || burst === undefined) return 'Both "rate" and "burst" are required.';
      const room = limit !== undefined ? octetsOf(limit)! : latency === undefined ? undefined : rate * latency + burst;
      if (room === undefined) return 'Either "limit" or "latency" is required.';
      return new TokenBucket({ rate, burst, limit: room }, world.stack.net.now);
    }
  }
  if (!TRANSPARENT.has(kind)) throw new UnsupportedError(`queueing discipline '${kind}' on the simulated device`);
  return limit === "0" ? new Fifo("pfifo", 0) : undefined;
}

function shown(name: string, queue: unknown): string {
  if (!(queue instanceof DeviceQueue)) return `qdisc noqueue 0: dev ${name} root refcnt 2\n`;
  const { kind, statistics, length, backlog } = queue.qdisc;
  return `qdisc ${kind} 8001: dev ${name} root refcnt 2\n` +
    ` Sent ${statistics.bytes} bytes ${statistics.packets} pkt (dropped ${statistics.dropped}, ` +
    `overlimits ${statistics.overlimits} requeues 0)\n backlog ${backlog}b ${length}p requeues 0\n`;
}

const SIZES: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, kb: 1024, m: 1 << 20, mb: 1 << 20 };
const BITS: Readonly<Record<string, number>> = { "": 1, bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };
const OCTETS: Readonly<Record<string, number>> = { bps: 1, kbps: 1e3, mbps: 1e6 };
const TIMES: Readonly<Record<string, number>> = { s: 1, sec: 1, ms: 1e-3, msec: 1e-3, us: 1e-6, usec: 1e-6 };

/** A number with a unit of tc(8). */
function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^([0-9.]+)([a-z]*)$/.exec(text.toLowerCase());
  const unit = units[match?.[2] ?? "?"];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}

function octetsOf(text: string): number | undefined {
  return quantity(text, SIZES);
}

/** Octets per second. */
function rateOf(text: string): number | undefined {
  const bits = quantity(text, BITS);
  return bits === undefined ? quantity(text, OCTETS) : bits / 8;
}

function secondsOf(text: string): number | undefined {
  return quantity(text, TIMES);
}
