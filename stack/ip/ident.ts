/**
 * IPv4 and IPv6 fragment identifications (`__ip_select_ident`, `ipv6_select_ident`; RFC 6864, RFC 7739).
 *
 * @module
 */
import type { Net } from "../net.ts";
import { hashBytes, type IpAddress } from "../wire/address.ts";

/** Generators; each serves the destinations that hash to it. */
const BUCKETS = 2048;

/** Identifications per pair of addresses and protocol, advanced by a random amount as time passes, so that they can't be counted. */
export class IpIdents {
  private readonly ids = new Uint32Array(BUCKETS);
  private readonly stamps = new Float64Array(BUCKETS);
  private readonly secret: number;

  /** Generators that start at random. */
  constructor(private readonly net: Net) {
    this.secret = net.random();
    for (let i = 0; i < BUCKETS; i++) this.ids[i] = net.random();
  }

  /** The next IPv4 identification, and room for `segments - 1` more. */
  select(source: IpAddress, destination: IpAddress, protocol: number, segments = 1): number {
    const hash = hashBytes(
      destination.bytes,
      0,
      destination.bytes.length,
      (source.hash ^ Math.imul(protocol + 1, 0x9e3779b1) ^ this.secret) | 0,
    );
    return this.reserve(hash % BUCKETS, segments) & 0xffff;
  }

  /** An IPv6 fragment identification: random, never 0 (`__ipv6_select_ident`). */
  select6(): number {
    for (;;) {
      const id = this.net.random();
      if (id !== 0) return id;
    }
  }

  private reserve(bucket: number, segments: number): number {
    const now = Math.floor(this.net.now / 1000);
    const elapsed = now - this.stamps[bucket]!;
    let delta = 0;
    if (elapsed > 0) {
      this.stamps[bucket] = now;
      delta = this.net.random() % Math.min(elapsed + 1, 0xffff);
    }
    const id = (this.ids[bucket]! + delta) >>> 0;
    this.ids[bucket] = id + segments;
    return id;
  }
}
