import { assertEquals } from "@std/assert";
import { ProportionalRate } from "./proportional_rate.ts";

Deno.test("above ssthresh: in proportion to what arrives", () => {
  const rate = new ProportionalRate();
  rate.begin(20);
  const windows = [1, 2, 3, 4].map((_, i) => {
    const window = rate.onAck(1, 19 - i, 10, false)!;
    rate.onSent(window - (19 - i));
    return window - (19 - i);
  });
  assertEquals(windows, [1, 0, 1, 0]);
});

Deno.test("below ssthresh: as much as arrives, one more when SND.UNA advances and nothing else is lost, no more than ssthresh", () => {
  const rate = new ProportionalRate();
  rate.begin(10);
  assertEquals(rate.onAck(1, 5, 7, false), 6);
  rate.onSent(1);
  assertEquals(rate.onAck(1, 5, 7, true), 7);
  rate.onSent(2);
  assertEquals(rate.onAck(3, 6, 7, true), 7);
});

Deno.test("an acknowledgement that delivers nothing changes nothing; the first retransmission always goes", () => {
  const rate = new ProportionalRate();
  rate.begin(30);
  assertEquals(rate.onAck(0, 29, 15, true), undefined);
  assertEquals(rate.onTimer(29, 15), 30);
});

Deno.test("never nothing", () => {
  const rate = new ProportionalRate();
  rate.begin(10);
  rate.onSent(6);
  assertEquals(rate.onAck(1, 0, 2, false), 1);
});
