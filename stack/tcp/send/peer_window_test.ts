import { assertEquals } from "@std/assert";
import { PeerWindow } from "./peer_window.ts";

function window(keepsShrunk = false): PeerWindow {
  const made = new PeerWindow(keepsShrunk);
  made.begin(100, 50, 1000);
  return made;
}

Deno.test("peer window: a newer sequence number or acknowledgment brings a new one", () => {
  const made = window();
  assertEquals([made.take(101, 50, 500, 50), made.size], [true, 500]);
  assertEquals([made.take(101, 51, 700, 50), made.size], [true, 700]);
  assertEquals([made.take(101, 51, 700, 51), made.largest], [false, 1000]);
});

Deno.test("peer window: an older segment's window is not taken", () => {
  const made = window();
  assertEquals([made.take(99, 50, 5000, 50), made.size], [false, 1000]);
  made.take(100, 60, 800, 50);
  assertEquals([made.take(100, 55, 900, 60), made.size], [false, 800]);
});

Deno.test("peer window: one that shrank is taken from the same sequence number, unless as Linux", () => {
  const strict = window();
  assertEquals([strict.take(100, 50, 900, 50), strict.size], [true, 900]);
  const linux = window(true);
  assertEquals([linux.take(100, 50, 900, 50), linux.size], [false, 1000]);
  assertEquals([linux.take(100, 50, 0, 50), linux.size], [true, 0]);
  assertEquals([linux.take(100, 50, 2000, 50), linux.size, linux.largest], [true, 2000, 2000]);
});
