/**
 * Character generator (RFC 864): TCP and UDP port 19.
 *
 * @module
 */
import type { StreamConnection } from "../stream_connection.ts";
import { answersEverything, serveDatagrams, serveStreams, type Service, together } from "./service.ts";

/** The port of RFC 864. */
export const CHARGEN_PORT = 19;

const FIRST = 0x20;
const CHARACTERS = 95;
const LINE = 72;
/** After so many octets the pattern begins anew. */
const PERIOD = CHARACTERS * (LINE + 2);
/** Most characters in a datagram (RFC 864). */
const MAX_DATAGRAM = 512;

/** The pattern of RFC 864: lines of 72 printing characters, each line beginning one character later. */
export function chargenPattern(periods: number): Uint8Array {
  const pattern = new Uint8Array(PERIOD);
  for (let line = 0, at = 0; line < CHARACTERS; line++) {
    for (let i = 0; i < LINE; i++) pattern[at++] = FIRST + (line + i) % CHARACTERS;
    pattern[at++] = 0x0d;
    pattern[at++] = 0x0a;
  }
  const repeated = new Uint8Array(PERIOD * periods);
  for (let i = 0; i < periods; i++) repeated.set(pattern, i * PERIOD);
  return repeated;
}

/** Sends characters until the peer closes. */
export const chargen: Service = (context) => {
  const pattern = chargenPattern(37);
  const stream = async (socket: StreamConnection) => {
    let ended = false;
    const watch = async () => {
      while (await socket.recv() !== undefined);
    };
    const watching = watch().catch(() => {}).finally(() => ended = true);
    while (!ended) await socket.send(pattern);
    await watching;
  };
  let length = 0;
  return together(
    () => serveStreams(context, context.sockets.listen({ port: CHARGEN_PORT }), "chargen", stream),
    () =>
      serveDatagrams(context, context.sockets.datagram({ port: CHARGEN_PORT }), "chargen", ({ port }) => {
        // RFC 864 wants a random number of characters; a number that walks through all is as good and repeatable.
        length = (length + 199) % (MAX_DATAGRAM + 1);
        return answersEverything(port) ? undefined : pattern.subarray(0, length);
      }),
  );
};
