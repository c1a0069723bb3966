import { assertEquals } from "@std/assert";
import { rawOffsets } from "./offsets.ts";
import { places, treeOf } from "./_plant.ts";

const linesOf = (text: string) =>
  places(rawOffsets(treeOf({ "stack/ip/a.ts": text }))).map((at) => Number(at.slice(14)));

Deno.test("offsets: octets of a packet at an offset that is written out", () => {
  const text = [
    "const version = packet.bytes[packet.data]! >> 4;",
    "const { bytes } = packet;",
    "bytes[header + 6] = 1;",
    "const length = get16(bytes, packet.network_header + 2);",
    "set32(out, 4, id);",
    "const quoted = packet.bytes.subarray(8);",
    "if (quoted[0] === 4) f();",
    "function g(data: Uint8Array) {",
    "  return data[0];",
    "}",
    "const port = view.getUint16(2);",
  ];
  assertEquals(linesOf(text.join("\n")), [1, 3, 4, 5, 7, 9, 11]);
});

Deno.test("offsets: fields by name, loops over octets, other arrays, structures of Linux", () => {
  const text = [
    "const ttl = packet.bytes[packet.network_header + ipv4.TTL];",
    "const { bytes } = packet;",
    "for (let i = 0; i < n; i++) sum += bytes[i]!;",
    "const first = lines[0];",
    "const port = tcp.sourcePort(bytes, at);",
    "view.setUint32(4, length, true);",
    "const parts: Uint8Array[] = [];",
    "const part = parts[0];",
  ];
  assertEquals(linesOf(text.join("\n")), []);
});

Deno.test("offsets: wire/ may, and tests may", () => {
  const text = "get16(bytes, at + 2);";
  assertEquals(rawOffsets(treeOf({ "stack/wire/a.ts": text, "stack/a_test.ts": text, "host/a.ts": text })), []);
});
