import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ack, sack3, syn } from "./_kernel_frames.ts";
import { fromHex } from "./bytes.ts";
import {
  emitOptions,
  formatOptions,
  parseAlignedTimestamp,
  parseInto,
  parseOptions,
  type TcpOption,
  TcpOptionsReceived,
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

Deno.test("every kind is decoded, encoded and formatted", () => {
  const bytes = (hex: string) => fromHex(hex);
  const cases: [TcpOption, string, string][] = [
    [{ name: "mss", kind: 2, value: 1460 }, "020405b4", "mss 1460"],
    [{ name: "wscale", kind: 3, shift: 7 }, "030307", "wscale 7"],
    [{ name: "sackOK", kind: 4 }, "0402", "sackOK"],
    [{ name: "sack", kind: 5, blocks: [{ left: 1, right: 0xffffffff }] }, "050a00000001ffffffff", "sack 1:4294967295"],
    [{ name: "TS", kind: 8, val: 0xfffffffe, ecr: 5 }, "080afffffffe00000005", "TS val 4294967294 ecr 5"],
    [{ name: "md5", kind: 19, digest: bytes("0102") }, "13040102", "md5 0102"],
    [{ name: "uto", kind: 28, minutes: true, timeout: 5 }, "1c048005", "uto 5m"],
    [
      { name: "AO", kind: 29, keyId: 1, rNextKeyId: 2, mac: bytes("aabb") },
      "1d060102aabb",
      "AO keyid 1 rnextkeyid 2 aabb",
    ],
    [{ name: "mptcp", kind: 30, data: bytes("0081") }, "1e040081", "mptcp 0081"],
    [{ name: "FO", kind: 34, cookie: bytes("") }, "2202", "FO"],
    [{ name: "FO", kind: 34, cookie: bytes("abcd1234") }, "2206abcd1234", "FO abcd1234"],
    [{ name: "FOEXP", kind: 254, cookie: bytes("abcd") }, "fe06f989abcd", "FOEXP abcd"],
    [{ name: "exp", kind: 253, experimentId: 0xacc0, data: bytes("01") }, "fd05acc001", "exp-0xacc0 01"],
    [{ name: "ECN", kind: 172, counters: [1, 2, 3] }, "ac0b000001000002000003", "ECN e0b 1 ceb 2 e1b 3"],
    [{ name: "ECN", kind: 174, counters: [0xffffff] }, "ae05ffffff", "ECN e1b 16777215"],
    [{ name: "unknown", kind: 77, data: bytes("00") }, "4d0300", "kind_77 00"],
    [{ name: "unknown", kind: 2, data: bytes("00") }, "020300", "kind_2 00"],
  ];
  for (const [option, hex, text] of cases) {
    const raw = bytes(hex);
    assertEquals(parseOptions(raw, 0, raw.length), [option], text);
    assertEquals(emitOptions([option]).slice(0, raw.length), raw, text);
    assertEquals(formatOptions([option]), text);
  }
});

Deno.test("NOP, EOL and padding keep their places", () => {
  const raw = fromHex("01000000");
  assertEquals(formatOptions(parseOptions(raw, 0, 4)), "nop,eol,eol,eol");
  const odd = fromHex("00000900");
  assertEquals(formatOptions(parseOptions(odd, 0, 4)), "eol,padding 000900");
  assertEquals(emitOptions(parseOptions(odd, 0, 4)), odd);
});

Deno.test("more than 40 bytes are refused", () => {
  const blocks = Array.from({ length: 5 }, () => ({ left: 0, right: 0 }));
  assertThrows(() => emitOptions([{ name: "sack", kind: 5, blocks }]), RangeError, "44");
});

Deno.test("both readers agree on any bytes", () => {
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
    const options = parseOptions(bytes, 0, bytes.length);
    const last = <N extends TcpOption["name"]>(name: N) =>
      options.findLast((option): option is Extract<TcpOption, { name: N }> => option.name === name);
    assertEquals(out.mss_clamp, last("mss")?.value ?? 0);
    assertEquals(out.saw_tstamp, last("TS") !== undefined);
    assertEquals(out.rcv_tsval, last("TS")?.val ?? 0);
    assertEquals(out.snd_wscale, Math.min(14, last("wscale")?.shift ?? 0));
    assertEquals(out.sack_ok, last("sackOK") !== undefined);
    const sack = options.findLast((option) => option.name === "sack" && option.blocks.length > 0);
    assertEquals(out.num_sacks, sack?.name === "sack" ? sack.blocks.length : 0);
  }));
});
