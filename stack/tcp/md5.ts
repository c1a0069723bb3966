/**
 * TCP MD5 signatures: RFC 2385, and the digest itself (RFC 1321).
 *
 * @module
 */
import type { PacketBuffer } from "../buffer.ts";
import { getInt } from "../../abi/memory.ts";
import { AF_INET6 } from "../../abi/socket_constants.ts";
import { EINVAL, ENOENT } from "../../abi/errno.ts";
import { IpAddress } from "../wire/address.ts";
import { concatBytes } from "../wire/bytes.ts";
import { headerLength } from "../wire/tcp.ts";
import { Counter } from "../mib.ts";
import type { Segment } from "./segment.ts";
import type { TcpSock } from "./state.ts";

/** Longest key, octets. */
const TCP_MD5SIG_MAXKEYLEN = 80;
/** Offsets in `struct tcp_md5sig`: flags, prefix length, key length, interface, key. */
const MD5_FLAGS = 128;
const MD5_PREFIXLEN = 129;
const MD5_KEYLEN = 130;
const MD5_KEY = 136;
const MD5_SIZE = 216;
const TCP_MD5SIG_FLAG_PREFIX = 1;
/** Keys per socket at most (Linux bounds them by optmem). */
const MAX_KEYS = 256;

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));

/** The MD5 digest of `data`. */
export function md5(data: Uint8Array): Uint8Array {
  const blocks = (data.length + 8 >> 6) + 1;
  const padded = new Uint8Array(blocks * 64);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(blocks * 64 - 8, data.length << 3, true);
  view.setUint32(blocks * 64 - 4, Math.floor(data.length / 2 ** 29), true);
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < blocks; block++) md5_block(view, block * 64, state);
  const digest = new Uint8Array(16);
  const out = new DataView(digest.buffer);
  for (let i = 0; i < 4; i++) out.setUint32(4 * i, state[i]!, true);
  return digest;
}

function md5_block(view: DataView, at: number, state: Uint32Array): void {
  let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    let f: number;
    let g: number;
    if (round === 0) [f, g] = [(b & c) | (~b & d), i];
    else if (round === 1) [f, g] = [(d & b) | (~d & c), (5 * i + 1) & 15];
    else if (round === 2) [f, g] = [b ^ c ^ d, (3 * i + 5) & 15];
    else [f, g] = [c ^ (b | ~d), (7 * i) & 15];
    const sum = (a + f + SINES[i]! + view.getUint32(at + 4 * g, true)) >>> 0;
    const shift = SHIFTS[round * 4 + (i & 3)]!;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) >>> 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
}

/** One key: for a peer, or a prefix of peers. */
interface Md5Key {
  readonly address: IpAddress;
  readonly prefix: number;
  readonly key: Uint8Array;
}

/** The keys of one socket. */
export class Md5Keys {
  private keys: Md5Key[] = [];

  /** The key for a peer: the longest prefix. */
  lookup(peer: IpAddress): Uint8Array | undefined {
    let best: Md5Key | undefined;
    for (const key of this.keys) {
      if (peer.inPrefix(key.address, key.prefix) && (best === undefined || key.prefix > best.prefix)) best = key;
    }
    return best?.key;
  }

  /** The key for a connection's peer. */
  find(sk: TcpSock): Uint8Array | undefined {
    return this.lookup(sk.daddr);
  }

  /** Adds, replaces or with an empty key removes. 0, -ENOENT, -EINVAL. */
  set(address: IpAddress, prefix: number, key: Uint8Array): number {
    const at = this.keys.findIndex((other) => other.prefix === prefix && other.address.equals(address));
    if (key.length === 0) {
      if (at < 0) return -ENOENT;
      this.keys.splice(at, 1);
      return 0;
    }
    if (at >= 0) this.keys[at] = { address, prefix, key };
    else if (this.keys.length >= MAX_KEYS) return -EINVAL;
    else this.keys.push({ address, prefix, key });
    return 0;
  }

  /** What a child of a listener keeps: its peer's key. */
  copy_for(peer: IpAddress): Md5Keys {
    const copy = new Md5Keys();
    const key = this.lookup(peer);
    if (key !== undefined) copy.set(peer, peer.bytes.length * 8, key);
    return copy;
  }

  /** Signs a connection's packet; the digest goes to `at`. */
  sign(sk: TcpSock, packet: PacketBuffer, at: number): void {
    this.sign_for(sk.saddr, sk.daddr, packet, at);
  }

  /** As {@link sign}, between given addresses. */
  sign_for(source: IpAddress, destination: IpAddress, packet: PacketBuffer, at: number): void {
    const key = this.lookup(destination);
    if (key !== undefined) packet.bytes.set(tcp_md5_hash(source, destination, packet, key), at);
  }
}

/** The digest of a segment: pseudo-header, header without options and with checksum 0, data, key. */
export function tcp_md5_hash(
  source: IpAddress,
  destination: IpAddress,
  packet: PacketBuffer,
  key: Uint8Array,
): Uint8Array {
  const { bytes, data, tail } = packet;
  const length = tail - data;
  const six = source.family === 6;
  const pseudo = six
    ? concatBytes(source.bytes, destination.bytes, Uint8Array.of(0, 0, length >> 8, length, 0, 0, 0, 6))
    : concatBytes(source.bytes, destination.bytes, Uint8Array.of(0, 6, length >> 8, length));
  const header = bytes.slice(data, data + 20);
  header[16] = header[17] = 0;
  return md5(concatBytes(pseudo, header, bytes.subarray(data + headerLength(bytes, data), tail), key));
}

/** RFC 2385 section 2: signed exactly when a key says so, and rightly. */
export function tcp_inbound_md5_hash(sk: TcpSock, seg: Segment): boolean {
  const { packet, opt } = seg;
  const mib = sk.net.mib;
  if (sk.md5_keys === undefined && opt.md5_offset < 0) return true;
  const at = packet.network_header + (packet.family === 6 ? 8 : 12);
  const width = packet.family === 6 ? 16 : 4;
  const source = IpAddress.from(packet.bytes, at, packet.family);
  const key = sk.md5_keys?.lookup(source);
  if (key === undefined && opt.md5_offset < 0) return true;
  if (key === undefined) {
    mib.inc(Counter.TcpExtTCPMD5Unexpected);
    return false;
  }
  if (opt.md5_offset < 0) {
    mib.inc(Counter.TcpExtTCPMD5NotFound);
    return false;
  }
  const destination = IpAddress.from(packet.bytes, at + width, packet.family);
  const digest = tcp_md5_hash(source, destination, packet, key);
  if (digest.every((byte, i) => byte === packet.bytes[opt.md5_offset + i])) return true;
  mib.inc(Counter.TcpExtTCPMD5Failure);
  return false;
}

/** `TCP_MD5SIG`: `struct tcp_md5sig` (`tcp_v4_parse_md5_keys`). */
export function tcp_parse_md5_key(sk: TcpSock, value: Uint8Array, extended: boolean): number {
  if (value.length < MD5_SIZE) return -EINVAL;
  const family = value[0]! | (value[1]! << 8);
  let address = family === AF_INET6 ? IpAddress.from(value, 8, 6) : IpAddress.from(value, 4, 4);
  if (family !== AF_INET6 && family !== 2) return -EINVAL;
  const mapped = address.isV4Mapped;
  if (mapped) address = address.unmapped();
  const width = address.bytes.length * 8;
  let prefix = width;
  if (extended && value[MD5_FLAGS]! & TCP_MD5SIG_FLAG_PREFIX) {
    prefix = value[MD5_PREFIXLEN]!;
    if (prefix > width) return -EINVAL;
  }
  const length = getInt(value, MD5_KEYLEN - 2) >>> 16;
  if (length > TCP_MD5SIG_MAXKEYLEN) return -EINVAL;
  sk.md5_keys ??= new Md5Keys();
  return sk.md5_keys.set(address, prefix, value.slice(MD5_KEY, MD5_KEY + length));
}
