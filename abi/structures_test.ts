import { assertEquals } from "@std/assert";
import { epollEventSize, getEpollEvent, openFlags, openFlagsFrom, putEpollEvent } from "./architecture.ts";
import { cmsgSpace, decodeControl, encodeControl } from "./control_message.ts";
import { O_CREAT, O_DIRECT, O_DIRECTORY, O_LARGEFILE, O_NOFOLLOW } from "./file_constants.ts";
import { getLong } from "./memory.ts";
import {
  encodeMessageHeader,
  messageControlLength,
  messageFlags,
  messageNameLength,
  putPollfd,
  returnedEvents,
} from "./message_header.ts";
import {
  decodeSockaddr,
  encodeSockaddrIn,
  encodeSockaddrIn6,
  SIN6_LEN_RFC2133,
  SOCKADDR_IN6_SIZE,
} from "./sockaddr.ts";
import { AF_INET, AF_INET6 } from "./socket_constants.ts";

const V6 = Uint8Array.from({ length: 16 }, (_, i) => i);

Deno.test("sockaddr_in: family in the machine's order, port and address in the network's", () => {
  const bytes = encodeSockaddrIn(Uint8Array.of(192, 0, 2, 1), 8080);
  assertEquals([...bytes], [AF_INET, 0, 0x1f, 0x90, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(decodeSockaddr(bytes), { address: Uint8Array.of(192, 0, 2, 1), port: 8080, flowinfo: 0, scope_id: 0 });
  assertEquals(decodeSockaddr(bytes.subarray(0, 7)), undefined);
});

Deno.test("sockaddr_in6: flow information in the network's order, scope in the machine's", () => {
  const bytes = encodeSockaddrIn6(V6, 443, 0x0123_4567, 9);
  assertEquals(bytes.length, SOCKADDR_IN6_SIZE);
  assertEquals([...bytes.subarray(0, 8)], [AF_INET6, 0, 1, 0xbb, 1, 0x23, 0x45, 0x67]);
  assertEquals([...bytes.subarray(24)], [9, 0, 0, 0]);
  assertEquals(decodeSockaddr(bytes), { address: V6, port: 443, flowinfo: 0x0123_4567, scope_id: 9 });
  assertEquals(decodeSockaddr(bytes.subarray(0, SIN6_LEN_RFC2133))?.scope_id, 0);
  assertEquals(decodeSockaddr(bytes.subarray(0, 23)), undefined);
  assertEquals(decodeSockaddr(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)), undefined);
});

Deno.test("control messages: padded to eight octets, cut where there is no room, refused where they lie", () => {
  const messages = [
    { level: 1, type: 2, data: Uint8Array.of(7) },
    { level: 0, type: 8, data: new Uint8Array(12).fill(3) },
  ];
  const { control, truncated } = encodeControl(messages);
  assertEquals([control.length, truncated], [cmsgSpace(1) + cmsgSpace(12), false]);
  assertEquals(getLong(control), 17n);
  assertEquals(decodeControl(control), { messages, whole: true });
  const cut = encodeControl(messages, 30);
  assertEquals([cut.control.length, cut.truncated], [24, true]);
  assertEquals(encodeControl(messages, -1), { control: new Uint8Array(0), truncated: true });
  control[0] = 15;
  assertEquals(decodeControl(control), { messages: [], whole: false });
  control[0] = 200;
  assertEquals(decodeControl(control).whole, false);
});

Deno.test("msghdr and pollfd", () => {
  const header = encodeMessageHeader({
    name: 0x1122n,
    nameLength: 16,
    iov: 0x3344n,
    iovLength: 2,
    control: 0x5566n,
    controlLength: 64,
    flags: 0x20,
  });
  assertEquals([0, 16, 24, 32, 40].map((at) => getLong(header, at)), [0x1122n, 0x3344n, 2n, 0x5566n, 64n]);
  assertEquals([messageNameLength(header), messageControlLength(header), messageFlags(header)], [16, 64, 0x20]);
  const fds = new Uint8Array(16);
  putPollfd(fds, 1, -1, 0x2001);
  fds.set([5, 0x10], 14);
  assertEquals([...fds.subarray(8)], [255, 255, 255, 255, 1, 0x20, 5, 0x10]);
  assertEquals(returnedEvents(fds, 1), 0x1005);
});

Deno.test("epoll_event is packed on x86-64 only", () => {
  for (const [architecture, at] of [["x86_64", 4], ["aarch64", 8]] as const) {
    const size = epollEventSize(architecture);
    const bytes = new Uint8Array(2 * size);
    const event = { events: 0x80000001, data: 0x1122334455667788n };
    putEpollEvent(bytes, 1, event, architecture);
    assertEquals(getLong(bytes, size + at), event.data);
    assertEquals(getEpollEvent(bytes, 1, architecture), event);
  }
});

Deno.test("four flags of open have other numbers on aarch64", () => {
  const all = O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_CREAT;
  assertEquals(openFlags(all, "x86_64"), all);
  assertEquals(openFlags(O_DIRECT | O_CREAT, "aarch64"), 0x10000 | O_CREAT);
  assertEquals(openFlags(O_DIRECTORY, "aarch64"), 0x4000);
  assertEquals(openFlags(O_NOFOLLOW, "aarch64"), 0x8000);
  assertEquals(openFlags(O_LARGEFILE, "aarch64"), 0x20000);
  for (const one of [all, 0, 2, O_DIRECT, O_LARGEFILE, O_DIRECTORY | O_CREAT]) {
    assertEquals(openFlagsFrom(openFlags(one, "aarch64"), "aarch64"), one);
  }
});
