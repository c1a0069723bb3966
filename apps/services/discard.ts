/**
 * Discard (RFC 863): TCP and UDP port 9.
 *
 * @module
 */
import { serveDatagrams, serveStreams, type Service, together } from "./service.ts";

/** The port of RFC 863. */
export const DISCARD_PORT = 9;

/** Throws away what arrives. */
export const discard: Service = (context) =>
  together(
    () =>
      serveStreams(context, context.sockets.listen({ port: DISCARD_PORT }), "discard", async (socket) => {
        while (await socket.recv() !== undefined);
      }),
    () => serveDatagrams(context, context.sockets.datagram({ port: DISCARD_PORT }), "discard", () => undefined),
  );
