/**
 * What the accessors that run for every packet cost: `deno bench bench/wire_bench.ts` for the time of each step,
 * `deno run --v8-flags=--expose-gc bench/wire_bench.ts` for the bytes that each allocates (the goal is none).
 *
 * @module
 */
import { pseudoHeaderSum4 } from "../stack/wire/checksum.ts";
import * as ipv4 from "../stack/wire/ipv4.ts";
import * as ipv6 from "../stack/wire/ipv6.ts";
import * as extension from "../stack/wire/ipv6_extension.ts";
import { IpAddress } from "../stack/wire/address.ts";
import { concatBytes, fromHex } from "../stack/wire/bytes.ts";
import { IPPROTO_TCP } from "../abi/socket_constants.ts";
import * as tcp from "../stack/wire/tcp.ts";
import { parseAlignedTimestamp, parseInto, TcpOptionsReceived } from "../stack/wire/tcp_options.ts";

/** A segment of `payloadLength` bytes with these options in an IPv4 packet. */
function segment(options: Uint8Array, payloadLength: number): Uint8Array {
  const header = tcp.emit({
    sourcePort: 40000,
    destinationPort: 80,
    sequenceNumber: 0xfedcba98,
    acknowledgmentNumber: 0x89abcdef,
    flags: tcp.ACK,
    options,
  });
  const ip = ipv4.emit({
    source: IpAddress.parse("192.0.2.1"),
    destination: IpAddress.parse("192.0.2.2"),
    protocol: IPPROTO_TCP,
  }, header.length + payloadLength);
  const bytes = new Uint8Array(ip.length + header.length + payloadLength);
  bytes.set(ip);
  bytes.set(header, ip.length);
  tcp.fillChecksum(bytes, 20, bytes.length, pseudoHeaderSum4(bytes, 12, 16, IPPROTO_TCP, bytes.length - 20));
  return bytes;
}

const timestamps = fromHex("0101080a f0000000 f0000001");
const blocks = fromHex("0101051a f0000000 f0001000 00000001 00000002 00000003 00000004");
const data = segment(timestamps, 1448);
const sack = segment(concatBytes(timestamps, blocks), 0);
const address = IpAddress.LOOPBACK6;
const six = new Uint8Array(56);
six.set(ipv6.emit({ nextHeader: 60, source: address, destination: address }, 16));
six.set(extension.build(new Uint8Array(0), true), 40);
extension.setNextHeader(six, 40, IPPROTO_TCP);

const received = new TcpOptionsReceived();
// Results go here, so that nothing is optimized away.
let sink = 0;

const STEPS: readonly (readonly [string, () => void])[] = [
  ["ipv4.check", () => {
    if (ipv4.check(data, 0, data.length) !== undefined) throw new Error("not a packet");
  }],
  ["tcp.check and all fields", () => {
    if (tcp.check(data, 20, data.length) !== undefined) throw new Error("not a segment");
    sink ^= tcp.sourcePort(data, 20) ^ tcp.destinationPort(data, 20) ^ tcp.sequenceNumber(data, 20) ^
      tcp.acknowledgmentNumber(data, 20) ^ tcp.flags(data, 20) ^ tcp.window(data, 20);
  }],
  ["tcp.verifyChecksum, 1448 bytes of data", () => {
    const pseudo = pseudoHeaderSum4(data, 12, 16, IPPROTO_TCP, data.length - 20);
    if (!tcp.verifyChecksum(data, 20, data.length, pseudo)) throw new Error("wrong checksum");
  }],
  ["parseAlignedTimestamp", () => {
    if (!parseAlignedTimestamp(data, 40, 52, received)) throw new Error("no timestamps");
  }],
  ["parseInto, timestamps and three SACK blocks", () => {
    parseInto(sack, 40, sack.length, received);
    sink ^= received.num_sacks;
  }],
  ["ipv6.check and an extension header", () => {
    if (ipv6.check(six, 0, six.length) !== undefined) throw new Error("not a packet");
    const type = ipv6.nextHeader(six, 0);
    if (extension.check(six, 40, six.length, type) !== undefined) throw new Error("not a header");
    sink ^= extension.nextHeader(six, 40) ^ extension.lengthOf(type, six, 40);
  }],
  ["ipv4.source, ipv4.destination", () => {
    sink ^= ipv4.source(data, 0).hash ^ ipv4.destination(data, 0).hash;
  }],
  ["ipv4.decrementTimeToLive", () => {
    sink ^= ipv4.decrementTimeToLive(data, 0);
  }],
];

for (const [name, fn] of STEPS) Deno.bench(name, fn);
// For comparison: decoding for people, which allocates.
Deno.bench("tcp.parse", () => {
  sink ^= tcp.parse(sack, 20).headerLength;
});

/**
 * Bytes of heap that a call of `run` allocates, once it is compiled; the median of several rounds. A round is short enough
 * to end before the collector would run by itself and hide what was allocated.
 */
function allocated(run: () => void, collect: () => void): number {
  const calls = 1000;
  for (let i = 0; i < 400 * calls; i++) run();
  const rounds: number[] = [];
  for (let round = 0; round < 9; round++) {
    collect();
    const before = Deno.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i++) run();
    rounds.push((Deno.memoryUsage().heapUsed - before) / calls);
  }
  return rounds.sort((a, b) => a - b)[4]!;
}

const collect: unknown = Reflect.get(globalThis, "gc");
if (import.meta.main && typeof collect === "function") {
  // Asking for the heap's size allocates too, and more the first time.
  allocated(() => {}, () => collect());
  const overhead = allocated(() => {}, () => collect());
  for (const [name, run] of STEPS) {
    console.log(`${(allocated(run, () => collect()) - overhead).toFixed(1).padStart(8)} bytes  ${name}`);
  }
  console.log(`(${sink & 1})`);
}
