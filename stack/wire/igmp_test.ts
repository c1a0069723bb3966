import { assertEquals, assertThrows } from "@std/assert";
import { igmp3Report } from "./_kernel_frames.ts";
import { assertRoundTrips, assertTruncates, bytesStarting } from "./_round_trip_test.ts";
import { IpAddress } from "./address.ts";
import { WireError } from "./error.ts";
import * as igmp from "./igmp.ts";

const group = IpAddress.parse("239.1.2.3");
const sources = [IpAddress.parse("192.0.2.1"), IpAddress.parse("192.0.2.2")];

Deno.test("a kernel's report", () => {
  assertEquals(igmp.check(igmp3Report, 38, igmp3Report.length), undefined);
  const { header } = igmp.parse(igmp3Report, 38);
  assertEquals(igmp.format(header), "igmp report_v3 [to_ex 239.1.2.3 {}]");
  assertEquals(igmp.emit({ ...header, checksum: undefined }), igmp3Report.slice(38));
  assertTruncates({ ...igmp, parse: igmp.parse }, igmp3Report.slice(38));
});

Deno.test("every message", () => {
  const cases: [igmp.IgmpHeaderInit, string][] = [
    [
      { type: 0x11, maxRespCode: 100, body: { kind: "group", group: IpAddress.ANY4 } },
      "igmp query 0.0.0.0 max resp 100",
    ],
    [
      {
        type: 0x11,
        body: { kind: "group", group, v3: { reserved: 0, suppress: false, qrv: 2, qqic: 125, sources } },
      },
      "igmp query 239.1.2.3 max resp 0 {192.0.2.1,192.0.2.2}",
    ],
    [{ type: 0x12, body: { kind: "group", group } }, "igmp report_v1 239.1.2.3"],
    [{ type: 0x16, body: { kind: "group", group } }, "igmp report_v2 239.1.2.3"],
    [{ type: 0x17, body: { kind: "group", group } }, "igmp leave 239.1.2.3"],
    [
      {
        type: 0x22,
        body: {
          kind: "report3",
          reserved: 0,
          records: [
            { type: 1, group, sources, auxiliaryData: new Uint8Array(4) },
            { type: 9, group, sources: [], auxiliaryData: new Uint8Array(0) },
          ],
        },
      },
      "igmp report_v3 [is_in 239.1.2.3 {192.0.2.1,192.0.2.2}] [9 239.1.2.3 {}]",
    ],
  ];
  for (const [init, text] of cases) {
    const bytes = igmp.emit(init);
    assertEquals(igmp.check(bytes, 0, bytes.length), undefined, text);
    const { header } = igmp.parse(bytes);
    assertEquals(header.body, init.body);
    assertEquals(igmp.format(header), text);
  }
});

Deno.test("each problem is found", () => {
  const end = igmp3Report.length;
  assertEquals(igmp.check(igmp3Report, 38, 45), "truncated");
  assertEquals(igmp.check(igmp3Report, 38, end - 2), "checksum");
  const report = igmp3Report.slice(38);
  report[7] = 2;
  igmp.fillChecksum(report, 0, report.length);
  assertEquals(igmp.check(report, 0, report.length), "records");
  assertThrows(() => igmp.parse(report), WireError, "records");
  const query = igmp.emit({
    type: 0x11,
    body: { kind: "group", group, v3: { reserved: 0, suppress: false, qrv: 2, qqic: 125, sources } },
  });
  query[11] = 3;
  igmp.fillChecksum(query, 0, query.length);
  assertEquals(igmp.check(query, 0, query.length), "sources");
});

Deno.test("decoding and encoding are inverse for any bytes", () => {
  const start = (type: number, low: number) => [type, 0, 0, 0, 0, 0, 0, low];
  const prefixes = [
    start(0x11, 0),
    [...start(0x11, 0), 0, 0, 0, 1],
    start(0x12, 0),
    start(0x16, 0),
    start(0x22, 0),
    [...start(0x22, 1), 4, 1, 0, 1],
    [0x99],
  ];
  assertRoundTrips({ ...igmp, parse: igmp.parse, bytes: bytesStarting(prefixes, 40) }, 600);
});

Deno.test("codes", () => {
  assertEquals([0, 127, 128, 255].map(igmp.decodeCode), [0, 127, 128, 31744]);
});
