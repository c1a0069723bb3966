import { assert, assertEquals } from "@std/assert";
import { Phase } from "../congestion/interface.ts";
import { TestConnection } from "./_testing.ts";

/** `[cwnd, ssthresh, phase]`. */
function state(connection: TestConnection): number[] {
  const { cwnd, ssthresh, phase } = connection.recovery.flow;
  return [cwnd, ssthresh, phase];
}

Deno.test("slow start: the window opens by what arrives, up to twice what was used", () => {
  const connection = new TestConnection(100);
  connection.write(9);
  assertEquals(connection.take(), ["1:9001"]);
  const windows = [2001, 4001, 6001, 8001, 9001].map((ack) => {
    connection.ack(ack === 2001 ? 105 : 5, ack);
    return connection.recovery.flow.cwnd;
  });
  assertEquals(windows, [12, 14, 16, 18, 18]);
});

Deno.test("the last acknowledgement of a flight that was used opens the window, too", () => {
  const connection = new TestConnection(200, { congestion: "reno" });
  connection.write(10);
  connection.ack(200, 10001);
  connection.write(18);
  connection.wait(10);
  connection.write(2);
  for (let ack = 12001; ack <= 30001; ack += 2000) connection.ack(1, ack);
  assertEquals(connection.recovery.flow.cwnd, 40);
});

Deno.test("one loss: PRR sends one segment for each that arrives (RFC 9937)", () => {
  const connection = new TestConnection(100);
  connection.write(10);
  connection.take();
  connection.ack(110, 1, [[1001, 2001]]);
  connection.ack(10, 1, [[1001, 3001]]);
  assertEquals(state(connection), [10, 0x7fffffff, Phase.Disorder]);
  connection.ack(10, 1, [[1001, 4001]]);
  assertEquals(connection.take(), ["1:1001"]);
  assertEquals(state(connection), [7, 7, Phase.Recovery]);
  connection.write(7);
  assertEquals(connection.take(), []);
  for (let i = 5; i <= 10; i++) {
    connection.ack(10, 1, [[1001, 1000 * i + 1]]);
    assertEquals(connection.take(), [`${1000 * i + 5001}:${1000 * i + 6001}`]);
  }
  connection.ack(20, 10001);
  assertEquals(connection.take(), ["16001:17001"]);
  assertEquals(state(connection), [7, 7, Phase.Open]);
});

Deno.test("many losses and a lost retransmission: PRR below ssthresh (google's prr-ss-30pkt-lost-1_4-11_16)", () => {
  const connection = new TestConnection(10);
  connection.write(20);
  const step = (ms: number, ack: number, left: number, right: number) => {
    connection.ack(ms, ack, [[left, right]]);
    return connection.take();
  };
  connection.take();
  assertEquals(step(10, 1, 4001, 5001), ["10001:11001"]); // limited transmit (RFC 3042)
  assertEquals(step(2, 1, 4001, 6001), ["11001:12001"]);
  assertEquals(step(2, 1, 4001, 7001), ["1:1001"]);
  assertEquals(step(2, 1, 4001, 8001), ["1001:2001"]);
  assertEquals(step(2, 1, 4001, 9001), ["2001:3001"]);
  assertEquals(step(2, 1, 4001, 10001), ["3001:4001"]);
  assertEquals(step(2, 1, 4001, 11001), ["12001:13001"]);
  assertEquals(step(2, 1, 4001, 12001), ["13001:14001"]);
  assertEquals(step(10, 1001, 4001, 12001), ["14001:16001"]);
  assertEquals(step(2, 1001, 2001, 12001), ["1001:2001", "16001:17001"]);
  assertEquals(step(2, 1001, 2001, 13001), ["17001:18001"]);
  assertEquals(step(2, 1001, 2001, 14001), ["18001:19001"]);
});

Deno.test("SACK blocks of an acknowledgement below SND.UNA count", () => {
  const connection = new TestConnection(10);
  connection.write(10);
  connection.ack(10, 1, [[1001, 2001]]);
  connection.ack(0, 1, [[1001, 3001]]);
  connection.take();
  connection.ack(0, 1, [[1001, 3001], [8001, 9001]]);
  assertEquals(connection.take(), ["1:1001"]);
  connection.ack(12, 4001, [[8001, 9001]]);
  assertEquals(connection.take(), ["4001:7001"]);
  connection.write(10);
  connection.ack(2, 3001, [[5001, 7001]]);
  assertEquals(connection.take(), ["7001:8001", "10001:11001"]);
});

Deno.test("reordering: its degree, and RACK's wait for it", () => {
  const connection = new TestConnection(100);
  connection.write(10);
  connection.take();
  connection.ack(100, 1, [[7001, 8001]]);
  connection.wait(26);
  assertEquals(connection.take(), []);
  connection.wait(2);
  assertEquals(connection.take(), ["1:1001"]);
  const { info } = connection.recovery;
  assertEquals([info.phase, info.lost, info.reordering], [Phase.Recovery, 7, 3]);
  connection.ack(2, 1, [[3001, 4001], [7001, 8001]]);
  assertEquals(connection.take(), ["1001:2001"]);
  assertEquals([info.lost, info.reordering, info.reorderingSeen], [6, 5, 1]);
  connection.ack(100, 10001);
  assertEquals([info.phase, info.unacked, info.sacked, info.lost, info.retransmitted], [Phase.Open, 0, 0, 0, 0]);
});

Deno.test("without SACK: limited transmit, fast retransmit, partial acknowledgements (RFC 3042, RFC 6582)", () => {
  const connection = new TestConnection(100, { sack: false });
  connection.write(15);
  connection.take();
  connection.ack(100, 1);
  assertEquals(connection.take(), ["10001:11001"]);
  connection.ack(10, 1);
  assertEquals(connection.take(), ["11001:12001"]);
  connection.ack(10, 1);
  assertEquals(connection.take(), ["1:1001"]);
  assertEquals(state(connection), [9, 7, Phase.Recovery]);
  connection.ack(10, 3001); // a second hole
  assertEquals(connection.take()[0], "3001:4001");
  connection.ack(10, 15001);
  assertEquals(connection.recovery.flow.phase, Phase.Open);
  assertEquals(connection.recovery.flow.cwnd, 7);
});

Deno.test("without SACK: an acknowledgement counts less what duplicates have told", () => {
  const connection = new TestConnection(100, { sack: false });
  connection.write(15);
  connection.ack(110, 1);
  connection.ack(10, 1);
  connection.take();
  connection.ack(10, 3001);
  assertEquals(connection.take(), ["12001:14001"]);
  assertEquals(connection.recovery.flow.cwnd, 11);
});

Deno.test("a timeout: the oldest segment, then slow start; the timeout stays doubled until something is measured", () => {
  const connection = new TestConnection(100, { settings: { early_retrans: "0" } });
  connection.write(4);
  connection.take();
  connection.wait(300);
  assertEquals(connection.take(), ["1:1001"]);
  assertEquals(state(connection), [1, 7, Phase.Loss]);
  assertEquals([connection.recovery.rto, connection.recovery.backoff, connection.recovery.timeouts], [600_000, 1, 1]);
  connection.wait(600);
  assertEquals(connection.take(), ["1:1001"]);
  connection.ack(100, 1001);
  assertEquals(connection.take(), ["1001:3001"]);
  assertEquals([connection.recovery.rto, connection.recovery.timeouts], [1_200_000, 0]);
  connection.ack(100, 4001);
  assertEquals(state(connection), [5, 7, Phase.Open]);
  connection.write(1);
  connection.ack(100, 5001);
  assertEquals(connection.recovery.rto, 300_000);
});

Deno.test("a timeout halves what was in flight, not the window (RFC 5681 (4)), unless as Linux", () => {
  for (const [profile, ssthresh] of [["linux", 5], ["rfc", 3]] as const) {
    const connection = new TestConnection(100, { profile, congestion: "reno", settings: { early_retrans: "0" } });
    connection.write(6);
    connection.wait(1000);
    assertEquals([connection.recovery.flow.phase, connection.recovery.flow.ssthresh], [Phase.Loss, ssthresh], profile);
  }
});

Deno.test("a connection that gives up sends nothing more", () => {
  const connection = new TestConnection(100, { settings: { early_retrans: "0" } });
  connection.patience = 1;
  connection.write(1);
  connection.take();
  connection.wait(10_000);
  assertEquals(connection.take(), ["1:1001"]);
});

Deno.test("an acknowledgement of a part of a segment restarts the timeout, but not on Linux", () => {
  for (const [profile, again] of [["linux", 300], ["rfc", 200 + 1000]] as const) {
    const connection = new TestConnection(100, { profile, settings: { early_retrans: "0" } });
    connection.write(1);
    connection.take();
    connection.ack(200, 501);
    connection.wait(again - 201);
    assertEquals(connection.take(), [], profile);
    connection.wait(2);
    assertEquals(connection.take(), ["1:1001"], profile);
  }
});

Deno.test("the user timeout ends a connection when it is over, not at the next retransmission", () => {
  for (const [profile, waited] of [["linux", 300 + 1500], ["rfc", 1500]] as const) {
    const connection = new TestConnection(100, { profile, settings: { early_retrans: "0" } });
    connection.userTimeout = 1_500_000;
    const start = connection.net.now;
    connection.write(1);
    connection.wait(10_000);
    assertEquals(connection.gaveUpAt! - start, waited * 1000, profile);
  }
});

Deno.test("a tail loss probe: the last segment, then the timeout (RFC 8985 section 7)", () => {
  const connection = new TestConnection(100);
  connection.write(4);
  connection.take();
  connection.wait(201);
  assertEquals(connection.take(), []);
  connection.wait(2);
  assertEquals(connection.take(), ["3001:4001"]);
  connection.wait(298);
  assertEquals(connection.take(), []);
  connection.wait(2);
  assertEquals(connection.take(), ["1:1001"]);
});

Deno.test("a tail loss probe of new data, and of a single segment after the worst delayed ACK or the timeout", () => {
  const connection = new TestConnection(100);
  connection.window = 2000;
  connection.write(3);
  connection.take();
  connection.window = 3000;
  connection.wait(203);
  assertEquals(connection.take(), ["2001:3001"]);
  const single = new TestConnection(10);
  single.write(1);
  single.take();
  single.wait(209);
  assertEquals(single.take(), []);
  single.wait(2);
  assertEquals(single.take(), ["1:1001"]);
});

Deno.test("a probe that repaired a loss reduces the window; one whose segment arrived twice does not", () => {
  const connection = new TestConnection(100);
  connection.write(4);
  connection.wait(210);
  connection.write(1);
  connection.ack(100, 5001);
  assertEquals(state(connection), [7, 7, Phase.Open]);
  const spared = new TestConnection(100);
  spared.write(4);
  spared.wait(210);
  spared.ack(10, 4001, [[3001, 4001]]);
  assertEquals([spared.recovery.flow.ssthresh, spared.recovery.info.dsackDuplicates], [0x7fffffff, 1]);
});

Deno.test("DSACKs for everything that was sent again take the reduction back (RFC 3708)", () => {
  const connection = new TestConnection(100);
  connection.write(10);
  connection.ack(100, 1, [[1001, 4001]]);
  assertEquals(connection.recovery.flow.phase, Phase.Recovery);
  connection.ack(10, 10001);
  assertEquals(state(connection), [7, 7, Phase.Open]);
  connection.ack(90, 10001, [[1, 1001]]);
  assertEquals(state(connection).slice(0, 2), [10, 0x7fffffff]);
});

Deno.test("an echo older than the retransmission takes the reduction back (Eifel, RFC 3522)", () => {
  const connection = new TestConnection(100, { timestamps: true });
  connection.write(10);
  const sentAt = connection.timestampNow();
  connection.ack(100, 1, [[1001, 4001]], { timestampEcho: sentAt });
  connection.ack(10, 4001, [], { timestampEcho: sentAt });
  assertEquals(state(connection), [11, 0x7fffffff, Phase.Open]);
});

Deno.test("without SACK a recovery that was taken back tells of reordering", () => {
  const connection = new TestConnection(100, { sack: false, timestamps: true });
  connection.write(10);
  const sentAt = connection.timestampNow();
  for (let i = 0; i < 3; i++) connection.ack(i === 0 ? 100 : 1, 1, [], { timestampEcho: sentAt });
  assertEquals(connection.recovery.flow.phase, Phase.Recovery);
  connection.ack(1, 4001, [], { timestampEcho: sentAt });
  assertEquals([connection.recovery.flow.phase, connection.recovery.info.reordering], [Phase.Open, 4]);
});

Deno.test("F-RTO without SACK: two acknowledgements that advance show a spurious timeout (RFC 5682 section 2.1)", () => {
  const connection = new TestConnection(100, { sack: false, settings: { early_retrans: "0" } });
  connection.write(12);
  connection.wait(300);
  connection.take();
  assertEquals(connection.recovery.flow.phase, Phase.Loss);
  connection.ack(10, 2001);
  assertEquals(connection.take(), ["10001:12001"]);
  connection.ack(10, 4001);
  assertEquals(connection.recovery.flow.phase, Phase.Open);
  assert(connection.recovery.flow.cwnd >= 10);
  assertEquals(connection.recovery.info.lost, 0);
});

Deno.test("F-RTO: a segment with data that acknowledges nothing new tells nothing", () => {
  const connection = new TestConnection(100, { sack: false, settings: { early_retrans: "0" } });
  connection.write(12);
  connection.wait(300);
  connection.take();
  connection.ack(10, 1, [], { carriesData: true });
  connection.ack(10, 2001);
  assertEquals(connection.take(), ["10001:12001"]);
});

Deno.test("F-RTO without SACK: a duplicate shows a genuine one", () => {
  const connection = new TestConnection(100, { sack: false, settings: { early_retrans: "0" } });
  connection.write(12);
  connection.wait(300);
  connection.take();
  connection.ack(10, 1001);
  assertEquals(connection.take(), ["10001:12001"]);
  connection.ack(10, 1001);
  assertEquals(connection.take(), ["1001:2001"]);
  assertEquals(connection.recovery.flow.phase, Phase.Loss);
});

Deno.test("F-RTO with SACK: something sent once before the timeout arrives (RFC 5682 section 3.1)", () => {
  const connection = new TestConnection(100, { settings: { early_retrans: "0" } });
  connection.write(10);
  connection.wait(300);
  connection.ack(10, 1, [[1001, 2001]]);
  assertEquals(connection.recovery.flow.phase, Phase.Disorder);
  assertEquals(connection.recovery.flow.cwnd, 10);
});

Deno.test("an ECN echo brings the window down once per round trip, and is to be answered with CWR", () => {
  const connection = new TestConnection(100);
  connection.write(10);
  connection.take();
  connection.ack(100, 1001, [], { ece: true });
  assertEquals(connection.recovery.flow.phase, Phase.Reduced);
  assertEquals(connection.recovery.flow.ssthresh, 7);
  assert(connection.recovery.congestionWindowReduced);
  connection.ack(1, 5001, [], { ece: true });
  assertEquals(connection.recovery.flow.ssthresh, 7);
  connection.ack(1, 10001, [], { ece: false });
  assertEquals(state(connection), [7, 7, Phase.Open]);
});

Deno.test("an idle window: halved for each timeout of idleness as Linux, at once as RFC 5681", () => {
  for (const [profile, expected] of [["linux", 15], ["rfc", 10]] as const) {
    const connection = new TestConnection(100, { profile });
    connection.write(10);
    connection.recovery.flow.cwnd = 30;
    connection.ack(100, 10001);
    const { rto } = connection.recovery;
    connection.wait(rto * 1.5 / 1000);
    connection.write(1);
    assertEquals(connection.recovery.flow.cwnd, expected, profile);
  }
});

Deno.test("a smaller path MTU: what is too large goes again at once, the window stays", () => {
  const connection = new TestConnection(100);
  connection.write(3);
  connection.take();
  connection.recovery.onSegmentsTooLarge(500);
  connection.transmitPending();
  assertEquals([connection.recovery.info.unacked, connection.recovery.flow.cwnd], [6, 10]);
  assertEquals(connection.take().length > 0, true);
});

Deno.test("a segment whose acknowledgements were lost is not taken for a long round trip", () => {
  const connection = new TestConnection(100, { timestamps: true, settings: { early_retrans: "0" } });
  connection.write(2);
  connection.wait(2000); // timeouts
  connection.ack(10, 1, [[1001, 2001]], { timestampEcho: connection.timestampNow() - 3000 });
  assertEquals(connection.recovery.info.srtt, 100_000);
  connection.ack(10, 2001, [], { timestampEcho: connection.timestampNow() - 90 });
  assertEquals(connection.recovery.rto, 300_000);
  const other = new TestConnection(100, { timestamps: true, settings: { early_retrans: "0" } });
  other.write(1);
  other.ack(250, 1001, [], { timestampEcho: other.timestampNow() + 150 });
  assertEquals(other.recovery.info.srtt, 100_000);
});

Deno.test("a lost probe of the path MTU goes again without a reduction (RFC 4821 section 7.6.2)", () => {
  const connection = new TestConnection(100);
  connection.mtuProbe = 1;
  connection.write(4);
  connection.take();
  connection.ack(100, 1, [[1001, 4001]]);
  assertEquals(connection.take(), ["1:1001"]);
  assertEquals(state(connection), [10, 0x7fffffff, Phase.Loss]);
  connection.ack(100, 4001);
  assertEquals(state(connection), [10, 0x7fffffff, Phase.Open]);
});

Deno.test("a loss beyond a recovery's end begins another recovery, though it was sent again during the first", () => {
  const connection = new TestConnection(100, { congestion: "reno" });
  connection.write(40);
  connection.ack(100, 1, [[1001, 4001]]);
  connection.ack(100, 1, [[1001, 10001]]);
  const beyond = connection.sndNxt - 3000;
  connection.ack(100, 1, [[1001, 10001], [beyond + 1000, connection.sndNxt]]);
  connection.wait(1);
  connection.ack(1, 10001, [[beyond + 1000, connection.sndNxt]]);
  assertEquals(connection.recovery.flow.phase, Phase.Recovery);
  assert(connection.recovery.flow.ssthresh < 5);
});

Deno.test("a local queue that takes nothing: nothing counts as sent again, and the timeout still runs", () => {
  const connection = new TestConnection(20);
  connection.write(2);
  connection.take();
  connection.blocked = true;
  connection.ack(20, 1, [[1001, 2001]]);
  connection.wait(10);
  const { info } = connection.recovery;
  assertEquals([info.phase, info.unacked, info.sacked, info.lost, info.retransmitted], [Phase.Recovery, 2, 1, 1, 0]);
  assertEquals(connection.recovery.flow.cwnd, 1);
  connection.ack(10, 1, [[1001, 2001]], { carriesData: true });
  assertEquals(connection.recovery.flow.cwnd, 1);
  connection.blocked = false;
  connection.wait(1000);
  assertEquals(connection.take()[0], "1:1001");
});

Deno.test("SYN: a second, linear timeouts first; then data starts as RFC 5681 has it", () => {
  const connection = new TestConnection(-1);
  connection.handshake = true;
  const syn = connection.queue.push(0, 1);
  connection.sndUna = 0;
  connection.recovery.onSent(syn);
  const times: number[] = [];
  const started = connection.net.now;
  for (let i = 0; i < 6; i++) {
    const before = connection.sent.length;
    while (connection.sent.length === before) connection.wait(100);
    times.push(Math.round((connection.net.now - started) / 1e6));
  }
  assertEquals(times, [1, 2, 3, 4, 5, 7]);
  assertEquals(connection.recovery.timeouts, 6);
  connection.ack(10, 1);
  connection.handshake = false;
  connection.recovery.onEstablished(-1, 6);
  assertEquals(connection.recovery.flow.cwnd, 1);
});
