import { assert, assertEquals } from "@std/assert";
import { POLLHUP, POLLIN, POLLRDHUP } from "../../abi/file_constants.ts";
import { EAGAIN, ECONNRESET, EPIPE } from "../../abi/errno.ts";
import * as T from "../../abi/tcp_constants.ts";
import { ADDRESS, Pair, pattern, read, write } from "./_testing.ts";
import { insideOldTcp } from "../tcp_old.ts";

const SO_LINGER = 13;
const linger = (on: number, seconds: number) => new Uint8Array(new Int32Array([on, seconds]).buffer);

/** The last TCP flags that a host sent. */
function lastFlags(pair: Pair, end: 0 | 1): number {
  return pair.seen.findLast((seen) => seen.end === end)!.octets[33]!;
}

Deno.test("close: every state of an orderly close, both sides", () => {
  const pair = new Pair();
  const { client, server } = pair.establish();
  client.close();
  assertEquals(client.sk_state, T.TCP_FIN_WAIT1);
  pair.run(50_000);
  assertEquals(server.sk_state, T.TCP_CLOSE_WAIT);
  assertEquals(server.poll() & (POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
  assertEquals(insideOldTcp(pair.a).timewait_count, 1, "FIN-WAIT-2 without a program");
  server.close();
  assertEquals(server.sk_state, T.TCP_LAST_ACK);
  pair.run(50_000);
  assertEquals(server.sk_state, T.TCP_CLOSE);
  assertEquals(insideOldTcp(pair.b).orphan_count, 0);
});

Deno.test("close: unread data resets the peer (RFC 2525 section 2.17)", () => {
  const pair = new Pair();
  const { client, server } = pair.establish();
  write(client, pattern(100));
  pair.run(50_000);
  server.close();
  assertEquals(lastFlags(pair, 1) & 0x04, 0x04);
  pair.run(50_000);
  assertEquals(read(client), -ECONNRESET);
  assertEquals(write(client, pattern(1)), -EPIPE);
  assertEquals(client.poll() & POLLHUP, POLLHUP);
});

Deno.test("close: linger 0 resets, linger with a time waits until the FIN is acknowledged", () => {
  const pair = new Pair();
  const first = pair.establish(80);
  first.client.setsockopt(1, SO_LINGER, linger(1, 0));
  first.client.close();
  assertEquals(lastFlags(pair, 0) & 0x04, 0x04);
  const second = pair.establish(81);
  second.client.setsockopt(1, SO_LINGER, linger(1, 5));
  write(second.client, pattern(1000));
  second.client.close();
  assertEquals(second.client.closePending(), true);
  let woken = false;
  second.client.wait.add(() => woken = true);
  pair.run(50_000);
  assertEquals([second.client.closePending(), woken], [false, true]);
});

Deno.test("close: FIN-WAIT-2 without a program ends after tcp_fin_timeout", () => {
  const pair = new Pair({ sysctl: { "net.ipv4.tcp_fin_timeout": 10 } });
  const { client } = pair.establish();
  client.close();
  pair.run(9e6);
  assertEquals(insideOldTcp(pair.a).timewait_count, 1);
  pair.run(2e6);
  assertEquals(insideOldTcp(pair.a).timewait_count, 0);
});

Deno.test("shutdown: each half by itself; writing after it is EPIPE", () => {
  const pair = new Pair();
  const { client, server } = pair.establish();
  assertEquals(client.shutdown(1), 0);
  assertEquals(write(client, pattern(1)), -EPIPE);
  pair.run(50_000);
  assertEquals(read(server), new Uint8Array(0));
  assertEquals(write(server, pattern(500)), 500);
  pair.run(50_000);
  assertEquals(read(client), pattern(500));
  server.close();
  pair.run(50_000);
  assertEquals(insideOldTcp(pair.a).timewait_count, 1);
});

Deno.test("a listener that closes resets what nobody accepted", () => {
  const pair = new Pair();
  const listener = pair.listen(80);
  const client = pair.connect(80);
  pair.run(50_000);
  assertEquals(client.sk_state, T.TCP_ESTABLISHED);
  listener.close();
  pair.run(50_000);
  assertEquals(read(client), -ECONNRESET);
  assertEquals([insideOldTcp(pair.b).ehash.size, insideOldTcp(pair.b).bind_table.size], [0, 0]);
  assertEquals(insideOldTcp(pair.b).orphan_count, 0);
});

Deno.test("time-wait: a SYN beyond the old connection opens a new one (RFC 6191)", () => {
  const pair = new Pair();
  const { client, server, listener } = pair.establish();
  const port = client.num;
  // The server closes first, so that TIME-WAIT is on its side.
  server.close();
  pair.run(50_000);
  client.close();
  pair.run(50_000);
  assertEquals(insideOldTcp(pair.b).timewait_count, 1);
  const again = pair.socket(0);
  again.setsockopt(1, 2, Uint8Array.of(1, 0, 0, 0));
  assertEquals(again.bind({ address: ADDRESS[4][0], port }), 0);
  pair.run(2e6);
  again.connect({ address: ADDRESS[4][1], port: 80 });
  pair.run(100_000);
  assertEquals(again.sk_state, T.TCP_ESTABLISHED);
  assertEquals(insideOldTcp(pair.b).timewait_count, 0);
  assert(typeof listener.accept() !== "number");
});

Deno.test("a full accept queue holds the handshake back until there is room", () => {
  const pair = new Pair({ sysctl: { "net.ipv4.tcp_syncookies": 0 } });
  const listener = pair.listen(80, 4, 1);
  const clients = [pair.connect(80), pair.connect(80), pair.connect(80), pair.connect(80)];
  pair.run(500_000);
  assert(listener.accept_queue.length <= 2);
  assert(pair.b.net.mib.get("TcpExt.TCPReqQFullDrop") > 0);
  let accepted = 0;
  for (let i = 0; i < 100 && accepted < 4; i++) {
    const child = listener.accept();
    if (typeof child !== "number") accepted++;
    else assertEquals(child, -EAGAIN);
    pair.run(1e6);
  }
  assertEquals(accepted, 4);
  for (const client of clients) assertEquals(client.sk_state, T.TCP_ESTABLISHED);
});
