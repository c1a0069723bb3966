import { assertEquals } from "@std/assert";
import { Peer } from "./peer.ts";

function segment(seq: number, length: number) {
  return { seq, length, stamp: undefined };
}

Deno.test("peer: text in order moves the acknowledgement, text behind a hole is kept until the hole is filled", () => {
  const peer = new Peer(1000);
  assertEquals(peer.receive(segment(1, 100)), undefined);
  peer.receive(segment(201, 100));
  peer.receive(segment(401, 100));
  assertEquals([peer.acked, peer.ranges], [101, [[401, 501], [201, 301]]]);
  peer.receive(segment(301, 100));
  assertEquals([peer.acked, peer.ranges], [101, [[201, 501]]]);
  peer.receive(segment(101, 100));
  assertEquals([peer.acked, peer.ranges], [501, []]);
});

Deno.test("peer: what came before is told as a duplicate", () => {
  const peer = new Peer(1000);
  peer.receive(segment(1, 100));
  peer.receive(segment(201, 100));
  assertEquals([peer.receive(segment(1, 50)), peer.receive(segment(201, 100))], [[1, 51], [201, 301]]);
});

Deno.test("peer: what was sent is noted once; shares of it fall on the ends of segments", () => {
  const peer = new Peer(1000);
  const first = [{ seq: 1, length: 100, stamp: 120 }, segment(101, 100)];
  assertEquals(peer.notice(first).length, 2);
  assertEquals(peer.notice([...first, segment(201, 50)]), [segment(201, 50)]);
  assertEquals([peer.sent, peer.echo], [251, 120]);
  assertEquals([0, 0.3, 0.75, 1].map((share) => peer.boundaryAt(share)), [1, 101, 201, 251]);
});
