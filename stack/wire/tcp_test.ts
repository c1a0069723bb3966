import { assert, assertEquals, assertThrows } from "@std/assert";
import { data, fin, sack3, syn, synAck } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { pseudoHeaderSum4 } from "./checksum.ts";
import { WireError } from "./error.ts";
import * as tcp from "./tcp.ts";

Deno.test("a kernel's headers", () => {
  const text = (frame: Uint8Array) => {
    const { header, payloadOffset, end } = tcp.parse(frame, 34);
    return tcp.format(header, end - payloadOffset);
  };
  assertEquals(
    text(syn),
    "S 451875360:451875360(0) win 64240 <mss 1460,sackOK,TS val 3157358877 ecr 0,nop,wscale 10>",
  );
  assertEquals(
    text(synAck),
    "S. 2488690123:2488690123(0) ack 451875361 win 65160 <mss 1460,sackOK,TS val 727939192 ecr 3157358877,nop,wscale 10>",
  );
  assertEquals(
    text(data),
    "P. 451875361:451875461(100) ack 2488690124 win 63 <nop,nop,TS val 3157358877 ecr 727939192>",
  );
  assertEquals(
    text(sack3).split("<")[1],
    "nop,nop,TS val 727939301 ecr 3157358986,nop,nop," +
      "sack 451892837:451894285 451885597:451888493 451881253:451884149>",
  );
});

Deno.test("a kernel's checksums", () => {
  for (const frame of [syn, synAck, data, sack3, fin]) {
    const pseudo = pseudoHeaderSum4(frame, 26, 30, 6, frame.length - 34);
    assert(tcp.verifyChecksum(frame, 34, frame.length, pseudo));
    const copy = frame.slice();
    tcp.setChecksum(copy, 34, 0x1111);
    assert(!tcp.verifyChecksum(copy, 34, frame.length, pseudo));
    tcp.fillChecksum(copy, 34, frame.length, pseudo);
    assertEquals(copy, frame);
  }
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const ports = [0, 80, 4, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
  const prefixes = [5, 5, 6, 8, 10, 15, 4].map((words) => [...ports, (words << 4) | 0x0b]);
  assertRoundTrips({ ...tcp, parse: tcp.parse, bytes: bytesStarting(prefixes, 80) });
});

Deno.test("truncation", () => {
  assertTruncates(tcp, syn.slice(34));
  assertThrows(() => tcp.parse(syn, 34, 53), WireError, "truncated");
  assertThrows(() => tcp.parse(syn, 34, 73), WireError, "truncated");
  const bad = syn.slice(34);
  bad[12] = 0x4f;
  assertEquals(tcp.check(bad, 0, bad.length), "data-offset");
});

Deno.test("accessors read what setters wrote", () => {
  const bytes = new Uint8Array(22);
  tcp.setSourcePort(bytes, 1, 0xabcd);
  tcp.setDestinationPort(bytes, 1, 8080);
  tcp.setSequenceNumber(bytes, 1, 0xfedcba98);
  tcp.setAcknowledgmentNumber(bytes, 1, 0x89abcdef);
  tcp.setHeaderLengthAndFlags(bytes, 1, 20, tcp.SYN | tcp.ACK | tcp.AE | tcp.CWR);
  tcp.setWindow(bytes, 1, 65535);
  tcp.setChecksum(bytes, 1, 0x1234);
  tcp.setUrgentPointer(bytes, 1, 0x4321);
  assertEquals([bytes[0], bytes[21]], [0, 0]);
  assertEquals(tcp.sourcePort(bytes, 1), 0xabcd);
  assertEquals(tcp.destinationPort(bytes, 1), 8080);
  assertEquals(tcp.sequenceNumber(bytes, 1), 0xfedcba98);
  assertEquals(tcp.acknowledgmentNumber(bytes, 1), 0x89abcdef);
  assertEquals(tcp.headerLength(bytes, 1), 20);
  assertEquals(tcp.flags(bytes, 1), 0x192);
  assertEquals(tcp.reserved(bytes, 1), 0);
  assert(tcp.hasFlag(bytes, 1, tcp.SYN) && !tcp.hasFlag(bytes, 1, tcp.FIN));
  assertEquals(tcp.window(bytes, 1), 65535);
  assertEquals(tcp.checksum(bytes, 1), 0x1234);
  assertEquals(tcp.urgentPointer(bytes, 1), 0x4321);
  assertEquals(tcp.segmentLength(bytes, 1, 22), 2);
});

Deno.test("flags are written as packetdrill writes them", () => {
  assertEquals(tcp.formatFlags(0), "-");
  assertEquals(tcp.formatFlags(0x1ff), "FSRP.UEWA");
  assertEquals(tcp.formatFlags(tcp.SYN | tcp.ECE | tcp.CWR), "SEW");
  assertEquals(tcp.formatFlags(tcp.PSH | tcp.ACK), "P.");
});

Deno.test("any field can be given a wrong value", () => {
  const bytes = tcp.emit({ sourcePort: 1, destinationPort: 2, dataOffset: 3, reserved: 5, flags: tcp.AE });
  assertEquals(bytes.length, 20);
  assertEquals(tcp.headerLength(bytes, 0), 12);
  assertEquals(tcp.reserved(bytes, 0), 5);
  assertEquals(tcp.flags(bytes, 0), tcp.AE);
});
