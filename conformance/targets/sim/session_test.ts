import { assert, assertEquals, assertRejects } from "@std/assert";
import { concatBytes } from "../../../stack/wire/bytes.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import { int } from "../../../abi/memory.ts";
import { sockaddrIn } from "../../../stack/inet/sockaddr.ts";
import { pseudoHeaderSum } from "../../../stack/wire/checksum.ts";
import * as ipv4 from "../../../stack/wire/ipv4.ts";
import * as udp from "../../../stack/wire/udp.ts";
import { SimTarget } from "../sim.ts";
import { TargetError, type WorldOptions } from "../target.ts";

const WORLD: WorldOptions = {
  ipVersion: "ipv4",
  localIp: "192.168.0.1",
  localPrefixLength: 16,
  remoteIp: "192.0.2.1",
  remotePrefixLength: 32,
  gatewayIp: "192.168.0.1",
  mtu: 1500,
  speed: 0,
  anyIp: false,
  sendOmitFree: false,
  offload: true,
  cwd: "/nowhere",
};
const LOCAL = IpAddress.parse(WORLD.localIp);
const REMOTE = IpAddress.parse(WORLD.remoteIp);

function datagram(port: number, length: number): Uint8Array {
  const bytes = concatBytes(udp.emit({ sourcePort: 5000, destinationPort: port }, length), new Uint8Array(length));
  udp.fillChecksum(bytes, 0, bytes.length, pseudoHeaderSum(REMOTE, LOCAL, 17, bytes.length));
  return concatBytes(ipv4.emit({ protocol: 17, source: REMOTE, destination: LOCAL }, bytes.length), bytes);
}

async function socket() {
  const session = await new SimTarget().open(WORLD);
  await session.start();
  const fd = session.call({ name: "socket", domain: 2, type: 2, protocol: 17 }).outcome!.result;
  const address = sockaddrIn({ address: LOCAL, port: 8080 });
  assertEquals(session.call({ name: "bind", fd, address, length: 16 }).outcome?.result, 0);
  return { session, fd };
}

Deno.test("the clock jumps, and a session is born at time 0", async () => {
  const session = await new SimTarget().open(WORLD);
  await session.start();
  assertEquals(session.now(), 0);
  await session.waitUntil(10_000_000);
  assertEquals(session.now(), 10_000_000);
  await session.waitUntil(5);
  assertEquals(session.now(), 10_000_000);
});

Deno.test("nothing comes: until a deadline, and for ever", async () => {
  const session = await new SimTarget().open(WORLD);
  await session.start();
  assertEquals(await session.receive(2_000_000), undefined);
  assertEquals(session.now(), 2_000_000);
  assertEquals(await session.receive(Infinity), undefined);
});

Deno.test("an answer is there at the time of the question", async () => {
  const { session } = await socket();
  await session.waitUntil(1_000);
  session.inject({ bytes: datagram(9, 10) });
  const answer = await session.receive(2_000_000);
  assertEquals(answer?.time_us, 1_000);
  assertEquals(answer?.bytes[9], 1);
  assertEquals((await session.counters()).get("Udp.NoPorts"), 1);
  assertEquals((await session.counters()).get("Udp.InCsumErrors"), 0);
  assertEquals((await session.counters()).get("No.Such"), undefined);
});

Deno.test("a call that blocks returns when what it waits for comes, at that very time", async () => {
  const { session, fd } = await socket();
  const call = session.call({ name: "recvfrom", fd, buffer: true, length: 100, flags: 0, wantAddress: true });
  await call.started;
  assertEquals(call.outcome, undefined);
  await session.waitUntil(300_000);
  session.inject({ bytes: datagram(8080, 10) });
  assertEquals(call.outcome?.result, 10);
  assertEquals(call.outcome?.ended_us, 300_000);
  assertEquals((await call.settled).result, 10);
});

Deno.test("whoever waits for a call can interrupt at the moment of its return", async () => {
  const { session, fd } = await socket();
  const timeout = concatBytes(int(0), int(0), int(250_000), int(0));
  session.call({ name: "setsockopt", fd, level: 1, option: 20, value: timeout, length: 16 });
  const call = session.call({ name: "read", fd, buffer: true, length: 100 });
  const reason = new Error("returned");
  call.settled.then(() => session.interrupt(reason));
  await assertRejects(() => session.waitUntil(10_000_000), Error, "returned");
  assert(session.now() >= 250_000 && session.now() < 300_000, String(session.now()));
  await session.waitUntil(20_000_000);
  assertEquals(session.now(), 20_000_000);
});

Deno.test("two worlds give the same octets, and share nothing", async () => {
  const runs = await Promise.all([socket(), socket()].map(async (made) => {
    const { session } = await made;
    session.inject({ bytes: datagram(9, 10) });
    return (await session.receive(1))!.bytes;
  }));
  assertEquals(runs[0], runs[1]);
});

Deno.test("a remote address that is the local one is no world", async () => {
  await assertRejects(() => new SimTarget().open({ ...WORLD, remoteIp: WORLD.localIp }), TargetError);
});

Deno.test("files of the world: read from the host, written in memory", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/data`, "abc");
  const session = await new SimTarget().open({ ...WORLD, cwd: folder });
  const fd = session.call({ name: "open", path: "data", flags: 0 }).outcome!.result;
  const read = session.call({ name: "read", fd, buffer: true, length: 10 }).outcome;
  assertEquals(new TextDecoder().decode(read?.data), "abc");
  assertEquals((await session.command("echo changed > data; cat data")).output, "changed\n");
  assertEquals(await Deno.readTextFile(`${folder}/data`), "abc");
  assertEquals(session.call({ name: "open", path: "none", flags: 0 }).outcome?.errno, 2);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("what nobody has received is given once, and what came before the start has a time before 0", async () => {
  const session = await new SimTarget().open(WORLD);
  const closedPort = datagram(9, 4);
  session.inject({ bytes: closedPort });
  await session.start();
  session.inject({ bytes: closedPort });
  const early = await session.receive(0);
  assert(early !== undefined && early.time_us < 0, `at ${early?.time_us}`);
  session.inject({ bytes: closedPort });
  const there = session.unread();
  assertEquals(there.length, 2);
  assert(there.every((packet) => packet.time_us === session.now()));
  assertEquals(session.unread(), []);
  assertEquals(await session.receive(0), undefined);
  await session.close();
});
