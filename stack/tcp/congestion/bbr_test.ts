import { assert, assertEquals } from "@std/assert";
import { TestConnection } from "../recovery/_testing.ts";

/** What a path is like. */
interface PathOptions {
  /** Segments per second. */
  readonly rate: number;
  /** Round-trip time without queues, ms. */
  readonly rtt: number;
  /** Segments that the queue holds; what does not fit is lost. */
  readonly queue: number;
}

/** A sender with always enough to send, and a receiver that acknowledges each segment, over one bottleneck. */
class Bulk {
  readonly connection: TestConnection;
  private readonly service: number;
  private readonly arrivals: { at: number; end: number }[] = [];
  private readonly outOfOrder = new Set<number>();
  private busyUntil = 0;
  private received = 1;

  constructor(congestion: string, private readonly path: PathOptions) {
    this.connection = new TestConnection(path.rtt, { congestion });
    this.service = 1e6 / path.rate;
    this.connection.write(100);
    this.carry();
  }

  /** Takes what was sent into the queue. */
  private carry(): void {
    const { net, mss } = this.connection;
    for (const text of this.connection.take()) {
      const [seq, end] = text.split(":").map(Number);
      for (let at = seq!; at < end!; at += mss) {
        this.busyUntil = Math.max(this.busyUntil, net.now);
        if ((this.busyUntil - net.now) / this.service > this.path.queue) continue;
        this.busyUntil += this.service;
        this.arrivals.push({ at: this.busyUntil + this.path.rtt * 1000, end: at + mss });
      }
    }
  }

  run(seconds: number): void {
    const { connection } = this;
    const until = connection.net.now + seconds * 1e6;
    while (connection.net.now < until) {
      connection.unsentOctets = 100_000;
      const timer = connection.net.timers.nextDeadline() ?? Infinity;
      if (timer < (this.arrivals[0]?.at ?? Infinity)) connection.wait(Math.max(timer - connection.net.now, 0) / 1000);
      else this.arrive(this.arrivals.shift()!);
      this.carry();
    }
  }

  private arrive({ at, end }: { at: number; end: number }): void {
    const { mss, net } = this.connection;
    this.outOfOrder.add(end);
    while (this.outOfOrder.delete(this.received + mss)) this.received += mss;
    const blocks: [number, number][] = end > this.received ? [[end - mss, end]] : [];
    this.connection.ack(Math.max(at - net.now, 0) / 1000, this.received, blocks);
  }
}

Deno.test("BBR finds the bandwidth and the round-trip time of a path, and keeps two such products in flight", () => {
  const bulk = new Bulk("bbr", { rate: 1000, rtt: 50, queue: 1000 });
  bulk.run(8);
  const { flow } = bulk.connection.recovery;
  const product = 1000 * 0.051;
  assert(Math.abs(flow.pacingRate / 1e6 - 1) < 0.3, `paces ${flow.pacingRate}`);
  assert(flow.cwnd >= 1.8 * product && flow.cwnd <= 2.4 * product, `window ${flow.cwnd}`);
  assertEquals(bulk.connection.recovery.info.totalRetransmissions, 0);
});

Deno.test("BBR does not take losses of a short queue for a narrower path", () => {
  const bulk = new Bulk("bbr", { rate: 1000, rtt: 50, queue: 20 });
  bulk.run(8);
  const { flow, info } = bulk.connection.recovery;
  assert(info.totalRetransmissions > 0);
  assert(Math.abs(flow.pacingRate / 1e6 - 1) < 0.35, `paces ${flow.pacingRate}`);
});

Deno.test("BBR drains the path every ten seconds to see its round-trip time", () => {
  const bulk = new Bulk("bbr", { rate: 1000, rtt: 50, queue: 1000 });
  bulk.run(9);
  let least = Infinity;
  for (let i = 0; i < 40; i++) {
    bulk.run(0.1);
    least = Math.min(least, bulk.connection.recovery.flow.cwnd);
  }
  assertEquals(least, 4);
  bulk.run(2);
  assert(bulk.connection.recovery.flow.cwnd > 80, `${bulk.connection.recovery.flow.cwnd}`);
});

Deno.test("CUBIC over the same path: fills the queue, backs off, never times out", () => {
  const bulk = new Bulk("cubic", { rate: 1000, rtt: 50, queue: 60 });
  bulk.run(20);
  const { info } = bulk.connection.recovery;
  assertEquals(info.totalTimeouts, 0);
  assert(
    info.totalRetransmissions > 0 && info.deliveryRate > 0.7e6,
    `${info.totalRetransmissions} ${info.deliveryRate}`,
  );
});
