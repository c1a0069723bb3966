/**
 * Signatures of segments (RFC 2385): keys, and what is signed.
 *
 * @module
 */
import type { Mib } from "../mib.ts";
import { Counter } from "../mib.ts";
import type { IpAddress } from "../wire/address.ts";
import { equalBytes } from "../wire/bytes.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { headerLength, MIN_HEADER_LENGTH, setChecksum } from "../wire/tcp.ts";
import { DIGEST_LENGTH, md5 } from "./md5.ts";
import type { ReceivedSegment } from "./segment.ts";
import type { SignSegment } from "./send/transmit.ts";
import { pseudoHeaderTail } from "../wire/checksum.ts";

/** A key for the peers of one prefix. */
interface Key {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly secret: Uint8Array;
}

/** The keys of one socket. */
export class SignatureKeys {
  private keys: Key[] = [];

  /** Sets the key for a prefix; none for an empty one. Whether there was one to remove. */
  set(address: IpAddress, prefixLength: number, secret: Uint8Array): boolean {
    const others = this.keys.filter((key) => key.prefixLength !== prefixLength || !key.address.equals(address));
    const removed = others.length < this.keys.length;
    this.keys = others;
    if (secret.length > 0) this.keys.push({ address, prefixLength, secret: secret.slice() });
    return removed;
  }

  /** A listener's keys for its child. */
  inherit(parent: SignatureKeys): void {
    this.keys = [...parent.keys];
  }

  /** The secret for a peer: of the longest prefix that holds it. */
  find(remote: IpAddress): Uint8Array | undefined {
    let best: Key | undefined;
    for (const key of this.keys) {
      const matches = key.address.family === remote.family &&
        remote.masked(key.prefixLength).equals(key.address.masked(key.prefixLength));
      if (matches && key.prefixLength >= (best?.prefixLength ?? 0)) best = key;
    }
    return best?.secret;
  }

  /** What signs segments to a peer, `undefined` without a key for it. */
  signer(local: IpAddress, remote: IpAddress): SignSegment | undefined {
    const secret = this.find(remote);
    if (secret === undefined) return undefined;
    return (packet, at) => {
      packet.bytes.set(digest(packet.bytes, packet.data, packet.tail, local, remote, secret), at);
    };
  }

  /** Whether a segment, its options read, is signed as it has to be: with the key of its sender, or not at all where there is none. */
  fit(segment: ReceivedSegment, mib: Mib): boolean {
    const { md5_offset: at } = segment.options;
    if (this.keys.length === 0 && at < 0) return true;
    const remote = segment.source();
    const secret = this.find(remote);
    if (secret === undefined || at < 0) {
      if (secret === undefined && at < 0) return true;
      mib.inc(at < 0 ? Counter.TcpExtTCPMD5NotFound : Counter.TcpExtTCPMD5Unexpected);
      return false;
    }
    const { bytes, data, tail } = segment.packet;
    const wanted = digest(bytes, data, tail, remote, segment.destination(), secret);
    if (equalBytes(bytes, at, wanted, 0, DIGEST_LENGTH)) return true;
    mib.inc(Counter.TcpExtTCPMD5Failure);
    return false;
  }
}

/** The digest of a segment: pseudo-header, header without options and with a checksum of zero, text, key (RFC 2385 section 2.0). */
function digest(
  bytes: Uint8Array,
  at: number,
  end: number,
  source: IpAddress,
  destination: IpAddress,
  secret: Uint8Array,
): Uint8Array {
  const header = bytes.slice(at, at + MIN_HEADER_LENGTH);
  setChecksum(header, 0, 0);
  const text = bytes.subarray(at + headerLength(bytes, at), end);
  return md5(
    source.bytes,
    destination.bytes,
    pseudoHeaderTail(source.family, IPPROTO_TCP, end - at),
    header,
    text,
    secret,
  );
}
