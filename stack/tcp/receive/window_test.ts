import { SOCK_RCVBUF_LOCK } from "../../../abi/socket_constants.ts";
import { assertEquals } from "@std/assert";
import { type InetSock } from "../../inet/inet_sock.ts";
import { Sysctl } from "../../sysctl.ts";
import { tcpConfig } from "../config.ts";
import { Negotiated } from "../negotiated.ts";
import { chargeOf } from "./queue.ts";
import { ReceiveWindow } from "./window.ts";

/** A connection with a buffer of that many octets, over which text comes in order and is not read. */
class Receiving {
  readonly endpoint = { buffers: { rcvbuf: 0, rmem_alloc: 0 }, sk_userlocks: SOCK_RCVBUF_LOCK, net: { now: 0 } };
  readonly negotiated = new Negotiated();
  readonly window: ReceiveWindow;
  rcvNxt = 1;

  constructor(buffer: number, scale: number, clamp = 0, locked = true) {
    this.endpoint.buffers.rcvbuf = buffer;
    this.endpoint.sk_userlocks = locked ? SOCK_RCVBUF_LOCK : 0;
    this.negotiated.receiveScale = scale;
    const endpoint = this.endpoint as unknown as InetSock;
    this.window = new ReceiveWindow(endpoint, tcpConfig(new Sysctl()), this.negotiated, () => clamp);
    this.window.begin(1, ReceiveWindow.offerOf(buffer, 1460, clamp), 1460);
  }

  /** Text of that length; the limit behind it. */
  limitAfter(length: number): number {
    this.take(length);
    return this.window.limit;
  }

  /** Text of that length; the window field of its acknowledgement. */
  fieldAfter(length: number): number {
    this.take(length);
    return this.window.choose(this.rcvNxt);
  }

  /** The program reads all that is there, a millisecond and a round trip later. */
  read(octets: number): void {
    this.endpoint.net.now += 1000;
    this.endpoint.buffers.rmem_alloc = 0;
    this.window.taken(octets, 1000);
    this.window.choose(this.rcvNxt);
  }

  private take(length: number): void {
    this.window.learn(this.rcvNxt, length, length + 40);
    this.window.open();
    this.rcvNxt += length;
    // Small segments share storage, which does not matter here.
    this.endpoint.buffers.rmem_alloc += chargeOf(length + 40);
    this.window.choose(this.rcvNxt);
  }
}

/** What `ss -i` shows as rcv_ssthresh on Linux 6.18, SO_RCVBUF 200000, by the lengths of the segments. */
const MEASURED: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[100], [198540]],
  [[1000, 1000, 100, 1460, 1460], [173437, 173437, 173437, 199380, 202300]],
  [[1460, 1460, 1460, 100, 1460], [201480, 204400, 207320, 207320, 210240]],
  [[1460, 127], [201480, 201480]],
  [[1460, 128], [201480, 204400]],
  [[1460, 536, 536, 536], [201480, 204400, 205472, 206544]],
  [[1460, 1000, 1000, 1000], [201480, 204400, 206400, 208400]],
  [[3000, 1460, 1460, 1000, 2000, 3000], [204560, 207480, 210400, 213320, 182812, 217320]],
  [[1200, 1100, 1100], [201480, 203880, 204221]],
];

Deno.test("receive window: opens with what comes as Linux's does", () => {
  for (const [lengths, limits] of MEASURED) {
    const receiving = new Receiving(400_000, 2);
    assertEquals(lengths.map((length) => receiving.limitAfter(length)), limits, lengths.join(" "));
  }
});

Deno.test("receive window: not beyond what the buffer takes", () => {
  const receiving = new Receiving(60_000, 0);
  assertEquals([1460, 1460, 1460, 1460].map((length) => receiving.limitAfter(length)), [32120, 35040, 35040, 35040]);
});

Deno.test("receive window: without scaling it is a whole number of segments, and stays if a segment makes no difference", () => {
  const receiving = new Receiving(120_000, 0);
  assertEquals([1448, 1448, 1448].map((length) => receiving.fieldAfter(length)), [62264, 65160, 65535]);
  assertEquals(new Receiving(4096, 0).fieldAfter(100), 1460);
});

Deno.test("receive window: the scale is for what a buffer of the program's choice takes of text", () => {
  const config = tcpConfig(new Sysctl());
  const scales = [60_000, 65_536, 70_000, 131_072].map((value) =>
    ReceiveWindow.scaleFor(config, 0, 2 * value, true, 0)
  );
  assertEquals(scales, [0, 1, 1, 2]);
});

Deno.test("receive window: TCP_WINDOW_CLAMP bounds the offer by whole segments, and holds with SO_RCVBUF only", () => {
  assertEquals(ReceiveWindow.offerOf(131_072, 1460, 5000), 4380);
  assertEquals(new Receiving(131_072, 0, 5000, false).fieldAfter(1460), 7300);
  assertEquals(new Receiving(16_000, 0, 5000, true).fieldAfter(1000), 5000);
});

Deno.test("receive window: follows the buffer that autotuning makes larger, up to tcp_rmem", () => {
  const receiving = new Receiving(131_072, 10, 0, false);
  const first = receiving.limitAfter(1460);
  for (let round = 1; round <= 16; round++) {
    const octets = receiving.window.size(receiving.rcvNxt);
    for (let at = 0; at < octets; at += 1460) receiving.limitAfter(1460);
    receiving.read(octets);
  }
  const most = tcpConfig(new Sysctl()).rmem.vector[2]!;
  assertEquals(receiving.endpoint.buffers.rcvbuf, most);
  assertEquals(receiving.window.limit > 16 * first, true, `${first} → ${receiving.window.limit}`);
});

Deno.test("receive window: an aggregate opens it as its segments would one by one", () => {
  const limitOf = (packets: number, segments: number) => {
    const { window } = new Receiving(400_000, 2);
    for (let i = 0; i < packets; i++) {
      window.learn(1, 1460, 1500, segments);
      window.open();
    }
    return window.limit;
  };
  assertEquals(limitOf(1, 10), limitOf(10, 1));
  assertEquals(limitOf(10, 1), limitOf(1, 1) + 9 * 2 * 1460);
});
