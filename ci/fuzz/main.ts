/**
 * `deno task fuzz`: a great many packets and calls, with what they cost.
 *
 * @module
 */
import { Command, InvalidArgumentError } from "commander";
import fc from "fast-check";
import { toHex } from "../../stack/wire/bytes.ts";
import { callStep, CallWorld } from "./call_world.ts";
import { type Cost, PacketWorld } from "./packet_world.ts";

/** Packets and calls for each stack. */
const PACKETS_PER_WORLD = 50_000;
const CALLS_PER_WORLD = 2_000;
const SHOWN = 5;
const MEGA = 1 << 20;

interface FuzzOptions {
  readonly packets: number;
  readonly calls: number;
  readonly seed: number;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError("a whole number of at least 0");
  return value;
}

function parseOptions(args: readonly string[]): FuzzOptions {
  const command = new Command("deno task fuzz")
    .description("Gives stacks packets and calls that mean no good. The same seed gives the same ones.")
    .option("--packets <n>", "how many packets", count, 1_000_000)
    .option("--calls <n>", "how many calls with odd arguments", count, 100_000)
    .option("--seed <n>", "seed of the first stack; each has the next", count, 1)
    .parse([...args], { from: "user" });
  return command.opts<FuzzOptions>();
}

/** What `--expose-gc` gives. Without it, memory that is free already counts as used. */
function collectGarbage(): void {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc === "function") gc();
}

/** How much memory is in use after each stack, collected: what stacks leave behind. */
class Memory {
  readonly #samples: number[] = [];
  most = 0;

  sample(): void {
    collectGarbage();
    const { heapUsed, external, rss } = Deno.memoryUsage();
    this.#samples.push(heapUsed + external);
    this.most = Math.max(this.most, rss);
  }

  toString(): string {
    const mega = (octets: number | undefined) => ((octets ?? 0) / MEGA).toFixed(1);
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return `heap ${mega(first)} MiB after the first stack, ${mega(last)} MiB after the last; resident at most ${
      mega(this.most)
    } MiB`;
  }
}

/** What went wrong, with what to repeat it by. */
function report(what: string, seed: number, step: number, error: unknown): never {
  console.error(`${what} ${step} of the stack with seed ${seed}: repeat with --seed ${seed}`);
  throw error;
}

/** How long the same packet takes when everything is done once more, ms: what was no other program's doing. */
function again(seed: number, before: number): number {
  const world = new PacketWorld(seed);
  for (let i = 0; i < before; i++) world.step();
  return world.step();
}

function fuzzPackets(total: number, firstSeed: number): void {
  const memory = new Memory();
  const costs: (Cost & { readonly seed: number })[] = [];
  const began = performance.now();
  let sent = 0;
  for (let done = 0, seed = firstSeed; done < total; seed++) {
    const world = new PacketWorld(seed);
    const count = Math.min(PACKETS_PER_WORLD, total - done);
    for (let i = 0; i < count; i++) {
      try {
        world.step();
      } catch (error) {
        report("packet", seed, i, error);
      }
    }
    world.end();
    done += count;
    sent += world.sent;
    costs.push({ ...world.slowest, seed });
    costs.sort((a, b) => b.ms - a.ms).splice(SHOWN);
    memory.sample();
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(`${total} packets in, ${sent} out, ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} a second`);
  console.log(memory.toString());
  for (const { ms, kind, packet, before, seed } of costs) {
    const least = Math.min(ms, again(seed, before), again(seed, before));
    console.log(`${ms.toFixed(2)} ms, at least ${least.toFixed(2)} ms: packet ${before} of seed ${seed}: ${kind}`);
    console.log(`  ${toHex(packet.subarray(0, 100))}`);
  }
}

function fuzzCalls(total: number, firstSeed: number): void {
  const memory = new Memory();
  let slowest = { ms: 0, what: "" };
  const outcomes = new Map<string, number>();
  const began = performance.now();
  for (let done = 0, seed = firstSeed; done < total; seed++) {
    const world = new CallWorld(outcomes);
    const steps = fc.sample(callStep, { numRuns: Math.min(CALLS_PER_WORLD, total - done), seed });
    for (const [i, step] of steps.entries()) {
      try {
        world.step(step);
      } catch (error) {
        report("call", seed, i, error);
      }
    }
    world.end();
    done += steps.length;
    if (world.slowest.ms > slowest.ms) slowest = world.slowest;
    memory.sample();
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(
    `${total} calls of ${outcomes.size} kinds and outcomes, ${seconds.toFixed(1)} s, ${
      Math.round(total / seconds)
    } a second`,
  );
  console.log(memory.toString());
  console.log(`slowest: ${slowest.what}, ${slowest.ms.toFixed(2)} ms`);
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  if (options.packets > 0) fuzzPackets(options.packets, options.seed);
  if (options.calls > 0) fuzzCalls(options.calls, options.seed);
}
