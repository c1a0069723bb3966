import { assertEquals } from "@std/assert";
import { ECONNRESET, EPIPE } from "../../abi/errno.ts";
import { optionOctets, Peer } from "./_testing.ts";

Deno.test("listener: three-way handshake, and the connection is there (RFC9293-3.5-three-way)", () => {
  const peer = new Peer();
  const fd = peer.listen();
  peer.inject("S", { seq: 0 });
  assertEquals(peer.take_sent(), ["S. 0:0(0) ack 1"]);
  assertEquals(peer.call({ name: "accept", fd, flags: 0 }).errno, 11);
  peer.inject(".", { seq: 1, ack: 1 });
  assertEquals(peer.call({ name: "accept", fd, flags: 0 }).result > fd, true);
});

Deno.test("listener: a backlog of N takes N + 1 connections", () => {
  for (const backlog of [0, 1]) {
    const peer = new Peer({ "net.ipv4.tcp_syncookies": "0" });
    const fd = peer.listen(backlog);
    peer.inject("S", { seq: 0 });
    peer.inject(".", { seq: 1, ack: 1 });
    assertEquals(peer.call({ name: "accept", fd, flags: 0 }).result >= 0, true);
    assertEquals(peer.call({ name: "accept", fd, flags: 0 }).errno, 11);
  }
});

Deno.test("listener: an ACK, a reset, a SYN with FIN", () => {
  const peer = new Peer();
  peer.listen();
  peer.inject(".", { seq: 1, ack: 5 });
  peer.inject("R", { seq: 1 });
  peer.inject("SF", { seq: 1 });
  // RFC9293-3.10.7.2-listen-ack, -listen-rst
  assertEquals(peer.take_sent(), ["R 5:5(0)"]);
});

Deno.test("listener: the SYN-ACK is sent again, and given up", () => {
  const peer = new Peer({ "net.ipv4.tcp_synack_retries": "2" });
  peer.listen();
  peer.inject("S", { seq: 0 });
  peer.take_sent();
  const times: number[] = [];
  for (let second = 1; second <= 20; second++) {
    peer.wait(1_000_000);
    if (peer.take_sent().length > 0) times.push(second);
  }
  assertEquals(times, [1, 3]);
  peer.inject(".", { seq: 1, ack: 1 });
  assertEquals(peer.take_sent(), ["R 1:1(0)"]);
});

Deno.test("close: the side that closes first waits in TIME-WAIT and answers a FIN that comes again (RFC9293-3.6-case1-local)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.call({ name: "close", fd });
  assertEquals(peer.take_sent(), ["F. 1:1(0) ack 1"]);
  peer.inject(".", { seq: 1, ack: 2 });
  peer.inject("F.", { seq: 1, ack: 2 });
  assertEquals(peer.take_sent(), ["." + " 2:2(0) ack 2"]);
  peer.wait(1_000_000);
  peer.inject("F.", { seq: 1, ack: 2 });
  assertEquals(peer.take_sent(), [". 2:2(0) ack 2"]);
  peer.wait(61_000_000);
  peer.inject("F.", { seq: 1, ack: 2 });
  // The four-tuple is free again; the listener answers (RFC9293-MUST-13).
  assertEquals(peer.take_sent(), ["R 2:2(0)"]);
});

Deno.test("close: both at once (RFC9293-3.6-case3-both)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.call({ name: "close", fd });
  peer.take_sent();
  peer.inject("F.", { seq: 1, ack: 1 });
  assertEquals(peer.take_sent(), [". 2:2(0) ack 2"]);
  peer.inject(".", { seq: 2, ack: 2 });
  assertEquals(peer.take_sent(), []);
  peer.inject("F.", { seq: 1, ack: 2 });
  assertEquals(peer.take_sent(), [". 2:2(0) ack 2"]);
});

Deno.test("close: with data unread the peer is reset (RFC9293-SHLD-3)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.inject("P.", { seq: 1, ack: 1, length: 10 });
  peer.take_sent();
  peer.call({ name: "close", fd });
  assertEquals(peer.take_sent(), ["R. 1:1(0) ack 11"]);
});

Deno.test("reset: one at RCV.NXT ends the connection, another in the window is challenged (RFC 5961 section 3.2)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.inject("R", { seq: 100 });
  assertEquals(peer.take_sent(), [". 1:1(0) ack 1"]);
  assertEquals(peer.read(fd, 10), -11);
  peer.inject("R", { seq: 1 });
  assertEquals(peer.take_sent(), []);
  assertEquals([peer.read(fd, 10), peer.read(fd, 10), peer.write(fd, 1)], [-ECONNRESET, 0, -EPIPE]);
});

Deno.test("text: out of order is kept and told by SACK, in order is read (RFC9293-SHLD-31)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept(optionOctets((o) => o.sackPermitted = true));
  peer.inject(".", { seq: 101, ack: 1, length: 100 });
  assertEquals(peer.take_sent(), [". 1:1(0) ack 1"]);
  assertEquals(peer.lastOptions, "nop,nop,sack 101:201");
  assertEquals(peer.read(fd, 1000), -11);
  peer.inject(".", { seq: 1, ack: 1, length: 100 });
  assertEquals(peer.take_sent(), [". 1:1(0) ack 201"]);
  assertEquals(peer.read(fd, 1000), 200);
});

Deno.test("text: what overlaps is taken once (RFC9293-3.10.7.4-trim)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.inject("P.", { seq: 1, ack: 1, length: 100 });
  peer.inject("P.", { seq: 51, ack: 1, length: 100 });
  assertEquals(peer.take_sent(), [". 1:1(0) ack 101", ". 1:1(0) ack 151"]);
  assertEquals(peer.read(fd, 1000), 150);
});

Deno.test("window: nothing is sent into one that is shut; it is probed, and used when it opens (RFC9293-MUST-36)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.inject(".", { seq: 1, ack: 1, window: 0 });
  assertEquals([peer.write(fd, 100), peer.take_sent()], [100, []]);
  peer.wait(2_000_000);
  const probes = peer.take_sent();
  assertEquals(new Set(probes), new Set([". 0:0(0) ack 1"]));
  // RFC9293-SHLD-30: fewer and fewer.
  assertEquals(probes.length >= 2 && probes.length <= 4, true);
  peer.inject(".", { seq: 1, ack: 1, window: 1000 });
  assertEquals(peer.take_sent(), ["P. 1:101(100) ack 1"]);
});

Deno.test("urgent: the mark stops a read, and the octet is read by MSG_OOB (RFC9293-MUST-30)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.inject("P.U", { seq: 1, ack: 1, length: 10, urgent: 5 });
  assertEquals(peer.read(fd, 100), 4);
  const urgent = peer.call({ name: "recvfrom", fd, buffer: true, length: 5, flags: 0x41, wantAddress: false });
  assertEquals([urgent.result, peer.read(fd, 100)], [1, 5]);
});

Deno.test("keep-alive: probes after the idle time, then the connection is given up (RFC9293-MUST-29)", () => {
  const settings = {
    "net.ipv4.tcp_keepalive_time": "10",
    "net.ipv4.tcp_keepalive_intvl": "2",
    "net.ipv4.tcp_keepalive_probes": "3",
  };
  const peer = new Peer(settings);
  const [, fd] = peer.accept();
  peer.call({ name: "setsockopt", fd, level: 1, option: 9, value: Uint8Array.of(1, 0, 0, 0), length: 4 });
  peer.wait(9_900_000);
  assertEquals(peer.take_sent(), []);
  peer.wait(200_000);
  assertEquals(peer.take_sent(), [". 0:0(0) ack 1"]);
  peer.wait(5_900_000);
  const rest = peer.take_sent();
  assertEquals(rest, [". 0:0(0) ack 1", ". 0:0(0) ack 1", "R. 1:1(0) ack 1"]);
  assertEquals(peer.read(fd, 1), -110);
});

Deno.test("SYN cookies: a connection without anything kept of its SYN", () => {
  const peer = new Peer({ "net.ipv4.tcp_syncookies": "2" });
  const fd = peer.listen();
  peer.inject("S", { seq: 0, options: optionOctets((o) => o.mss = 1000) });
  assertEquals(peer.take_sent(), ["S. 0:0(0) ack 1"]);
  peer.inject("P.", { seq: 1, ack: 1, length: 5 });
  const accepted = peer.call({ name: "accept", fd, flags: 0 }).result;
  assertEquals([peer.read(accepted, 10), peer.take_sent()], [5, [". 1:1(0) ack 6"]]);
  // An ACK of another number is no cookie.
  peer.inject(".", { seq: 77, ack: 99 });
  assertEquals(peer.read(accepted, 10), -11);
});

Deno.test("profile rfc: a timestamp one tick old is too old, for Linux two", () => {
  for (const [profile, taken] of [["rfc", -11], ["linux", 10]] as const) {
    const peer = new Peer({}, profile);
    const stamp = (val: number) =>
      optionOctets((o) => {
        o.timestamps = true;
        o.tsval = val;
      });
    const fd = peer.listen();
    peer.inject("S", { seq: 0, options: stamp(1000) });
    peer.inject(".", { seq: 1, ack: 1, options: stamp(1001) });
    const accepted = peer.call({ name: "accept", fd, flags: 0x800 }).result;
    peer.inject("P.", { seq: 1, ack: 1, length: 10, options: stamp(1000) });
    assertEquals(peer.read(accepted, 100), taken, profile);
  }
});

Deno.test("urgent: each segment says where the urgent data ends, from its own number on (RFC9293-MUST-62)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  assertEquals(peer.write(fd, 4000, 1), 4000);
  assertEquals([peer.take_sent().length, peer.urgentEnds], [8, new Array(8).fill(4001)]);
});

Deno.test("FIN: one out of order is told by SACK, as its sequence number came; an old one is answered each time", () => {
  const peer = new Peer();
  peer.accept(optionOctets((o) => o.sackPermitted = true));
  peer.inject("F.", { seq: 101, ack: 1 });
  assertEquals(peer.lastOptions, "nop,nop,sack 101:102");
  peer.inject("P.", { seq: 1, ack: 1, length: 100 });
  assertEquals(peer.take_sent(), [". 1:1(0) ack 1", ". 1:1(0) ack 102"]);
  for (let i = 0; i < 3; i++) peer.inject("F.", { seq: 50, ack: 1 });
  assertEquals(peer.take_sent().length, 3);
});

Deno.test("FIN: one out of order shows that there is text, which nobody will read after close (RFC9293-SHLD-3)", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  peer.call({ name: "close", fd });
  peer.inject("F.", { seq: 101, ack: 1 });
  assertEquals(peer.take_sent(), ["F. 1:1(0) ack 1", "R 1:1(0)"]);
});

Deno.test("profile linux: a segment with none of ACK, RST and SYN is dropped, old or not; by the RFC it is answered", () => {
  for (const [profile, answers] of [["linux", []], ["rfc", [". 1:1(0) ack 1"]]] as const) {
    const peer = new Peer({}, profile);
    peer.accept();
    peer.inject("P", { seq: 70_001, length: 10 });
    assertEquals(peer.take_sent(), [...answers]);
  }
});

Deno.test("window: a probe that is text is sent again as text is, and no more probed for", () => {
  const peer = new Peer();
  const [, fd] = peer.accept();
  for (const window of [0, 400]) peer.inject(".", { seq: 1, ack: 1, window });
  peer.write(fd, 1000);
  peer.wait(2_900_000);
  const sent = peer.take_sent();
  assertEquals([new Set(sent), sent.length], [new Set(["P. 1:401(400) ack 1"]), 4]);
});

Deno.test("ECN: an echo says nothing while nothing is on its way (RFC3168-6.1.2)", () => {
  const peer = new Peer();
  const listener = peer.listen();
  peer.inject("SEW", { seq: 0 });
  peer.inject(".", { seq: 1, ack: 1 });
  const { result: fd } = peer.call({ name: "accept", fd: listener, flags: 0x800 });
  peer.inject("PE.", { seq: 1, ack: 1, length: 10 });
  peer.take_sent();
  peer.write(fd, 100);
  assertEquals(peer.take_sent(), ["P. 1:101(100) ack 11"]);
});
