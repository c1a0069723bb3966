/**
 * What an impaired link does to packets, as settings and as text such as
 * `loss=2% reorder=5% dup=1% corrupt=0.5% delay=20ms jitter=2ms rate=100mbit queue=200 seed=7`.
 *
 * @module
 */

/** One direction of an impaired link. Probabilities from 0 to 1, times in µs. */
export interface Impairment {
  /** A packet is lost. */
  readonly loss: number;
  /** A packet is held back until one to {@link reorder_distance} later ones have overtaken it. */
  readonly reorder: number;
  /** A packet arrives twice. */
  readonly duplicate: number;
  /** One bit of a packet is inverted. */
  readonly corrupt: number;
  /** Time every packet takes. */
  readonly delay_us: number;
  /** Uniform deviation from {@link delay_us}, either way; packets may overtake each other. */
  readonly jitter_us: number;
  /** Bits per second, 0 for no limit. */
  readonly rate: number;
  /** Packets that may wait or be under way; more are dropped. */
  readonly queue: number;
  /** Most packets that overtake one held back. */
  readonly reorder_distance: number;
  /** Seed of the direction's random numbers. */
  readonly seed: number;
}

/** Both directions, from and to the stack whose device is wrapped. */
export interface Impairments {
  /** For what the stack sends. */
  readonly out: Impairment;
  /** For what it receives. */
  readonly in: Impairment;
}

/** A link without faults. */
export const NO_IMPAIRMENT: Impairment = Object.freeze({
  loss: 0,
  reorder: 0,
  duplicate: 0,
  corrupt: 0,
  delay_us: 0,
  jitter_us: 0,
  rate: 0,
  queue: 1000,
  reorder_distance: 3,
  seed: 1,
});

type Key = keyof Impairment;

const KEYS: Readonly<Record<string, readonly [Key, (text: string) => number | undefined, string]>> = {
  loss: ["loss", parseProbability, "a percentage such as 2% or a probability from 0 to 1"],
  reorder: ["reorder", parseProbability, "a percentage such as 5% or a probability from 0 to 1"],
  dup: ["duplicate", parseProbability, "a percentage such as 1% or a probability from 0 to 1"],
  duplicate: ["duplicate", parseProbability, "a percentage such as 1% or a probability from 0 to 1"],
  corrupt: ["corrupt", parseProbability, "a percentage such as 0.5% or a probability from 0 to 1"],
  delay: ["delay_us", parseTime, "a time such as 20ms, 500us or 1s"],
  jitter: ["jitter_us", parseTime, "a time such as 2ms, 500us or 1s"],
  rate: ["rate", parseRate, "a rate such as 100mbit, 64kbit, 1gbit or 9600bit"],
  queue: ["queue", parseCount, "a number of packets from 1"],
  distance: ["reorder_distance", parseCount, "a number of packets from 1"],
  seed: ["seed", parseSeed, "a whole number"],
};

/**
 * Reads an impairment: `key=value` words separated by spaces or commas. A word counts for both directions unless it
 * starts with `in.` or `out.`. Throws `SyntaxError` that says which word is wrong and what is expected.
 */
export function parseImpairment(text: string): Impairments {
  const result = { out: { ...NO_IMPAIRMENT }, in: { ...NO_IMPAIRMENT, seed: NO_IMPAIRMENT.seed + 1 } };
  for (const word of text.split(/[\s,]+/)) {
    if (word === "") continue;
    const match = /^(?:(in|out)\.)?([a-z]+)=(.*)$/.exec(word);
    if (match === null) throw new SyntaxError(`impairment "${word}": expected key=value, e.g. loss=2%`);
    const [, direction, key, value] = match;
    const known = Object.hasOwn(KEYS, key!) ? KEYS[key!] : undefined;
    if (known === undefined) {
      throw new SyntaxError(`impairment "${word}": no such key; there are ${Object.keys(KEYS).join(", ")}`);
    }
    const [field, parse, expected] = known;
    const number = parse(value!);
    if (number === undefined) throw new SyntaxError(`impairment "${word}": expected ${expected}`);
    if (direction !== "in") result.out[field] = number;
    // The same random numbers in both directions would lose a packet and its answer together.
    if (direction !== "out") result.in[field] = field === "seed" && direction === undefined ? number + 1 : number;
  }
  return result;
}

function parseProbability(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text);
  if (match === null) return undefined;
  const value = Number(match[1]) / (match[2] === "%" ? 100 : 1);
  return value <= 1 ? value : undefined;
}

const TIME_UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1000, s: 1_000_000 };
const RATE_UNITS: Readonly<Record<string, number>> = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 };

function parseUnits(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([a-z]+)$/.exec(text);
  const unit = match === null || !Object.hasOwn(units, match[2]!) ? undefined : units[match[2]!];
  return unit === undefined ? undefined : Number(match![1]) * unit;
}

function parseTime(text: string): number | undefined {
  return text === "0" ? 0 : parseUnits(text, TIME_UNITS);
}

function parseRate(text: string): number | undefined {
  const rate = parseUnits(text.toLowerCase(), RATE_UNITS);
  return rate === 0 ? undefined : rate;
}

function parseCount(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function parseSeed(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
