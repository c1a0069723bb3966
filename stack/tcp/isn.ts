/**
 * Initial sequence numbers (RFC 6528), timestamp offsets (RFC 7323 section 5.4) and where to look for a free port
 * (RFC 6056): keyed hashes of the four-tuple.
 *
 * @module
 */
import type { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import { randomSipKey, siphash, type SipKey } from "./siphash.ts";

/** The secrets of one stack. */
export class SequenceSecrets {
  private readonly seq: SipKey;
  private readonly ts: SipKey;
  private readonly port: SipKey;

  /** Secrets from a source of random 32-bit numbers. */
  constructor(random: () => number) {
    this.seq = randomSipKey(random);
    this.ts = randomSipKey(random);
    this.port = randomSipKey(random);
  }

  /** M + F(four-tuple, secret); M counts 64 ns. */
  isn(source: IpAddress, destination: IpAddress, sport: number, dport: number, now_us: number): number {
    const input = concatBytes(source.bytes, destination.bytes, Uint8Array.of(sport >> 8, sport, dport >> 8, dport));
    const hash = Number(siphash(input, this.seq) & 0xffffffffn);
    return (hash + Math.floor(now_us * 1000 / 64) % 2 ** 32) >>> 0;
  }

  /** Offset of the timestamp clock towards one peer. */
  timestamp_offset(source: IpAddress, destination: IpAddress): number {
    return Number(siphash(concatBytes(source.bytes, destination.bytes), this.ts) & 0xffffffffn);
  }

  /** Where `connect` starts to look for a local port. */
  port_offset(source: IpAddress, destination: IpAddress, dport: number): number {
    const input = concatBytes(source.bytes, destination.bytes, Uint8Array.of(dport >> 8, dport));
    return Number(siphash(input, this.port) & 0x7fffffffn);
  }
}
