import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { bytes, MemoryConnection } from "./_memory_stream.ts";
import { targetSegments } from "./files.ts";
import { HttpError } from "./http_error.ts";
import { HttpServer, type HttpServerOptions } from "./server.ts";

interface Folder extends Disposable {
  readonly path: string;
  readonly root: string;
}

/** A folder `root` with files, beside a secret. */
function folder(): Folder {
  const path = Deno.makeTempDirSync();
  const root = `${path}/root`;
  Deno.mkdirSync(`${root}/sub`, { recursive: true });
  Deno.writeTextFileSync(`${root}/a.txt`, "0123456789");
  Deno.writeTextFileSync(`${root}/sub/b & c.txt`, "b");
  Deno.writeTextFileSync(`${path}/secret`, "secret");
  Deno.symlinkSync("../secret", `${root}/link`);
  Deno.symlinkSync("/etc", `${root}/etc`);
  return { path, root, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

async function serve(options: HttpServerOptions, ...pieces: string[]) {
  const connection = new MemoryConnection(pieces.map(bytes));
  await new HttpServer(options).serve(connection).catch(() => {});
  return connection.text();
}

const get = (target: string, more = "") => `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const put = (target: string, body: string, more = "") =>
  `PUT ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n${more}\r\n${body}`;

function statuses(answers: string): number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map((match) => Number(match[1]));
}

Deno.test("http server: files, parts of them, heads, on one connection", async () => {
  using dir = folder();
  const answers = await serve(
    dir,
    get("/a.txt"),
    get("/a.txt", "Range: bytes=2-4\r\n"),
    get("/a.txt", "Range: bytes=50-\r\n"),
    "HEAD /a.txt HTTP/1.1\r\nHost: x\r\n\r\n",
    get("/sub/b%20%26%20c.txt"),
    get("/none"),
    get("/a.txt/x"),
  );
  assertEquals(statuses(answers), [200, 206, 416, 200, 200, 404, 404]);
  assert(answers.includes("\r\n\r\n0123456789HTTP"));
  assert(answers.includes("Content-Range: bytes 2-4/10\r\n"));
  assert(answers.includes("\r\n\r\n234HTTP"));
  assert(answers.includes("Content-Range: bytes */10\r\n"));
});

Deno.test("http server: an unchanged file is not sent again", async () => {
  using dir = folder();
  const tag = /ETag: (.*)\r/.exec(await serve(dir, get("/a.txt")))![1];
  assertEquals(statuses(await serve(dir, get("/a.txt", `If-None-Match: ${tag}\r\n`))), [304]);
  const other = await serve(dir, get("/a.txt", `If-Range: "x"\r\nRange: bytes=0-1\r\n`));
  assertEquals(statuses(other), [200]);
});

Deno.test("http server: folders are listed, with names escaped", async () => {
  using dir = folder();
  const answers = await serve(dir, get("/sub"), get("/sub/"));
  assertEquals(statuses(answers), [301, 200]);
  assert(answers.includes("Location: /sub/\r\n"));
  assert(answers.includes(`href="./b%20%26%20c.txt">b &amp; c.txt<`), answers);
});

Deno.test("http server: nothing outside of the root is served or written", async () => {
  using dir = folder();
  const options = { root: dir.root, upload: true };
  const targets = ["/../secret", "/sub/../../secret", "/%2e%2e/secret", "/..%2fsecret", "/link", "/etc/passwd", "/%00"];
  for (const target of targets) {
    const answer = await serve(options, get(target));
    assert([400, 403].includes(statuses(answer)[0]!), `${target}: ${answer}`);
    assert(!answer.includes("secret\n") && !answer.includes("root:"));
  }
  for (const target of [...targets, "/etc/netproof-test"]) {
    const status = statuses(await serve(options, put(target, "overwritten")))[0]!;
    assert([400, 403].includes(status), `${target}: ${status}`);
  }
  assertEquals(Deno.readTextFileSync(`${dir.path}/secret`), "secret");
});

Deno.test("http server: no target leads out of the root", () => {
  const part = fc.constantFrom("..", ".", "%2e", "%2E%2e", "/", "//", "a", "%2f", "%5c", "\\", "%00", "?", "#", "%");
  fc.assert(fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
    try {
      const segments = targetSegments(`/${parts.join("")}`);
      assert(segments.every((segment) => segment !== ".." && segment !== "." && !segment.includes("/")));
    } catch (error) {
      assert(error instanceof HttpError);
    }
  }));
  assertThrows(() => targetSegments("*"), HttpError);
});

Deno.test("http server: uploads, whole, in chunks and asked for", async () => {
  using dir = folder();
  const options = { root: dir.root, upload: true };
  const answers = await serve(
    options,
    put("/new", "hello"),
    put("/new", "again"),
    "PUT /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    "PUT /asked HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
    "ok",
    get("/new"),
  );
  assertEquals(statuses(answers), [201, 204, 201, 100, 201, 200]);
  assertEquals(Deno.readTextFileSync(`${dir.root}/new`), "again");
  assertEquals(Deno.readTextFileSync(`${dir.root}/chunks`), "abcde");
  assertEquals(Deno.readTextFileSync(`${dir.root}/asked`), "ok");
});

Deno.test("http server: an upload that breaks off or is too large leaves nothing", async () => {
  using dir = folder();
  const options = { root: dir.root, upload: true, max_upload: 10 };
  assertEquals(statuses(await serve(options, put("/cut", "12345").slice(0, -2))), []);
  assertEquals(statuses(await serve(options, put("/large", "12345678901"))), [413]);
  const chunks = "PUT /large HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n";
  assertEquals(statuses(await serve(options, chunks)), [413]);
  assertEquals(statuses(await serve(options, put("/sub", "x"), put("/sub/", "x"), put("/none/x", "x"))), [
    409,
    409,
    404,
  ]);
  assertEquals([...Deno.readDirSync(dir.root)].map(({ name }) => name).sort(), ["a.txt", "etc", "link", "sub"]);
});

Deno.test("http server: methods", async () => {
  using dir = folder();
  const method = (name: string) => `${name} /a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`;
  const upload = { root: dir.root, upload: true };
  assertEquals(statuses(await serve(dir, method("OPTIONS"), method("DELETE"), method("PUT"))), [204, 405, 405]);
  assert((await serve(dir, method("OPTIONS"))).includes("Allow: GET, HEAD, OPTIONS\r\n"));
  // POST means something that is not storing: nothing is written.
  const posted = await serve(upload, "POST /a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nX");
  assertEquals(statuses(posted), [405]);
  assert(posted.includes("Allow: GET, HEAD, OPTIONS, PUT\r\n"));
  assertEquals(Deno.readTextFileSync(`${dir.root}/a.txt`), "0123456789");
  assertThrows(() => new HttpServer({ root: `${dir.root}/a.txt` }), Deno.errors.NotADirectory);
  assertThrows(() => new HttpServer({ root: `${dir.root}/none` }), Deno.errors.NotFound);
});

Deno.test("http server: what is malformed, or could mean two things, is refused", async () => {
  using dir = folder();
  const upload = { root: dir.root, upload: true };
  const both = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (
    const text of [
      "BREW\r\n\r\n",
      `PUT /x HTTP/1.1\r\nHost: x\r\n${both}`,
      "PUT /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "GET /a.txt HTTP/1.1\r\n\r\n",
    ]
  ) {
    assertEquals(statuses(await serve(upload, text)), [400], text);
  }
  assertEquals(statuses(await serve(dir, get("/a.txt", `X: ${"x".repeat(70_000)}\r\n`))), [431]);
  assertEquals([...Deno.readDirSync(dir.root)].some(({ name }) => name === "x" || name.endsWith(".part")), false);
});

Deno.test("http server: an HTTP/1.0 client that wants to keep the connection is told that it may", async () => {
  using dir = folder();
  const old = (more: string) => `GET /a.txt HTTP/1.0\r\n${more}\r\n`;
  const kept = await serve(dir, old("Connection: keep-alive\r\n"), old(""));
  assertEquals(statuses(kept), [200, 200]);
  assert(/Connection: keep-alive\r\n/i.test(kept.slice(0, kept.indexOf("\r\n\r\n"))), kept);
});

Deno.test("http server: the way to a folder stays on this host, and says how long it is", async () => {
  using dir = folder();
  const answer = await serve(dir, get("//sub"), get("/sub?q=1"));
  assertEquals(statuses(answer), [301, 301]);
  assert(answer.includes("Location: /sub/\r\n") && answer.includes("Location: /sub/?q=1\r\n"), answer);
  assert(/Content-Length: [1-9]/.test(answer), answer);
});

Deno.test("http server: head and body of a small file leave in one write", async () => {
  using dir = folder();
  const connection = new MemoryConnection([bytes(get("/a.txt", "Connection: close\r\n"))]);
  await new HttpServer(dir).serve(connection);
  const written = connection.sent.filter((piece) => piece.length > 0);
  assertEquals(written.length, 1);
  assert(connection.text().endsWith("\r\n\r\n0123456789"));
});

Deno.test("http server: a part of a file is not stored, and conditions are heeded", async () => {
  using dir = folder();
  const options = { root: dir.root, upload: true };
  const tag = /ETag: (.*)\r/.exec(await serve(dir, get("/a.txt")))![1];
  const refused = [
    put("/a.txt", "xx", "Content-Range: bytes 0-1/10\r\n"),
    put("/a.txt", "xx", "If-None-Match: *\r\n"),
    put("/a.txt", "xx", `If-None-Match: ${tag}\r\n`),
    put("/a.txt", "xx", 'If-Match: "other"\r\n'),
    put("/none.txt", "xx", "If-Match: *\r\n"),
  ];
  const got = [];
  for (const text of refused) got.push(...statuses(await serve(options, text)));
  assertEquals(got, [400, 412, 412, 412, 412]);
  assertEquals(Deno.readTextFileSync(`${dir.root}/a.txt`), "0123456789");
  const taken = await serve(options, put("/b.txt", "1", "If-None-Match: *\r\n"), put("/a.txt", "2", "If-Match: *\r\n"));
  assertEquals(statuses(taken), [201, 204]);
  assertEquals(Deno.readTextFileSync(`${dir.root}/a.txt`), "2");
});

Deno.test("http server: a client has its time for a head, for a body, and to read", async () => {
  using dir = folder();
  Deno.writeFileSync(`${dir.root}/large`, new Uint8Array(1 << 20));
  const options = { root: dir.root, upload: true, idle_ms: 10_000, head_ms: 10_000, body_ms: 10_000 };
  const stays = { stays: true };
  const noHead = new MemoryConnection([bytes("GET /a.txt HT")], stays);
  await assertRejects(() => new HttpServer({ ...options, head_ms: 50 }).serve(noHead));
  const noNextHead = new MemoryConnection([bytes(get("/a.txt")), bytes("GET")], stays);
  await new HttpServer({ ...options, head_ms: 50 }).serve(noNextHead).catch(() => {});
  assertEquals(statuses(noNextHead.text()), [200]);
  const noBody = new MemoryConnection([bytes(put("/new", "12345").slice(0, -2))], stays);
  await assertRejects(() => new HttpServer({ ...options, body_ms: 50 }).serve(noBody));
  const noReader = new MemoryConnection([bytes(get("/large"))], { stays: true, reads: false });
  await new HttpServer({ ...options, idle_ms: 50 }).serve(noReader).catch(() => {});
  assertEquals([noHead, noBody, noReader].map(({ ended }) => ended), ["reset", "reset", "reset"]);
  assert(noNextHead.ended !== undefined);
  assertEquals([...Deno.readDirSync(dir.root)].map(({ name }) => name).sort(), [
    "a.txt",
    "etc",
    "large",
    "link",
    "sub",
  ]);
});

Deno.test("http server: an upload under way has no name that a killed server could leave behind", async () => {
  using dir = folder();
  const before = [...Deno.readDirSync(dir.root)].length;
  const connection = new MemoryConnection([bytes(put("/new", "12345").slice(0, -2))], { stays: true });
  const served = new HttpServer({ root: dir.root, upload: true, body_ms: 100 }).serve(connection);
  await new Promise((resolve) => setTimeout(resolve, 30));
  assertEquals(connection.ended, undefined);
  assertEquals([...Deno.readDirSync(dir.root)].length, before);
  await assertRejects(() => served);
});
