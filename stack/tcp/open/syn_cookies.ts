/**
 * SYN cookies: a SYN-ACK whose sequence number is all that is kept of a SYN (RFC 4987 section 3.6).
 *
 * @module
 */
import type { Net } from "../../net.ts";
import { equalBytes } from "../../wire/bytes.ts";
import { SipHash } from "../siphash.ts";
import { concatBytes } from "../../wire/bytes.ts";

/** MSS values that a cookie can tell apart. */
const MSS_TABLE = [536, 1300, 1440, 1460] as const;
const MSS_TABLE6 = [1280 - 60, 1480 - 60, 1500 - 60, 9000 - 60] as const;
/** A cookie changes this often, µs. */
const PERIOD = 64_000_000;
/** Periods that a cookie is good for. */
const LIFETIME = 2;
/** In a timestamp: bits that say what was agreed on. 4 bits of window scale (15 for none), SACK, ECN. */
const OPTION_BITS = 6;
const NO_SCALE = 15;

/** What a timestamp says of the options that a SYN had. */
export interface CookieOptions {
  readonly windowScale: number | undefined;
  readonly sack: boolean;
  readonly ecn: boolean;
}

/** Makes and checks cookies; one for each stack. */
export class SynCookies {
  private readonly hash: SipHash;
  /** When a cookie was sent last, µs: an ACK is believed to carry one for a while only. */
  lastSent = -Infinity;

  /** Cookies with a secret of their own. */
  constructor(private readonly net: Net) {
    this.hash = SipHash.random(net.random);
  }

  /** The cookie for a SYN; `tuple` is both addresses and ports. The MSS is the largest that it can say. */
  make(tuple: Uint8Array, irs: number, mss: number, family: 4 | 6): number {
    const table = family === 4 ? MSS_TABLE : MSS_TABLE6;
    let index = 0;
    while (index + 1 < table.length && table[index + 1]! <= mss) index++;
    this.lastSent = this.net.now;
    return this.cookie(tuple, irs, this.period, index);
  }

  /** The MSS that a valid cookie says, or `undefined`. */
  check(cookie: number, tuple: Uint8Array, irs: number, family: 4 | 6): number | undefined {
    if (this.net.now - this.lastSent > LIFETIME * PERIOD) return undefined;
    const table = family === 4 ? MSS_TABLE : MSS_TABLE6;
    const index = cookie & 3;
    for (let age = 0; age < LIFETIME; age++) {
      if (this.cookie(tuple, irs, this.period - age, index) === cookie >>> 0) return table[index];
    }
    return undefined;
  }

  private get period(): number {
    return Math.floor(this.net.now / PERIOD);
  }

  private cookie(tuple: Uint8Array, irs: number, period: number, index: number): number {
    const words = new Uint8Array(Uint32Array.of(irs, period, index).buffer);
    return ((this.hash.hash(concatBytes(tuple, words)) & ~3) | index) >>> 0;
  }
}

/** Our TSval `now` with the options of a SYN in its low bits, not ahead of the clock. */
export function encodeOptions(now: number, options: CookieOptions): number {
  const scale = options.windowScale ?? NO_SCALE;
  const bits = scale | (options.sack ? 16 : 0) | (options.ecn ? 32 : 0);
  const base = (now & ~((1 << OPTION_BITS) - 1)) >>> 0;
  const value = base + bits;
  return (value > now ? value - (1 << OPTION_BITS) : value) >>> 0;
}

/** What {@link encodeOptions} put into an echoed timestamp. */
export function decodeOptions(echo: number): CookieOptions {
  const scale = echo & 15;
  return { windowScale: scale === NO_SCALE ? undefined : scale, sack: (echo & 16) !== 0, ecn: (echo & 32) !== 0 };
}

/** Whether two cookies are the same octets. */
export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equalBytes(a, 0, b, 0, a.length);
}
