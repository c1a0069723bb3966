/**
 * A server of static files on the loopback interface, for tests: prints its address, serves one folder, ends with its
 * standard input.
 *
 * @module
 */
const [folder = ""] = Deno.args;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css",
  js: "text/javascript",
  txt: "text/plain",
};

const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/`) },
  async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)];
    if (type === undefined || name.includes("/")) return new Response("not found", { status: 404 });
    try {
      return new Response(await Deno.readFile(`${folder}/${name}`), { headers: { "content-type": type } });
    } catch {
      return new Response("not found", { status: 404 });
    }
  },
);

for await (const _ of Deno.stdin.readable);
await server.shutdown();
