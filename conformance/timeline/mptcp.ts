/**
 * What an MPTCP connection (RFC 8684) agrees on, and its options in live octets.
 *
 * A script names keys; what a name stands for is written in it or learned from the stack. Data sequence numbers of a script
 * count from the initial ones, which the keys give.
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { IpAddress } from "../../stack/wire/address.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import { internetChecksum } from "../../stack/wire/checksum.ts";
import type { MptcpAddress, MptcpKey, MptcpOption } from "../script/syntax.ts";
import { optionPattern } from "../script/tcp_options.ts";
import { PacketMismatch } from "./failure.ts";
import * as mptcp from "../../stack/wire/mptcp.ts";

/** Who sends an option, as seen from the stack under test. */
export type Direction = "in" | "out";

/** What of the segment around an option matters to it. */
export interface MptcpSegment {
  /** Relative sequence number of its data. */
  readonly start: number;
  readonly payload: Uint8Array;
  /** The script's own address. */
  readonly remoteIp: IpAddress | undefined;
}

/** Hash functions by the version of the protocol: 0 and 1. */
const HASHES = { sha1, sha256 } as const;
/** The nonce of the script's joins. */
const NONCE = 0x6e657470;

type Capable = Extract<MptcpOption, { subtype: "capable" }>;
type Dss = Extract<MptcpOption, { subtype: "dss" }>;

/** One MPTCP connection, whatever subflows it has. */
export class MptcpConnection {
  readonly #names = new Map<string, bigint>();
  readonly #addresses = new Map<string, IpAddress>();
  /** Keys by who made them: the stack under test (`out`) and the script. */
  readonly #keys: { in: bigint | undefined; out: bigint | undefined } = { in: undefined, out: undefined };
  readonly #nonces: { in: number; out: number } = { in: NONCE, out: 0 };
  #hash: keyof typeof HASHES = "sha256";

  /**
   * Takes from a live option of the stack's what the script leaves to it.
   *
   * @param at where the option begins
   */
  learn(option: MptcpOption, bytes: Uint8Array, at: number): void {
    const held = mptcp.optionLength(bytes, at);
    if (option.subtype === "capable") {
      this.#hash = option.version === 0 ? "sha1" : "sha256";
      option.keys.forEach((key, i) => {
        if (this.#numberOf(key) === undefined && held >= mptcp.lengthWithKey(i)) {
          this.#bind(key, mptcp.key(bytes, at, i));
        }
      });
      this.#agree(option, "out");
    } else if (option.subtype === "join-syn" && held === 12) {
      this.#nonces.out = mptcp.synNonce(bytes, at);
    } else if (option.subtype === "join-syn-ack" && held === 16) {
      this.#nonces.out = mptcp.synAckNonce(bytes, at);
    } else if (option.subtype === "add-address" && option.address.name !== undefined) {
      const length = option.family === 4 ? 4 : 16;
      if (held < 4 + length || this.#addresses.has(option.address.name)) return;
      this.#addresses.set(option.address.name, IpAddress.from(bytes, at + 4, option.family));
    }
  }

  /**
   * The octets of an option, and which of them count when the stack sends it.
   *
   * @throws {PacketMismatch} where a name stands for nothing yet
   */
  octets(
    option: MptcpOption,
    direction: Direction,
    segment: MptcpSegment,
  ): { bytes: Uint8Array; compared: Uint8Array } {
    const { bytes, compared } = optionPattern(option);
    const put = (at: number, octets: Uint8Array, counts = true) => {
      bytes.set(octets, at);
      if (counts) compared.fill(0xff, at, at + octets.length);
    };
    const other = direction === "in" ? "out" : "in";
    switch (option.subtype) {
      case "capable":
        if (direction === "in") this.#agree(option, "in");
        option.keys.forEach((key, i) => put(4 + 8 * i, wide(this.#known(key), 8)));
        break;
      case "join-syn":
        if (option.token.kind === "hash") {
          put(
            4,
            this.#digest(this.#known({ name: option.token.key, value: undefined }), option.token.algorithm).slice(0, 4),
          );
        }
        if (direction === "in") put(8, wide(BigInt(NONCE), 4));
        break;
      case "join-syn-ack":
        put(4, this.#joinHash(direction).slice(0, 8));
        if (direction === "in") put(12, wide(BigInt(NONCE), 4));
        break;
      case "join-ack":
        put(4, this.#joinHash(direction).slice(0, 20));
        break;
      case "dss":
        this.#dss(option, direction, segment, bytes, put);
        break;
      case "add-address": {
        const address = this.#address(option.address, segment);
        if (address === undefined) break;
        const octets = new Uint8Array(option.family === 4 ? 4 : 16);
        address.write(octets, 0);
        put(4, octets);
        if (option.echo || (option.addressId === undefined && direction === "out")) break;
        const port = wide(BigInt(option.port ?? 0), 2);
        const hash = this.#hmac(direction, concatBytes(Uint8Array.of(mptcp.addressId(bytes, 0)), octets, port));
        put(bytes.length - 8, hash.slice(hash.length - 8));
        break;
      }
      case "fastclose":
        put(4, wide(option.key === undefined ? this.#keyOf(other) : this.#known(option.key), 8));
        break;
      case "reset":
        // Its flags say how final it is, which the words leave open.
        compared[mptcp.SUBTYPE] = 0xf0;
        break;
      default:
    }
    return { bytes, compared };
  }

  #dss(
    option: Dss,
    direction: Direction,
    segment: MptcpSegment,
    bytes: Uint8Array,
    put: (at: number, octets: Uint8Array, counts?: boolean) => void,
  ): void {
    const { ack, dsn } = option;
    let at = 4;
    if (ack !== undefined) {
      const other = direction === "in" ? "out" : "in";
      put(at, wide(this.#initial(other) + ack.value, ack.width));
      at += ack.width;
    }
    if (dsn === undefined) return;
    const number = this.#initial(direction) + dsn.value;
    put(at, wide(number, dsn.width));
    at += dsn.width;
    if (direction === "out") return;
    put(at, wide(BigInt(option.ssn ?? segment.start), 4));
    put(at + 4, wide(BigInt(option.length ?? segment.payload.length), 2));
    if (option.checksum) {
      const pseudo = concatBytes(wide(number, 8), bytes.slice(at, at + 6), new Uint8Array(2), segment.payload);
      put(at + 6, wide(BigInt(internetChecksum(pseudo, 0, pseudo.length)), 2));
    }
  }

  /** What the keys of an option make the two ends' keys: the sender's comes first. */
  #agree(option: Capable, sender: Direction): void {
    this.#hash = option.version === 0 ? "sha1" : "sha256";
    const [own, other] = option.keys.map((key) => this.#numberOf(key));
    option.keys.forEach((key) => key.value !== undefined && this.#bind(key, key.value));
    if (own !== undefined) this.#keys[sender] = own;
    if (other !== undefined) this.#keys[sender === "in" ? "out" : "in"] = other;
  }

  #bind(key: MptcpKey, value: bigint): void {
    if (key.name !== undefined) this.#names.set(key.name, value);
  }

  #numberOf(key: MptcpKey): bigint | undefined {
    return key.value ?? (key.name === undefined ? undefined : this.#names.get(key.name));
  }

  #known(key: MptcpKey): bigint {
    const value = this.#numberOf(key);
    if (value === undefined) {
      throw new PacketMismatch(`MPTCP key ${key.name} is not known yet; write ${key.name}=N`, false);
    }
    return value;
  }

  #keyOf(end: Direction): bigint {
    const key = this.#keys[end];
    if (key !== undefined) return key;
    const whose = end === "in" ? "script's" : "stack's";
    throw new PacketMismatch(`the ${whose} MPTCP key is not known yet; an mpcapable option before must hold it`, false);
  }

  #initial(end: Direction): bigint {
    const digest = this.#digest(this.#keyOf(end), this.#hash);
    return mptcp.word64(digest, digest.length - 8);
  }

  #digest(key: bigint, algorithm: keyof typeof HASHES): Uint8Array {
    return HASHES[algorithm](wide(key, 8));
  }

  #hmac(sender: Direction, message: Uint8Array): Uint8Array {
    const secret = concatBytes(wide(this.#keyOf(sender), 8), wide(this.#keyOf(sender === "in" ? "out" : "in"), 8));
    return hmac(HASHES[this.#hash], secret, message);
  }

  #joinHash(sender: Direction): Uint8Array {
    const other = sender === "in" ? "out" : "in";
    return this.#hmac(sender, concatBytes(wide(BigInt(this.#nonces[sender]), 4), wide(BigInt(this.#nonces[other]), 4)));
  }

  #address(address: MptcpAddress, segment: MptcpSegment): IpAddress | undefined {
    if (address.address !== undefined) {
      const parsed = IpAddress.parse(address.address);
      if (address.name !== undefined) this.#addresses.set(address.name, parsed);
      return parsed;
    }
    return address.name === undefined ? undefined : this.#addresses.get(address.name) ?? segment.remoteIp;
  }
}

function wide(value: bigint, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * (length - 1 - i))) & 255n));
}
