import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { bytes, cut, MemoryConnection } from "./_memory_stream.ts";
import { ByteReader } from "./byte_stream.ts";
import { HttpError, keepsAlive, readBody, readRequest, requestBodyLength } from "./message.ts";

function reader(text: string | Uint8Array, places: readonly number[] = []): ByteReader {
  const data = typeof text === "string" ? Uint8Array.from(text, (c) => c.charCodeAt(0)) : text;
  return new ByteReader(new MemoryConnection(cut(data, places)));
}

async function bodyOf(from: ByteReader, length: number | "chunked", limit = 1 << 20): Promise<Uint8Array> {
  const parts: number[] = [];
  for await (const piece of readBody(from, length, limit)) parts.push(...piece);
  return Uint8Array.from(parts);
}

async function refused(text: string, status: number): Promise<void> {
  const error = await assertRejects(async () => {
    const from = reader(text);
    const head = await readRequest(from);
    await bodyOf(from, requestBodyLength(head!));
  }, HttpError);
  assertEquals(error.status, status, text);
}

Deno.test("http: a request, however it is cut into pieces", async () => {
  const text = "POST /a?b HTTP/1.1\r\nHost: x\r\nA: 1\r\nTransfer-Encoding: chunked\r\na: 2\r\n\r\n" +
    "3\r\nabc\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nTrailer: t\r\n\r\nGET / HTTP/1.0\n\n";
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(200), { maxLength: 30 }), async (places) => {
      const from = reader(text, places);
      const head = await readRequest(from);
      assertEquals(head!.method, "POST");
      assertEquals(head!.target, "/a?b");
      assertEquals(head!.headers.get("a"), "1, 2");
      const length = requestBodyLength(head!);
      assertEquals(length, "chunked");
      assertEquals(await bodyOf(from, length), bytes("abc0123456789abcdef"));
      const next = await readRequest(from);
      assertEquals([next!.method, next!.minor], ["GET", 0]);
      assertEquals(await readRequest(from), undefined);
    }),
    { numRuns: 60 },
  );
});

Deno.test("http: any body survives chunked coding", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 12 }),
      fc.array(fc.nat(5000), { maxLength: 20 }),
      async (chunks, places) => {
        const coded = [...chunks.flatMap((chunk) => [...bytes(`${chunk.length.toString(16)}\r\n`), ...chunk, 13, 10])];
        const from = reader(Uint8Array.from([...coded, ...bytes("0\r\n\r\n")]), places);
        assertEquals(await bodyOf(from, "chunked"), Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("http: no octets make reading a request throw anything but HttpError", async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(
      ..."GET / HTTP/1.1\r\nHost: x\r\n\r\n|GET / HTTP/1.1\r\n|Host: x\r\n|\r\n|\r\n\r\n|Content-Length: 5\r\n|Transfer-Encoding: chunked\r\n|5\r\nhello\r\n|0\r\n\r\n|PUT /x HTTP/1.1\r\n|\n|: \r\n"
        .split("|").map(bytes),
    ),
  );
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const from = new ByteReader(new MemoryConnection(pieces));
      try {
        for (let head = await readRequest(from); head !== undefined; head = await readRequest(from)) {
          await bodyOf(from, requestBodyLength(head), 100);
          taken++;
        }
      } catch (error) {
        assert(error instanceof HttpError, String(error));
        assert(error.status >= 400 && error.status < 600);
      }
    }),
    { numRuns: 400 },
  );
  assert(taken > 0, "some of it was a request");
});

Deno.test("http: what two readers could read differently is refused", async () => {
  const head = "POST / HTTP/1.1\r\nHost: x\r\n";
  await refused(`${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400);
  await refused(`${head}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400);
  await refused(`${head}Content-Length: +1\r\n\r\na`, 400);
  await refused(`${head}Content-Length: 0x1\r\n\r\na`, 400);
  await refused(`${head}Content-Length : 1\r\n\r\na`, 400);
  await refused(`${head}A: 1\r\n folded\r\n\r\n`, 400);
  await refused(`${head}Host: y\r\n\r\n`, 400);
  await refused(`${head}Transfer-Encoding: gzip, chunked\r\n\r\n`, 501);
  await refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
  await refused(`${head}A: a\0b\r\n\r\n`, 400);
  for (const chunk of ["-1", "", "1 1", "0x1", "g", "fffffffffffffffff"]) {
    await refused(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk}\r\na\r\n0\r\n\r\n`, 400);
  }
  await refused(`${head}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n`, 400);
});

Deno.test("http: malformed and oversized requests have their status", async () => {
  await refused("GET /\r\n\r\n", 400);
  await refused("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400);
  await refused("GET / HTTP/1.1\r\n\r\n", 400);
  await refused("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505);
  await refused("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400);
  await refused(`GET /${"a".repeat(9000)} HTTP/1.1\r\n`, 414);
  await refused(`GET / HTTP/1.1\r\nA: ${"a".repeat(9000)}\r\n\r\n`, 431);
  await refused(`GET / HTTP/1.1\r\nHost: x\r\n${"A: 1\r\n".repeat(200)}\r\n`, 431);
  await refused("GET / HTTP/1.1\r\nHost: x\r\n", 400);
  await refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", 400);
  await refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\nabc", 413);
});

Deno.test("http: when a connection stays open", async () => {
  const open = async (rest: string) => keepsAlive((await readRequest(reader(`GET / HTTP/1.${rest}\r\n\r\n`)))!);
  assertEquals(await open("1\r\nHost: x"), true);
  assertEquals(await open("1\r\nHost: x\r\nConnection: close"), false);
  assertEquals(await open("1\r\nHost: x\r\nConnection: foo, CLOSE"), false);
  assertEquals(await open("0"), false);
  assertEquals(await open("0\r\nConnection: keep-alive"), true);
});
