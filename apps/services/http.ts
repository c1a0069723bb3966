/**
 * The HTTP file server as a service: TCP port 80 unless told otherwise.
 *
 * @module
 */
import { HttpServer, type HttpServerOptions } from "../http/server.ts";
import { serveStreams, type Service } from "./service.ts";

/** A service that serves files. Throws where the root is no folder. */
export function http(options: HttpServerOptions & { readonly port?: number }): Service {
  const server = new HttpServer(options);
  return (context) => {
    const listener = context.sockets.listen({ port: options.port ?? 80 });
    return serveStreams(context, listener, "http", (socket) => server.serve(socket), { noDelay: true });
  };
}
