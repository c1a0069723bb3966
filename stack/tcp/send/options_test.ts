import { assertEquals } from "@std/assert";
import { formatOptions } from "../../wire/tcp_options.ts";
import { OutgoingOptions } from "./options.ts";

function written(fill: (options: OutgoingOptions) => void): string {
  const options = new OutgoingOptions();
  fill(options);
  const { length } = options;
  assertEquals(length % 4, 0);
  const bytes = new Uint8Array(length + 4);
  options.write(bytes, 2);
  assertEquals([...bytes.subarray(0, 2), ...bytes.subarray(length + 2)], [0, 0, 0, 0]);
  return formatOptions(bytes, 2, length + 2);
}

Deno.test("outgoing options: a SYN with all that is usual", () => {
  const text = written((o) => {
    o.mss = 1460;
    o.sackPermitted = true;
    o.timestamps = true;
    o.tsval = 0xffff_ffff;
    o.windowScale = 8;
  });
  assertEquals(text, "mss 1460,sackOK,TS val 4294967295 ecr 0,nop,wscale 8");
});

Deno.test("outgoing options: each is padded in front", () => {
  assertEquals(written((o) => o.sackPermitted = true), "nop,nop,sackOK");
  assertEquals(written((o) => o.windowScale = 0), "nop,wscale 0");
  assertEquals(written((o) => o.timestamps = true), "nop,nop,TS val 0 ecr 0");
});

Deno.test("outgoing options: SACK blocks come behind the timestamps, and no more than fit", () => {
  const text = written((o) => {
    o.timestamps = true;
    assertEquals(o.roomForBlocks, 3);
    o.left.set([1, 5]);
    o.right.set([3, 9]);
    o.sackBlocks = 2;
  });
  assertEquals(text, "nop,nop,TS val 0 ecr 0,nop,nop,sack 1:3 5:9");
  const options = new OutgoingOptions();
  assertEquals(options.roomForBlocks, 4);
  options.signature = true;
  options.timestamps = true;
  assertEquals(options.roomForBlocks, 0);
});

Deno.test("outgoing options: Fast Open cookies of both kinds are padded behind", () => {
  const cookie = Uint8Array.of(0xab, 0xcd, 0x12, 0x34);
  assertEquals(written((o) => o.cookie = cookie), "FO abcd1234,nop,nop");
  assertEquals(written((o) => o.cookie = new Uint8Array(0)), "FO,nop,nop");
  assertEquals(
    written((o) => {
      o.cookie = cookie;
      o.cookieExperimental = true;
    }),
    "FOEXP abcd1234",
  );
});

Deno.test("outgoing options: reset leaves nothing of the last segment", () => {
  const options = new OutgoingOptions();
  Object.assign(options, {
    mss: 1,
    sackPermitted: true,
    windowScale: 3,
    timestamps: true,
    sackBlocks: 2,
    signature: true,
  });
  options.cookie = new Uint8Array(4);
  options.reset();
  assertEquals(options.length, 0);
});
