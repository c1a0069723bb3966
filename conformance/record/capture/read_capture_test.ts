import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../../stack/wire/bytes.ts";
import { ETH_P_8021AD, ETH_P_8021Q } from "../../../stack/wire/ethernet.ts";
import {
  block,
  conversation,
  framed,
  numbers,
  option,
  pcap,
  pcapng,
  section,
  segment,
  type Timed,
} from "../_testing.ts";
import { sightOf } from "../sight.ts";
import { ByteStream, CaptureError } from "./byte_stream.ts";
import { readFrames } from "./read_capture.ts";

const SYN = segment("> S 0");
const AT_US = 1_700_000_000_123_456;

function frames(file: Uint8Array) {
  return [...readFrames(ByteStream.of(file))].map((frame) => ({ ...frame, bytes: frame.bytes.slice() }));
}

/** Where reading a file ends, and why. */
function problem(file: Uint8Array): string {
  return assertThrows(() => frames(file), CaptureError).message;
}

Deno.test("pcap and pcapng: both orders of octets, microseconds and nanoseconds", () => {
  for (const little of [true, false]) {
    const packet: Timed = { time_us: AT_US, bytes: SYN };
    const fine: Timed = { time_us: AT_US + 0.75, bytes: SYN };
    assertEquals(frames(pcap([packet], { little }))[0]!.time_us, AT_US);
    assertEquals(frames(pcap([fine], { little, nano: true }))[0]!.time_us, AT_US + 0.75);
    assertEquals(frames(pcapng([packet], { little }))[0]!.time_us, AT_US);
    assertEquals(frames(pcapng([packet], { little, resolution: 9 }))[0]!.time_us, AT_US);
    assertEquals(frames(pcapng([packet], { little }))[0]!.bytes, SYN);
  }
});

Deno.test("pcapng: sections in both orders, time offset, power of two, direction, old packets, other blocks", () => {
  const described = (little: boolean, ...options: Uint8Array[]) =>
    block(little, 1, numbers(little, [2, 101], [2, 0], [4, 0]), ...options);
  const offset = option(false, 14, numbers(false, [4, 0], [4, 5]));
  const second = option(true, 9, Uint8Array.of(0x80 + 10));
  const enhanced = (little: boolean, low: number, ...options: Uint8Array[]) =>
    block(little, 6, numbers(little, [4, 0], [4, 0], [4, low], [4, SYN.length], [4, SYN.length]), SYN, ...options);
  const old = block(true, 2, numbers(true, [2, 0], [2, 7], [4, 0], [4, 512], [4, SYN.length], [4, SYN.length]), SYN);
  const file = concatBytes(
    section(false),
    described(false, offset),
    block(false, 0x7777, new Uint8Array(5)),
    enhanced(false, 250_000, option(false, 2, numbers(false, [4, 2]))),
    section(true),
    described(true, second),
    enhanced(true, 1536),
    old,
  );
  assertEquals(frames(file).map(({ time_us, port, direction }) => [time_us, port, direction]), [
    [5_250_000, 0, "sent"],
    [1_500_000, 1, undefined],
    [500_000, 1, undefined],
  ]);
});

Deno.test("link types: the same packet in each", () => {
  const six = segment("> S 0", { family: 6 });
  const cooked = concatBytes(numbers(false, [2, 4], [2, 1], [2, 6], [4, 0], [4, 0], [2, 0x0800]), SYN);
  const cooked2 = concatBytes(numbers(false, [2, 0x86dd], [2, 0], [4, 3], [2, 1], [2, 0x0006], [4, 0], [4, 0]), six);
  const tagged = concatBytes(
    numbers(false, [2, 0], [2, 1], [2, 6], [4, 0], [4, 0], [2, 0x8100], [2, 5], [2, 0x0800]),
    SYN,
  );
  const cases: [number, Uint8Array][] = [
    [1, framed(SYN)],
    [1, framed(six, [ETH_P_8021Q])],
    [1, framed(SYN, [ETH_P_8021AD, ETH_P_8021Q])],
    [0, concatBytes(numbers(true, [4, 2]), SYN)],
    [0, concatBytes(numbers(false, [4, 30]), six)],
    [108, concatBytes(numbers(false, [4, 24]), six)],
    [101, SYN],
    [12, six],
    [228, SYN],
    [229, six],
    [113, cooked],
    [113, tagged],
    [276, cooked2],
  ];
  for (const [linkType, bytes] of cases) {
    const [frame] = frames(pcap([{ time_us: 0, bytes }], { linkType }));
    const sight = sightOf(frame!);
    assert(typeof sight !== "string" && sight.what.kind === "segment", `link type ${linkType}: ${sight}`);
    assertEquals([sight.what.flags, sight.what.source.port, sight.what.length], [2, 43_210, 0]);
  }
});

Deno.test("a capture that cut its packets off has their headers and lengths", () => {
  const data = segment("> P. 1 (1000) 1");
  const cut = framed(data).subarray(0, 60);
  const [frame] = frames(pcap([{ time_us: 0, bytes: cut }], { linkType: 1, whole: framed(data).length }));
  const sight = sightOf(frame!);
  assert(typeof sight !== "string" && sight.what.kind === "segment");
  assertEquals(sight.what.length, 1000);
  const [none] = frames(pcap([{ time_us: 0, bytes: framed(data).subarray(0, 40) }], { linkType: 1, whole: 1054 }));
  assertEquals(sightOf(none!), "cut");
});

Deno.test("what is damaged is named with its place", () => {
  const file = pcap([{ time_us: 0, bytes: SYN }]);
  assertStringIncludes(problem(new Uint8Array()), "at octet 0 (0x0): the file is empty");
  assertStringIncludes(problem(new TextEncoder().encode("0 socket(...)")), "neither pcap nor pcapng");
  assertStringIncludes(problem(Uint8Array.of(0x1f, 0x8b, 8, 0)), "gunzip");
  assertStringIncludes(problem(file.subarray(0, 20)), "at octet 4 (0x4): the file's header is cut short");
  assertStringIncludes(problem(file.subarray(0, 30)), "at octet 24 (0x18): a record's header is cut short");
  assertStringIncludes(problem(file.subarray(0, -1)), "at octet 40 (0x28): a packet is cut short: 40 octets are due");
  const huge = file.slice();
  new DataView(huge.buffer).setUint32(32, 0xffff_fff0, true);
  assertStringIncludes(problem(huge), "at octet 32 (0x20): a packet of 4294967280 octets");
  assertStringIncludes(problem(concatBytes(file.subarray(0, 4), numbers(true, [2, 9]), file.subarray(6))), "version 9");
});

Deno.test("pcapng: what is damaged is named with its place", () => {
  const file = pcapng([{ time_us: 0, bytes: SYN }]);
  const head = section(true);
  const changed = (at: number, value: number) => {
    const copy = file.slice();
    new DataView(copy.buffer).setUint32(at, value, true);
    return copy;
  };
  assertStringIncludes(problem(file.subarray(0, -2)), "a block is cut short");
  assertStringIncludes(problem(changed(32, 0xffff_fffc)), "at octet 32 (0x20): a block's length of 4294967292 octets");
  assertStringIncludes(problem(changed(32, 7)), "at octet 32 (0x20): a block's length of 7 octets can't be");
  assertStringIncludes(problem(changed(24, 32)), "at octet 24 (0x18): a block ends with another length, 32");
  assertStringIncludes(problem(changed(8, 1)), "at octet 8 (0x8): a section header without the number");
  const packet = (captured: number, port = 0) =>
    block(true, 6, numbers(true, [4, port], [4, 0], [4, 0], [4, captured], [4, captured]), SYN);
  const described = block(true, 1, numbers(true, [2, 101], [2, 0], [4, 0]));
  assertStringIncludes(problem(concatBytes(head, packet(40))), "interface 0, which is not described");
  assertStringIncludes(problem(concatBytes(head, described, packet(41))), "a packet of 41 octets in a block of 60");
  assertStringIncludes(problem(concatBytes(head, block(true, 3, numbers(true, [4, 40]), SYN))), "has no time");
  const long = option(true, 9, new Uint8Array(3)).fill(0xff, 2, 4);
  const broken = block(true, 1, numbers(true, [2, 101], [2, 0], [4, 0]), long);
  assertStringIncludes(problem(concatBytes(head, broken)), "an option of 65535 octets goes beyond its block");
});

Deno.test("whatever a file has in it: frames or a CaptureError, in bounded memory", () => {
  const packets = conversation(["0 > S 0", "1 < S. 0 1", "2 > . 1 1", "3 > P. 1 (100) 1"]);
  const files = [
    pcap(packets.map(({ time_us, bytes }) => ({ time_us, bytes: framed(bytes) })), { linkType: 1 }),
    pcap(packets, { linkType: 113, little: false, nano: true }),
    pcap(packets, { linkType: 276 }),
    pcapng(packets, { little: false }),
    pcapng(packets, { linkType: 0, resolution: 9 }),
  ];
  const edit = fc.record({ at: fc.nat(), value: fc.nat(255), kind: fc.constantFrom("set", "cut", "drop", "word") });
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.array(edit, { maxLength: 6 }), (file, edits) => {
      let bytes: Uint8Array = file.slice();
      for (const { at, value, kind } of edits) {
        const place = at % Math.max(1, bytes.length);
        if (kind === "set") bytes[place] = value;
        else if (kind === "cut") bytes = bytes.slice(0, place);
        else if (kind === "word") bytes.fill(value & 1 ? 0xff : 0, place, place + 4);
        else bytes = concatBytes(bytes.subarray(0, place), bytes.subarray(place + 1 + value));
      }
      let count = 0;
      try {
        for (const frame of readFrames(ByteStream.of(bytes))) {
          count++;
          assert(frame.bytes.length <= bytes.length);
          sightOf(frame);
        }
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        assert(error.offset <= bytes.length);
      }
      assert(count <= bytes.length / 16);
    }),
    { seed: 20261128, numRuns: 3000 },
  );
});

Deno.test("random octets behind a good beginning are frames or a CaptureError", () => {
  const beginnings = [pcap([]), pcapng([]), new Uint8Array()];
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 400 }), (beginning, rest) => {
      try {
        for (const frame of readFrames(ByteStream.of(concatBytes(beginning, rest)))) sightOf(frame);
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
      }
    }),
    { seed: 7, numRuns: 3000 },
  );
});
