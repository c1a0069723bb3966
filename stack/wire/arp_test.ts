import { assertEquals, assertThrows } from "@std/assert";
import { arpReply, arpRequest } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import * as arp from "./arp.ts";
import { WireError } from "./error.ts";

const codec = { ...arp, parse: arp.parse };

Deno.test("a kernel's request and reply", () => {
  const request = arp.parse(arpRequest, 14).header;
  assertEquals(arp.format(request), "arp request who has 192.0.2.2 tell 192.0.2.1 (02:00:00:00:00:01)");
  assertEquals(arp.emit({ ...request, targetHardware: undefined }), arpRequest.slice(14));
  const reply = arp.parse(arpReply, 14).header;
  assertEquals(arp.format(reply), "arp reply 192.0.2.2 is at 02:00:00:00:00:02");
  assertEquals(arp.emit(reply), arpReply.slice(14));
  assertTruncates(codec, arpReply.slice(14));
  assertEquals(arp.operation(arpReply, 14), arp.ARPOP_REPLY);
  assertEquals(arp.senderProtocolU32(arpReply, 14), 0xc0000202);
  assertEquals(arp.targetProtocolU32(arpReply, 14), 0xc0000201);
});

Deno.test("each problem is found", () => {
  const broken = (at: number, value: number) => {
    const copy = arpRequest.slice(14);
    copy[at] = value;
    return arp.check(copy, 0, copy.length);
  };
  assertEquals(arp.check(arpRequest, 14, 41), "truncated");
  assertEquals(broken(1, 6), "hardware-type");
  assertEquals(broken(2, 0x86), "protocol-type");
  assertEquals(broken(4, 8), "address-length");
  assertEquals(broken(5, 16), "address-length");
  assertThrows(() => arp.parse(arpRequest, 14, 41), WireError, "truncated");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  assertRoundTrips({ ...codec, bytes: bytesStarting([[0, 1, 8, 0, 6, 4], [0, 1, 8, 0, 6, 5]], 40) });
});
