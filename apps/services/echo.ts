/**
 * Echo (RFC 862): TCP and UDP port 7.
 *
 * @module
 */
import { answersEverything, serveDatagrams, serveStreams, type Service, together } from "./service.ts";

/** The port of RFC 862. */
export const ECHO_PORT = 7;

/** Sends back what arrives. */
export const echo: Service = (context) =>
  together(
    () =>
      serveStreams(context, context.sockets.listen({ port: ECHO_PORT }), "echo", async (socket) => {
        for (let data = await socket.recv(); data !== undefined; data = await socket.recv()) await socket.send(data);
      }),
    () =>
      serveDatagrams(
        context,
        context.sockets.datagram({ port: ECHO_PORT }),
        "echo",
        ({ data, port }) => answersEverything(port) ? undefined : data,
      ),
  );
