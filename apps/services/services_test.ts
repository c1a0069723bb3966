import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pattern, sha256, type VirtualPair, virtualPair } from "../../runtime/_testing.ts";
import { SocketError } from "../../runtime/socket_error.ts";
import type { StreamSocket } from "../../runtime/sockets.ts";
import { parseImpairment } from "../../stack/link/impairment.ts";
import { get, put } from "../clients/transfer.ts";
import { ping } from "../clients/ping.ts";
import { socketTable } from "../statistics.ts";
import { chargen, chargenPattern } from "./chargen.ts";
import { discard } from "./discard.ts";
import { echo } from "./echo.ts";
import { http } from "./http.ts";
import { type RunningService, serveStreams, type Service } from "./service.ts";

const LOG: string[] = [];

/** Starts a service on the second stack. */
function start(pair: VirtualPair, service: Service): RunningService {
  return service({ sockets: pair.sockets[1], caller: pair.stacks[1].sockets, log: (line) => LOG.push(line) });
}

Deno.test("echo: over TCP what was sent, over UDP but not to a service that answers everything", async () => {
  const pair = virtualPair();
  start(pair, echo);
  const data = pattern(100_000);
  const stream = async () => {
    using socket = await pair.sockets[0].connect({ address: "fd00::2", port: 7 });
    const sending = socket.send(data).then(() => socket.finish());
    const parts: number[] = [];
    for (let part = await socket.recv(); part !== undefined; part = await socket.recv()) parts.push(...part);
    await sending;
    return Uint8Array.from(parts);
  };
  assertEquals(await pair.run(stream()), data);
  using suspicious = pair.sockets[0].datagram({ address: "0.0.0.0", port: 19 });
  using client = pair.sockets[0].datagram({ address: "0.0.0.0", port: 0 });
  let answered = false;
  suspicious.recv().then(() => answered = true, () => {});
  const datagram = async () => {
    await suspicious.send(data.subarray(0, 10), { address: "10.0.0.2", port: 7 });
    await client.send(data.subarray(0, 99), { address: "10.0.0.2", port: 7 });
    return await client.recv();
  };
  assertEquals((await pair.run(datagram())).data, data.subarray(0, 99));
  assertEquals(answered, false);
});

Deno.test("chargen: lines of 72 characters, each a character further (RFC 864)", async () => {
  const lines = new TextDecoder().decode(chargenPattern(1)).split("\r\n").slice(0, -1);
  assertEquals(lines.length, 95);
  assert(lines.every((line, i) => line.length === 72 && line.charCodeAt(0) === 0x20 + i));
  assertEquals(lines[94], "~ " + lines[0]!.slice(1, 71));
  const pair = virtualPair();
  start(pair, chargen);
  const read = async () => {
    using socket = await pair.sockets[0].connect({ address: "10.0.0.2", port: 19 });
    let text = "";
    while (text.length < 300_000) text += new TextDecoder().decode(await socket.recv());
    return text;
  };
  const text = await pair.run(read());
  const expected = new TextDecoder().decode(chargenPattern(100)).slice(0, text.length);
  assertEquals(text === expected, true);
});

Deno.test("discard: takes everything, answers nothing, closes after the peer", async () => {
  const pair = virtualPair();
  start(pair, discard);
  const send = async () => {
    using socket = await pair.sockets[0].connect({ address: "10.0.0.2", port: 9 });
    await socket.send(pattern(200_000));
    socket.finish();
    return await socket.recv();
  };
  assertEquals(await pair.run(send()), undefined);
});

for (const impairment of ["seed=1", "loss=2% reorder=5% dup=1% corrupt=0.5% delay=20ms"]) {
  Deno.test(`http: a file both ways between two stacks, ${impairment}`, async () => {
    const root = Deno.makeTempDirSync();
    try {
      const data = pattern(400_000);
      Deno.writeFileSync(`${root}/file`, data);
      const pair = virtualPair({ impairments: parseImpairment(impairment) });
      start(pair, http({ root, upload: true }));
      const parts: number[] = [];
      const url = new URL("http://[fd00::2]/file");
      const context = { sockets: pair.sockets[0] };
      await pair.run(get(context, url, (piece) => parts.push(...piece)));
      assertEquals(await sha256(Uint8Array.from(parts)), await sha256(data));
      const sent = await pair.run(put(context, new URL("http://10.0.0.2/copy"), `${root}/file`));
      assertEquals(sent.status, 201);
      assertEquals(Deno.readFileSync(`${root}/copy`), data);
    } finally {
      Deno.removeSync(root, { recursive: true });
    }
  });
}

Deno.test("services: a port that is taken is told, and nothing stays half started", () => {
  const pair = virtualPair();
  using _taken = pair.sockets[1].datagram({ port: 7 });
  const error = assertThrows(() => start(pair, echo), SocketError);
  assertEquals(error.code, "EADDRINUSE");
  assert(!socketTable(pair.stacks[1]).includes("LISTEN"));
});

Deno.test("services: closing one stops listening and ends its connections", async () => {
  const pair = virtualPair();
  const service = start(pair, echo);
  const client = async () => {
    using socket = await pair.sockets[0].connect({ address: "10.0.0.2", port: 7 });
    await socket.send(new Uint8Array(3));
    await socket.recv();
    const table = socketTable(pair.stacks[1]);
    assert(/tcp +ESTAB +0 +0 +\S*10\.0\.0\.2\S*:7 +\S*10\.0\.0\.1/.test(table), table);
    service.close();
    return await socket.recv();
  };
  assertEquals(await pair.run(client()), undefined);
  const again = pair.sockets[0].connect({ address: "10.0.0.2", port: 7 });
  const outcome = await pair.run(again.then(() => "connected", (error) => error.code));
  assertEquals(outcome, "ECONNREFUSED");
  assertEquals(LOG, []);
});

Deno.test("ping: between two stacks, fragments included", async () => {
  const pair = virtualPair({}, { sysctl: { "net.ipv4.ping_group_range": "0 2147483647" } });
  for (const address of ["10.0.0.2", "fd00::2"]) {
    const lines: string[] = [];
    const options = { address, count: 3, interval_ms: 0, size: 5000, timeout_ms: 2000 };
    const result = await runInRealTime(pair, ping(pair.sockets[0], options, (line) => lines.push(line)));
    assertEquals([result.sent, result.received], [3, 3]);
    assert(lines.every((line) => /^5008 bytes from \S+: icmp_seq=\d time=/.test(line)), lines.join("\n"));
  }
});

/** For a client with real timers: runs what is due on both stacks until `promise` settles. */
async function runInRealTime<T>(pair: VirtualPair, promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  while (!settled) {
    for (const stack of pair.stacks) stack.poll(stack.net.now + 1000);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return await promise;
}

Deno.test("services: connections on which nothing happens make room for others", async () => {
  const pair = virtualPair();
  const context = { sockets: pair.sockets[1], caller: pair.stacks[1].sockets, log: () => {} };
  const listener = pair.sockets[1].listen({ port: 7 });
  serveStreams(context, listener, "echo", async (socket) => {
    for (let data = await socket.recv(); data !== undefined; data = await socket.recv()) await socket.send(data);
  }, { most: 3 });
  const connect = () => pair.run(pair.sockets[0].connect({ address: "10.0.0.2", port: 7 }));
  const echoed = async (socket: StreamSocket) => {
    await socket.send(new Uint8Array([1]));
    return await socket.recv();
  };
  const busy = await connect();
  const idle = [await connect(), await connect()];
  assertEquals(await pair.run(echoed(busy)), new Uint8Array([1]));
  const late = await connect();
  assertEquals(await pair.run(echoed(late)), new Uint8Array([1]));
  assertEquals(await pair.run(echoed(busy)), new Uint8Array([1]));
  // The first of the idle ones had to go.
  assertEquals((await assertRejects(() => pair.run(echoed(idle[0]!)), SocketError)).code, "ECONNRESET");
  assertEquals(await pair.run(echoed(idle[1]!)), new Uint8Array([1]));
});
