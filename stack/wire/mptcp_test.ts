import { assertEquals } from "@std/assert";
import { fromHex } from "./bytes.ts";
import * as mptcp from "./mptcp.ts";

Deno.test("mptcp: fields of MP_CAPABLE and MP_JOIN as RFC 8684 section 3 draws them", () => {
  // Third ACK: version 1, H, both keys.
  const capable = fromHex("1e14 0181 0102030405060708 1112131415161718");
  assertEquals([mptcp.optionLength(capable, 0), mptcp.subtype(capable, 0)], [20, 0]);
  assertEquals([mptcp.key(capable, 0, 0), mptcp.key(capable, 0, 1)], [0x0102030405060708n, 0x1112131415161718n]);
  assertEquals([mptcp.lengthWithKey(0), mptcp.lengthWithKey(1)], [12, 20]);
  const syn = fromHex("0000 1e0c 1007 aabbccdd 01020304");
  assertEquals([mptcp.subtype(syn, 2), mptcp.addressId(syn, 2), mptcp.synNonce(syn, 2)], [1, 7, 0x01020304]);
  const synAck = fromHex("1e10 1009 a1a2a3a4a5a6a7a8 f1020304");
  assertEquals(mptcp.synAckNonce(synAck, 0), 0xf1020304);
});
