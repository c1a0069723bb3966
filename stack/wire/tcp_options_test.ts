import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ack, sack3, syn } from "./_kernel_frames.ts";
import { fromHex } from "./bytes.ts";
import {
  formatOptions,
  parseAlignedTimestamp,
  parseInto,
  placeOptions,
  setTimestampEcho,
  setTimestampValue,
  shiftSackEdges,
  TcpOptionsReceived,
  timestampEcho,
  timestampValue,
} from "./tcp_options.ts";

function received(hex: string): TcpOptionsReceived {
  const bytes = fromHex(hex);
  const out = new TcpOptionsReceived();
  parseInto(bytes, 0, bytes.length, out);
  return out;
}

Deno.test("a kernel's options, the way the stack reads them", () => {
  const out = new TcpOptionsReceived();
  parseInto(syn, 54, 74, out);
  assertEquals(out.mss_clamp, 1460);
  assertEquals([out.sack_ok, out.wscale_ok, out.snd_wscale], [true, true, 10]);
  assertEquals([out.saw_tstamp, out.rcv_tsval, out.rcv_tsecr], [true, 3157358877, 0]);
  assertEquals(parseAlignedTimestamp(syn, 54, 74, out), false);
  parseInto(sack3, 54, 94, out);
  assertEquals([out.mss_clamp, out.sack_ok, out.num_sacks, out.sack_offset], [0, false, 3, 68]);
  assertEquals(
    [...out.sacks.subarray(0, 6)],
    [451892837, 451894285, 451885597, 451888493, 451881253, 451884149],
  );
  assert(parseAlignedTimestamp(ack, 54, 66, out));
  assertEquals([out.rcv_tsval, out.rcv_tsecr], [727939192, 3157358877]);
});

Deno.test("every kind, one by one", () => {
  assertEquals(received("030310").snd_wscale, 14);
  assert(received("030310").wscale_excessive);
  assertEquals(received("1c048005").user_timeout, 300);
  assertEquals(received("1c040005").user_timeout, 5);
  assertEquals(received("1312" + "00".repeat(16)).md5_offset, 2);
  assertEquals(received("011d0401020000").ao_offset, 1);
  assertEquals(received("01011e0c" + "00".repeat(10)).mptcp_offset, 2);
  assertEquals(received("ac0b" + "00".repeat(9)).accecn_offset, 0);
  assert(received("fd04abcd").saw_unknown);
});

Deno.test("fast open cookies", () => {
  const cookie = (hex: string) => {
    const { foc_offset, foc_len, foc_exp } = received(hex);
    return [foc_offset, foc_len, foc_exp];
  };
  assertEquals(cookie("01"), [-1, 0, false]);
  assertEquals(cookie("2202"), [2, 0, false]);
  assertEquals(cookie("220a0102030405060708"), [2, 8, false]);
  assertEquals(cookie("22050102"), [-1, 0, false]);
  assertEquals(cookie("2205010203"), [2, -1, false]);
  assertEquals(cookie("22040102"), [2, -1, false]);
  assertEquals(cookie("2214" + "01".repeat(18)), [2, -1, false]);
  assertEquals(cookie("fe0cf9890102030405060708"), [4, 8, true]);
  assertEquals(cookie("fe04f989"), [4, 0, true]);
  assertEquals(cookie("fe04abcd"), [-1, 0, false]);
});

Deno.test("a list ends where an option does not fit", () => {
  for (const tail of ["02", "0200", "0201", "0205", "020405", "08"]) {
    const out = received("0402" + tail);
    assertEquals([out.sack_ok, out.mss_clamp], [true, 0], tail);
  }
  // What follows an EOL is not read, an option of a wrong length is passed over.
  assertEquals(received("000204ffff").mss_clamp, 0);
  assertEquals(received("0203ff" + "020405b4").mss_clamp, 1460);
  assertEquals(received("0502" + "050600000001" + "020405b4").num_sacks, 0);
  assertEquals(received("0502" + "050600000001" + "020405b4").mss_clamp, 1460);
});

Deno.test("reuse forgets what was there", () => {
  const out = new TcpOptionsReceived();
  parseInto(sack3, 54, 94, out);
  parseInto(sack3, 54, 54, out);
  const fresh = new TcpOptionsReceived();
  out.sacks.fill(0);
  assertEquals(out, fresh);
});

Deno.test("every kind is formatted as packetdrill writes it", () => {
  const cases: readonly (readonly [hex: string, text: string])[] = [
    ["020405b4", "mss 1460"],
    ["030307", "wscale 7"],
    ["0402", "sackOK"],
    ["050a00000001ffffffff", "sack 1:4294967295"],
    ["080afffffffe00000005", "TS val 4294967294 ecr 5"],
    ["13040102", "md5 0102"],
    ["1c048005", "opt 28 8005"],
    ["1d060102aabb", "AO keyid 1 rnextkeyid 2 mac aabb"],
    ["1e040081", "opt 30 0081"],
    ["2202", "FO"],
    ["2206abcd1234", "FO abcd1234"],
    ["fe06f989abcd", "FOEXP abcd"],
    ["fd05acc001", "opt 253 acc001"],
    ["ac0b000001000002000003", "ECN e0b 1 ceb 2 e1b 3"],
    ["ae05ffffff", "ECN e1b 16777215"],
    ["ae04ffff", "opt 174 ffff"],
    ["4d0300", "opt 77 00"],
    ["020300", "opt 2 00"],
    ["0502", "opt 5"],
  ];
  for (const [hex, text] of cases) {
    const bytes = fromHex("01" + hex);
    assertEquals(placeOptions(bytes, 1, bytes.length).options, [
      { kind: bytes[1]!, offset: 1, length: bytes.length - 1 },
    ]);
    assertEquals(formatOptions(bytes, 0, bytes.length), `nop,${text}`);
  }
});

Deno.test("options in place: each octet belongs to one, or to what ends the list", () => {
  assertEquals(formatOptions(fromHex("01000000"), 0, 4), "nop,eol,eol,eol");
  assertEquals(formatOptions(fromHex("0000020405b4"), 0, 6), "eol,eol,mss 1460");
  assertEquals(formatOptions(fromHex("04020801"), 0, 4), "sackOK,malformed 0801");
  assertEquals(placeOptions(fromHex("01080a"), 0, 3).problem, { kind: "beyond", offset: 1 });
  assertEquals(placeOptions(fromHex("0108"), 0, 2).problem, { kind: "length", offset: 1 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const { options, problem } = placeOptions(bytes, 0, bytes.length);
    let at = 0;
    for (const { kind, offset, length } of options) {
      assertEquals([offset, kind], [at, bytes[at]]);
      at += length;
    }
    assertEquals(at, problem?.offset ?? bytes.length);
    assert(formatOptions(bytes, 0, bytes.length).length > 0 || bytes.length === 0);
  }));
});

Deno.test("values are read and written in place", () => {
  const bytes = fromHex("01 080a 00000001 00000002 050a fffffff0 00000010");
  setTimestampValue(bytes, 1, 0xfffffffe);
  setTimestampEcho(bytes, 1, timestampEcho(bytes, 1) + 5);
  assertEquals([timestampValue(bytes, 1), timestampEcho(bytes, 1)], [0xfffffffe, 7]);
  shiftSackEdges(bytes, 11, 10, 0x20);
  assertEquals(formatOptions(bytes, 11, 21), "sack 16:48");
  shiftSackEdges(bytes, 11, 10, -0x20);
  assertEquals(formatOptions(bytes, 11, 21), "sack 4294967280:16");
});

Deno.test("the stack's reader and the listing agree on any bytes", () => {
  const option = fc.oneof(
    fc.tuple(
      fc.constantFrom(2, 3, 4, 5, 8, 19, 28, 29, 30, 34, 172, 174, 253, 254),
      fc.constantFrom(0, 1, 2, 3, 4, 6, 10, 18, 34),
      fc.uint8Array({ maxLength: 16 }),
    ).map(([kind, length, rest]) => [kind, length, ...rest]),
    fc.constantFrom([2, 4, 5, 0xb4], [3, 3, 7], [4, 2], [1], [0]),
  );
  fc.assert(fc.property(fc.array(option, { maxLength: 6 }), (parts) => {
    const bytes = Uint8Array.from(parts.flat().slice(0, 40));
    const out = new TcpOptionsReceived();
    parseInto(bytes, 0, bytes.length, out);
    // The stack does not look behind an end-of-list.
    const texts = formatOptions(bytes, 0, bytes.length).split(/(?:^|,)eol/)[0]!.split(",");
    const last = (pattern: RegExp) => texts.map((text) => pattern.exec(text)).findLast((match) => match !== null);
    assertEquals(out.mss_clamp, Number(last(/^mss (\d+)/)?.[1] ?? 0));
    const stamps = last(/^TS val (\d+) ecr (\d+)/);
    assertEquals([out.saw_tstamp, out.rcv_tsval], [stamps !== undefined, Number(stamps?.[1] ?? 0)]);
    assertEquals(out.snd_wscale, Math.min(14, Number(last(/^wscale (\d+)/)?.[1] ?? 0)));
    assertEquals(out.sack_ok, texts.includes("sackOK"));
    assertEquals(out.num_sacks, last(/^sack (.*)/)?.[1]?.split(" ").length ?? 0);
  }));
});
