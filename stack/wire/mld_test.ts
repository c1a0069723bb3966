import { assertEquals } from "@std/assert";
import { mld2Report } from "./_kernel_frames.ts";
import { IpAddress } from "./address.ts";
import * as icmpv6 from "./icmpv6.ts";
import * as mld from "./mld.ts";

const group = IpAddress.parse("ff0e::1");
const sources = [IpAddress.parse("2001:db8::1"), IpAddress.parse("2001:db8::2")];

Deno.test("every message", () => {
  const common = { maximumResponse: 1000, reserved: 0, multicastAddress: group };
  const bodies: [number, number, mld.MldBody][] = [
    [130, 24, { kind: "mld-query", ...common }],
    [130, 60, { kind: "mld-query", ...common, v2: { reserved: 0, suppress: true, qrv: 2, qqic: 125, sources } }],
    [131, 24, { kind: "mld-report", ...common }],
    [132, 24, { kind: "mld-done", ...common }],
    [143, 8 + 52 + 24, {
      kind: "mld2-report",
      reserved: 0,
      records: [
        { type: mld.MLD2_ALLOW_NEW_SOURCES, multicastAddress: group, sources, auxiliaryData: new Uint8Array(0) },
        {
          type: mld.MLD2_CHANGE_TO_EXCLUDE,
          multicastAddress: group,
          sources: [],
          auxiliaryData: Uint8Array.of(1, 2, 3, 4),
        },
      ],
    }],
  ];
  for (const [type, length, body] of bodies) {
    const bytes = icmpv6.emit({ type, body });
    assertEquals(bytes.length, length);
    assertEquals(mld.check(bytes, 0, length), undefined);
    assertEquals(icmpv6.parse(bytes).header.body, body);
  }
  assertEquals(mld.formatMld(bodies[1]![2]), "ff0e::1 max resp 1000 {2001:db8::1,2001:db8::2}");
  assertEquals(mld.formatMld(bodies[4]![2]), "[allow ff0e::1 {2001:db8::1,2001:db8::2}] [to_ex ff0e::1 {}]");
});

Deno.test("each problem is found", () => {
  const at = 62;
  const end = mld2Report.length;
  assertEquals(mld.check(mld2Report, at, end), undefined);
  assertEquals(mld.check(mld2Report, at, end - 1), "records");
  assertEquals(mld.check(mld2Report, at, at + 7), "truncated");
  const query = icmpv6.emit({
    type: 130,
    body: {
      kind: "mld-query",
      maximumResponse: 0,
      reserved: 0,
      multicastAddress: group,
      v2: { reserved: 0, suppress: false, qrv: 2, qqic: 125, sources },
    },
  });
  assertEquals(mld.check(query, 0, 59), "sources");
  assertEquals(mld.check(query, 0, 27), "truncated");
  assertEquals(mld.check(query, 0, 23), "truncated");
  assertEquals(icmpv6.parse(query, 0, 59).header.body.kind, "opaque");
});

Deno.test("maximum response codes", () => {
  assertEquals(mld.decodeResponseCode(10000), 10000);
  assertEquals(mld.decodeResponseCode(0x8000), 0x1000 << 3);
  assertEquals(mld.decodeResponseCode(0xffff), 0x1fff << 10);
});
