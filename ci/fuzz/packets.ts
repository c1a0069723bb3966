/**
 * Packets for fuzzing a stack: of every kind that it knows, in answer to what it sent, whole, cut into fragments, changed,
 * or nothing but octets.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import { pseudoHeaderSum } from "../../stack/wire/checksum.ts";
import * as gre from "../../stack/wire/gre.ts";
import * as icmpv4 from "../../stack/wire/icmpv4.ts";
import * as icmpv6 from "../../stack/wire/icmpv6.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { MAX_LENGTH as MAX_TCP_OPTIONS } from "../../stack/wire/tcp_options.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { Dice } from "./dice.ts";
import type { Talk } from "./talks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export const LOCAL4 = IpAddress.parse("192.0.2.1");
export const REMOTE4 = IpAddress.parse("192.0.2.2");
export const LOCAL6 = IpAddress.parse("2001:db8::1");
export const REMOTE6 = IpAddress.parse("2001:db8::2");
/** Ports that something listens on or is bound to. */
export const PORTS = [80, 81, 82, 83] as const;

const OTHERS4 = ["192.0.2.255", "224.0.0.1", "224.0.0.251", "198.51.100.7", "0.0.0.0", "127.0.0.1", "255.255.255.255"]
  .map((text) => IpAddress.parse(text));
const OTHERS6 = ["ff02::1", "ff02::1:ff00:1", "2001:db8:7::1", "fe80::1", "::", "::1"].map((text) =>
  IpAddress.parse(text)
);
const EXTENSIONS = [0, 43, 44, 51, 60, 135, 139] as const;
const FRAGMENT = 44;
const PROTOCOLS = [0, 1, 2, 4, 6, 17, 41, 47, 50, 51, 58, 59, 132, 136, 255] as const;
const SIZES = [0, 0, 0, 1, 2, 8, 100, 536, 1000, 1440, 1460] as const;
const KEPT = 64;

/** Makes one packet after the other. */
export class PacketMaker {
  readonly #dice: Dice;
  readonly #talk: Talk;
  readonly #kept: Bytes[] = [];
  /** Fragments that are still to come. */
  readonly #waiting: Bytes[] = [];
  /** What the last packet was. */
  kind = "";

  constructor(dice: Dice, talk: Talk) {
    this.#dice = dice;
    this.#talk = talk;
  }

  /** The next packet. */
  next(): Bytes {
    const dice = this.#dice;
    if (this.#waiting.length > 0 && !dice.once(4)) {
      this.kind = "fragment";
      return this.#waiting.splice(dice.below(this.#waiting.length), 1)[0]!;
    }
    const packet = this.#make();
    if (dice.once(12)) return this.#fragments(packet);
    if (dice.once(8)) return this.#changed(packet);
    this.#keep(packet);
    return packet;
  }

  #keep(packet: Bytes): void {
    this.#kept[this.#dice.below(KEPT)] = packet.slice();
  }

  #make(): Bytes {
    const dice = this.#dice;
    const roll = dice.below(100);
    if (roll < 50) return this.#segment();
    if (roll < 56) return this.#opening();
    if (roll < 66) return this.#datagram();
    if (roll < 76) return this.#icmp();
    if (roll < 82) return this.#quoting();
    if (roll < 86) return this.#tunnel();
    if (roll < 92) return this.#again();
    if (roll < 97) return this.#unknown();
    this.kind = "octets";
    const octets = dice.octets(dice.small(200));
    if (octets.length > 0 && dice.once(2)) octets[0] = dice.pick([0x45, 0x46, 0x4f, 0x60]);
    return octets;
  }

  /** A segment of a connection under way, near to what both ends are at. */
  #segment(): Bytes {
    const dice = this.#dice;
    const one = this.#talk.any(dice);
    if (one === undefined) return this.#opening();
    this.kind = "segment";
    const near = () => dice.pick([0, 0, 0, 0, 1, -1, dice.small(3000), -dice.small(3000), dice.word()]);
    const length = dice.pick(SIZES);
    const flags = dice.once(8)
      ? dice.below(0x1000)
      : tcp.ACK | dice.pick([0, 0, 0, tcp.PSH, tcp.PSH, tcp.FIN, tcp.RST, tcp.URG, tcp.SYN, tcp.ECE, tcp.CWR, tcp.AE]);
    const sequenceNumber = (one.expected + near()) >>> 0;
    const body = this.#tcp(one, { flags, sequenceNumber, acknowledgmentNumber: (one.sent + near()) >>> 0 }, length);
    if (sequenceNumber === one.expected && (flags & tcp.RST) === 0) one.expected = (one.expected + length) >>> 0;
    return body;
  }

  #opening(): Bytes {
    const dice = this.#dice;
    this.kind = "opening";
    const six = dice.once(2);
    const ends = {
      six,
      local: dice.once(4) ? 1024 + dice.below(64512) : dice.pick(PORTS),
      remote: 1024 + dice.below(2000),
    };
    const flags = dice.once(10) ? tcp.SYN | dice.below(0x1000) : tcp.SYN;
    return this.#tcp(ends, { flags, sequenceNumber: dice.word(), acknowledgmentNumber: 0 }, dice.once(5) ? 100 : 0);
  }

  #tcp(
    ends: { readonly six: boolean; readonly local: number; readonly remote: number },
    numbers: { readonly flags: number; readonly sequenceNumber: number; readonly acknowledgmentNumber: number },
    length: number,
  ): Bytes {
    const dice = this.#dice;
    const options = this.#options();
    const body = new Uint8Array(tcp.MIN_HEADER_LENGTH + options.length + length);
    const header = tcp.emit({
      sourcePort: ends.remote,
      destinationPort: ends.local,
      ...numbers,
      window: dice.pick([0, 1, 1000, 65535, 65535, dice.below(65536)]),
      urgentPointer: dice.once(20) ? dice.small(65536) : 0,
    });
    body.set(header);
    body.set(options, tcp.MIN_HEADER_LENGTH);
    tcp.setHeaderLengthAndFlags(body, 0, tcp.MIN_HEADER_LENGTH + options.length, numbers.flags);
    tcp.fillChecksum(body, 0, body.length, this.#pseudo(ends.six, 6, body.length));
    return this.#ip(ends.six, 6, body);
  }

  #pseudo(six: boolean, protocol: number, length: number): number {
    return six
      ? pseudoHeaderSum(REMOTE6, LOCAL6, protocol, length)
      : pseudoHeaderSum(REMOTE4, LOCAL4, protocol, length);
  }

  /** TCP options, right ones and wrong ones, padded to a multiple of four. */
  #options(): Bytes {
    const dice = this.#dice;
    if (dice.once(2)) return new Uint8Array(0);
    const bytes: number[] = [];
    const word = (value: number) => bytes.push(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    const near = () => (this.#talk.timestamp + dice.small(2000) - 16) >>> 0;
    for (let count = dice.below(4); count >= 0; count--) {
      const roll = dice.below(12);
      if (roll === 0) bytes.push(2, 4, dice.below(256), dice.below(256));
      else if (roll === 1) bytes.push(3, 3, dice.below(20));
      else if (roll === 2) bytes.push(4, 2);
      else if (roll < 6) {
        bytes.push(8, 10);
        word(dice.once(8) ? dice.word() : near());
        word(dice.once(8) ? dice.word() : this.#talk.timestamp);
      } else if (roll < 8) {
        const blocks = 1 + dice.below(4);
        bytes.push(5, 2 + 8 * blocks);
        const { sent } = this.#talk.any(dice) ?? { sent: 0 };
        for (let i = 0; i < 2 * blocks; i++) word((sent + dice.pick([0, 1000, 2000, -1000, dice.small(70_000)])) >>> 0);
      } else if (roll === 8) bytes.push(34, 2 + dice.below(20));
      else if (roll === 9) bytes.push(1, 1, 0);
      else if (roll === 10) bytes.push(dice.pick([19, 29, 30, 172, 174, 253, 254]), dice.below(20), dice.below(256));
      else bytes.push(dice.below(256), dice.below(45));
    }
    const length = Math.min(bytes.length, MAX_TCP_OPTIONS);
    const padded = new Uint8Array((length + 3) & ~3);
    padded.set(bytes.slice(0, length));
    return padded;
  }

  #datagram(): Bytes {
    const dice = this.#dice;
    this.kind = "datagram";
    const six = dice.once(2);
    const ports = {
      sourcePort: dice.below(65536),
      destinationPort: dice.once(4) ? dice.below(65536) : dice.pick(PORTS),
    };
    const length = dice.pick(SIZES);
    const body = Uint8Array.of(...udp.emit(ports, length), ...new Uint8Array(length));
    if (!dice.once(5)) udp.fillChecksum(body, 0, body.length, this.#pseudo(six, 17, body.length));
    return this.#ip(six, 17, body);
  }

  #icmp(): Bytes {
    const dice = this.#dice;
    this.kind = "icmp";
    const six = dice.once(2);
    const body = dice.octets(8 + dice.small(120));
    body[0] = dice.once(6)
      ? dice.below(256)
      : six
      ? dice.pick([1, 2, 3, 4, 128, 129, 130, 131, 132, 133, 134, 135, 136, 137, 143])
      : dice.pick([0, 3, 4, 5, 8, 8, 11, 12, 13, 17]);
    body[1] = dice.small(16);
    if (six) icmpv6.fillChecksum(body, 0, body.length, this.#pseudo(true, 58, body.length));
    else icmpv4.fillChecksum(body, 0, body.length);
    return this.#ip(six, six ? 58 : 1, body);
  }

  /** An ICMP error about something that the stack sent. */
  #quoting(): Bytes {
    const dice = this.#dice;
    const about = this.#talk.lastSent(dice);
    if (about === undefined) return this.#icmp();
    this.kind = "icmp error";
    const six = about[0]! >> 4 === 6;
    const quoted = about.subarray(0, Math.min(about.length, 28 + dice.small(1200)));
    const body = new Uint8Array(8 + quoted.length);
    body.set(quoted, 8);
    body[0] = six ? dice.pick([1, 2, 2, 3, 4, 137]) : dice.pick([3, 3, 3, 4, 5, 11, 12]);
    body[1] = six ? dice.below(7) : dice.pick([0, 1, 2, 3, 4, 4, 5, 13]);
    const mtu = dice.pick([0, 68, 552, 576, 1280, 1400, dice.below(65536)]);
    body[6] = mtu >> 8;
    body[7] = mtu;
    if (six) icmpv6.fillChecksum(body, 0, body.length, this.#pseudo(true, 58, body.length));
    else icmpv4.fillChecksum(body, 0, body.length);
    return this.#ip(six, six ? 58 : 1, body);
  }

  /** A packet in a packet: GRE, IP in IP, with what was sent before inside. */
  #tunnel(): Bytes {
    const dice = this.#dice;
    const inner = dice.pick(this.#kept) ?? dice.octets(40);
    this.kind = "tunnel";
    if (dice.once(2)) return this.#ip(dice.once(2), dice.pick([4, 41]), inner);
    const header = gre.emit({
      flags: 0,
      protocol: dice.pick([0x800, 0x86dd, 0x8847, dice.below(65536)]),
      checksum: 0,
      offset: 0,
      key: 0,
      sequence: 0,
    });
    const body = Uint8Array.of(...header, ...inner);
    if (dice.once(3)) body[0] = dice.below(256);
    return this.#ip(dice.once(2), 47, body);
  }

  /** One of the last, as it was. */
  #again(): Bytes {
    const kept = this.#dice.pick(this.#kept);
    this.kind = "again";
    return kept === undefined ? this.#unknown() : kept.slice();
  }

  #unknown(): Bytes {
    const dice = this.#dice;
    this.kind = "unknown protocol";
    return this.#ip(dice.once(2), dice.once(3) ? dice.below(256) : dice.pick(PROTOCOLS), dice.octets(dice.small(300)));
  }

  #ip(six: boolean, protocol: number, body: Bytes): Bytes {
    return six ? this.#ip6(protocol, body) : this.#ip4(protocol, body);
  }

  #ip4(protocol: number, body: Bytes): Bytes {
    const dice = this.#dice;
    const options = dice.once(15) ? dice.octets(4 * (1 + dice.below(10))) : new Uint8Array(0);
    if (options.length > 0 && dice.once(2)) {
      options.set([dice.pick([7, 68, 131, 137, 148, 130]), dice.below(44), dice.below(40)]);
    }
    const header = ipv4.emit({
      protocol,
      source: dice.once(20) ? dice.pick(OTHERS4) : REMOTE4,
      destination: dice.once(20) ? dice.pick(OTHERS4) : LOCAL4,
      timeToLive: dice.once(20) ? dice.below(256) : 64,
      identification: dice.below(8),
    }, body.length);
    const bytes = new Uint8Array(header.length + options.length + body.length);
    bytes.set(header);
    bytes.set(options, header.length);
    bytes.set(body, header.length + options.length);
    ipv4.setTypeOfService(bytes, 0, dice.once(4) ? dice.below(256) : 0);
    ipv4.setVersionAndHeaderLength(bytes, 0, header.length + options.length);
    ipv4.setTotalLength(bytes, 0, bytes.length);
    ipv4.fillHeaderChecksum(bytes, 0);
    return bytes;
  }

  #ip6(last: number, body: Bytes): Bytes {
    const dice = this.#dice;
    const chain = dice.once(10) ? Array.from({ length: 1 + dice.below(4) }, () => dice.pick(EXTENSIONS)) : [];
    const parts = chain.map((kind, i) => {
      const bytes = dice.octets(kind === FRAGMENT ? 8 : 8 * (1 + dice.below(4)));
      bytes[0] = chain[i + 1] ?? last;
      bytes[1] = kind === FRAGMENT ? 0 : bytes.length / 8 - 1;
      return bytes;
    });
    const rest = parts.length === 0 ? body : Uint8Array.of(...parts.flatMap((part) => [...part]), ...body);
    const header = ipv6.emit({
      source: dice.once(20) ? dice.pick(OTHERS6) : REMOTE6,
      destination: dice.once(20) ? dice.pick(OTHERS6) : LOCAL6,
      nextHeader: chain[0] ?? last,
      hopLimit: dice.once(6) ? dice.below(256) : dice.pick([64, 255]),
    }, rest.length);
    const bytes = new Uint8Array(header.length + rest.length);
    bytes.set(header);
    bytes.set(rest, header.length);
    return bytes;
  }

  /** Octets changed, cut off, or added; sometimes nothing but the checksum is wrong. */
  #changed(packet: Bytes): Bytes {
    const dice = this.#dice;
    this.kind += ", changed";
    const bytes = dice.once(6) ? packet.slice(0, dice.below(packet.length + 1)) : packet.slice();
    for (let count = dice.below(4); count >= 0 && bytes.length > 0; count--) {
      const at = dice.once(3) ? dice.below(bytes.length) : dice.below(Math.min(bytes.length, 60));
      bytes[at] = dice.once(2) ? bytes[at]! ^ (1 << dice.below(8)) : dice.below(256);
    }
    if (bytes.length >= 20 && bytes[0]! >> 4 === 4 && dice.once(2)) ipv4.fillHeaderChecksum(bytes, 0);
    return bytes;
  }

  /** The packet as fragments, which come in any order, some twice, some never, some overlapping. */
  #fragments(packet: Bytes): Bytes {
    const dice = this.#dice;
    if (packet.length < 60 || packet[0]! !== 0x45) return packet;
    this.kind = "fragment";
    const payload = packet.subarray(20);
    const size = 8 * (1 + dice.below(Math.max(1, payload.length >> 4)));
    for (let at = 0; at < payload.length; at += size) {
      if (dice.once(20)) continue;
      const from = dice.once(15) ? Math.max(0, at - 8) : at;
      const part = payload.subarray(from, at + size + (dice.once(15) ? 8 : 0));
      const bytes = new Uint8Array(20 + part.length);
      bytes.set(packet.subarray(0, 20));
      bytes.set(part, 20);
      ipv4.setTotalLength(bytes, 0, bytes.length);
      ipv4.setFlagsAndOffset(bytes, 0, (at + size < payload.length ? 0x2000 : 0) | (from >> 3));
      ipv4.fillHeaderChecksum(bytes, 0);
      this.#waiting.push(bytes);
      if (dice.once(15)) this.#waiting.push(bytes.slice());
    }
    return this.#waiting.pop() ?? packet;
  }
}
