/**
 * Initial sequence numbers and timestamp offsets, which nobody outside can foretell (RFC 6528, RFC 7323 section 5.4, RFC 6056).
 *
 * @module
 */
import type { Net } from "../net.ts";
import type { IpAddress } from "../wire/address.ts";
import { SipHash } from "./siphash.ts";

/** µs per step of the clock of RFC 6528 section 3: 64 ns each, faster than RFC 793's 4 µs. */
const STEPS_PER_US = 1000 / 64;

/** One stack's generator. */
export class InitialSequence {
  private readonly sequenceHash: SipHash;
  private readonly timestampHash: SipHash;
  private readonly portHash: SipHash;

  /** A generator with secrets of its own. */
  constructor(private readonly net: Net) {
    this.sequenceHash = SipHash.random(net.random);
    this.timestampHash = SipHash.random(net.random);
    this.portHash = SipHash.random(net.random);
  }

  /** ISS of a four-tuple: clock + F(tuple, secret). */
  // RFC9293-MUST-8, RFC9293-MUST-9, RFC9293-SHLD-1
  iss(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): number {
    const clock = Math.floor(this.net.now * STEPS_PER_US) % 0x1_0000_0000;
    return (this.sequenceHash.hash(tuple(local, localPort, remote, remotePort)) + clock) >>> 0;
  }

  /** What our timestamp clock towards a host is ahead of stack time, ticks. */
  timestampOffset(local: IpAddress, remote: IpAddress): number {
    return this.timestampHash.hash(tuple(local, 0, remote, 0));
  }

  /** Where the search for an ephemeral port begins (RFC 6056 section 3.3.3). */
  portOffset(local: IpAddress, remote: IpAddress, remotePort: number): number {
    return this.portHash.hash(tuple(local, 0, remote, remotePort));
  }
}

function tuple(local: IpAddress, localPort: number, remote: IpAddress, remotePort: number): Uint8Array {
  const size = local.bytes.length;
  const bytes = new Uint8Array(2 * size + 4);
  bytes.set(local.bytes, 0);
  bytes.set(remote.bytes, size);
  bytes.set([localPort >>> 8, localPort, remotePort >>> 8, remotePort], 2 * size);
  return bytes;
}
