/**
 * Captures made up for tests.
 *
 * @module
 */
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { IpAddress, MacAddress } from "../../stack/wire/address.ts";
import { concatBytes } from "../../stack/wire/bytes.ts";
import * as ethernet from "../../stack/wire/ethernet.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import * as tcp from "../../stack/wire/tcp.ts";

/** A packet with its time. */
export interface Timed {
  readonly time_us: number;
  readonly bytes: Uint8Array;
}

/** The end whose stack is under test, the other one, and their initial sequence numbers. */
export const ENDS = {
  4: { local: "10.0.0.1", remote: "10.0.0.2" },
  6: { local: "2001:db8::1", remote: "2001:db8::2" },
  localPort: 43_210,
  remotePort: 80,
  localIsn: 4_294_967_290,
  remoteIsn: 70_000,
} as const;

const FLAGS: Readonly<Record<string, number>> = {
  F: tcp.FIN,
  S: tcp.SYN,
  R: tcp.RST,
  P: tcp.PSH,
  ".": tcp.ACK,
};

/**
 * A segment by words: `> P. 1 (100) 205`, direction (`>` is from the local end), flags, sequence number, payload length,
 * acknowledgement, maybe `win N`; numbers from the initial ones.
 */
export function segment(words: string, extra: { family?: 4 | 6; options?: number[]; port?: number } = {}): Uint8Array {
  const { family = 4, options = [], port = ENDS.localPort } = extra;
  const found = /^([<>]) ([FSRP.]+) (\d+)(?: \((\d+)\))?(?: (\d+))?(?: win (\d+))?$/.exec(words);
  if (found === null) throw new Error(`not a segment: ${words}`);
  const [, mark, flags, seq, length = "0", ack, window = "64000"] = found;
  const out = mark === ">";
  const [own, peer] = out ? [ENDS.localIsn, ENDS.remoteIsn] : [ENDS.remoteIsn, ENDS.localIsn];
  const payload = new Uint8Array(Number(length));
  const header = tcp.emit({
    sourcePort: out ? port : ENDS.remotePort,
    destinationPort: out ? ENDS.remotePort : port,
    sequenceNumber: (Number(seq) + own) >>> 0,
    acknowledgmentNumber: ack === undefined ? 0 : (Number(ack) + peer) >>> 0,
    flags: [...flags!].reduce((bits, flag) => bits | FLAGS[flag]!, 0),
    window: Number(window),
    options: Uint8Array.from(options),
  });
  const [local, remote] = [IpAddress.parse(ENDS[family].local), IpAddress.parse(ENDS[family].remote)];
  const addresses = out ? { source: local, destination: remote } : { source: remote, destination: local };
  const inner = header.length + payload.length;
  const ip = family === 4
    ? ipv4.emit({ ...addresses, protocol: IPPROTO_TCP }, inner)
    : ipv6.emit({ ...addresses, nextHeader: IPPROTO_TCP }, inner);
  return concatBytes(ip, header, payload);
}

/** Segments as {@link segment} has them, behind their times in ms: `0 > S 0`. */
export function conversation(lines: readonly string[], extra: Parameters<typeof segment>[1] = {}): Timed[] {
  return lines.map((line) => {
    const [, time, words] = /^([\d.]+) (.*)$/.exec(line)!;
    return { time_us: Number(time) * 1000, bytes: segment(words!, extra) };
  });
}

/** A frame with tags of those types around an IP packet. */
export function framed(packet: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const header = ethernet.emit({
    destination: MacAddress.parse("02:00:00:00:00:02"),
    source: MacAddress.parse("02:00:00:00:00:01"),
    tags: tags.map((type, i) => ({ type, pcp: 0, dei: false, vid: 5 + i })),
    etherType: ipv4.version(packet, 0) === 4 ? ethernet.ETH_P_IP : ethernet.ETH_P_IPV6,
  });
  return concatBytes(header, packet);
}

/** Numbers in a row, `[size, value]` each, in either order of octets. */
export function numbers(little: boolean, ...fields: readonly (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, little);
    else view.setUint32(at, value >>> 0, little);
    at += size;
  }
  return bytes;
}

/** A pcap file. `whole`: length on the wire, where less was captured. */
export function pcap(
  packets: readonly Timed[],
  { linkType = 101, little = true, nano = false, whole = 0 }: {
    linkType?: number;
    little?: boolean;
    nano?: boolean;
    whole?: number;
  } = {},
): Uint8Array {
  const magic = nano ? 0xa1b23c4d : 0xa1b2c3d4;
  const header = numbers(little, [4, magic], [2, 2], [2, 4], [4, 0], [4, 0], [4, 65_535], [4, linkType]);
  const records = packets.flatMap(({ time_us, bytes }) => [
    numbers(
      little,
      [4, Math.floor(time_us / 1e6)],
      [4, Math.round((time_us % 1e6) * (nano ? 1000 : 1))],
      [4, bytes.length],
      [4, Math.max(whole, bytes.length)],
    ),
    bytes,
  ]);
  return concatBytes(header, ...records);
}

/** A block of a pcapng file. */
export function block(little: boolean, type: number, ...body: readonly Uint8Array[]): Uint8Array {
  const content = concatBytes(...body);
  const padding = new Uint8Array(-content.length & 3);
  const length = 12 + content.length + padding.length;
  return concatBytes(numbers(little, [4, type], [4, length]), content, padding, numbers(little, [4, length]));
}

/** An option of a block. */
export function option(little: boolean, code: number, value: Uint8Array): Uint8Array {
  return concatBytes(numbers(little, [2, code], [2, value.length]), value, new Uint8Array(-value.length & 3));
}

/** The first block of a pcapng file. */
export function section(little: boolean): Uint8Array {
  return block(little, 0x0a0d0d0a, numbers(little, [4, 0x1a2b3c4d], [2, 1], [2, 0], [4, ~0], [4, ~0]));
}

/** A pcapng file of one interface. `resolution`: exponent of its time stamps. */
export function pcapng(
  packets: readonly Timed[],
  { linkType = 101, little = true, resolution = 6 }: { linkType?: number; little?: boolean; resolution?: number } = {},
): Uint8Array {
  const described = block(
    little,
    1,
    numbers(little, [2, linkType], [2, 0], [4, 0]),
    option(little, 9, Uint8Array.of(resolution)),
    option(little, 0, new Uint8Array()),
  );
  const blocks = packets.map(({ time_us, bytes }) => {
    const stamp = BigInt(Math.round(time_us * 10 ** (resolution - 6)));
    const words = numbers(
      little,
      [4, 0],
      [4, Number(stamp >> 32n)],
      [4, Number(stamp & 0xffffffffn)],
      [4, bytes.length],
      [4, bytes.length],
    );
    return block(little, 6, words, bytes);
  });
  return concatBytes(section(little), described, ...blocks);
}
