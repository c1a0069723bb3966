/**
 * Which connections a capture has: the first look at it, which keeps no packets.
 *
 * @module
 */
import * as tcp from "../../stack/wire/tcp.ts";
import type { Endpoint, Ends, SegmentSight, Sight } from "./sight.ts";

/** A connection of a capture. */
export interface Connection {
  /** From 1, in the order in which they began. */
  readonly number: number;
  /** The end that sent the first segment. */
  readonly first: Endpoint;
  readonly second: Endpoint;
  readonly begin_us: number;
  /** Its first segment is a SYN. */
  readonly opened: boolean;
  /** Number of that segment. */
  readonly initialSeq: number;
  /** So many segments, both ways. */
  packets: number;
  /** Octets of payload, both ways, those sent twice counted twice. */
  octets: number;
  /** A FIN or a RST has been seen. */
  ended: boolean;
}

/** Connections beyond so many are counted only. */
const MAX_CONNECTIONS = 10_000;

/** An endpoint as text: `192.0.2.1:80`, `[2001:db8::1]:80`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The connections of a capture. Sights are shown to it in order. */
export class Survey {
  readonly connections: Connection[] = [];
  /** Connections that were not kept. */
  surplus = 0;
  readonly #latest = new Map<string, Connection>();

  /** The connection that a sight belongs to: a new one if it begins one. */
  see({ what, time_us }: Sight): Connection | undefined {
    if (what.kind === "icmp") return this.#latest.get(keyOf(what.quoted));
    const key = keyOf(what);
    let connection = this.#latest.get(key);
    if (connection === undefined || beginsAnother(connection, what)) {
      if (this.connections.length === MAX_CONNECTIONS) {
        this.surplus++;
        return undefined;
      }
      connection = begin(this.connections.length + 1, what, time_us);
      this.connections.push(connection);
      this.#latest.set(key, connection);
    }
    connection.packets++;
    connection.octets += what.length;
    if ((what.flags & (tcp.FIN | tcp.RST)) !== 0) connection.ended = true;
    return connection;
  }
}

function begin(number: number, what: SegmentSight, time_us: number): Connection {
  return {
    number,
    first: what.source,
    second: what.destination,
    begin_us: time_us,
    opened: opens(what),
    initialSeq: what.seq,
    packets: 0,
    octets: 0,
    ended: false,
  };
}

function opens({ flags }: SegmentSight): boolean {
  return (flags & (tcp.SYN | tcp.ACK)) === tcp.SYN;
}

/** The same two ends connect again once their connection has ended. */
function beginsAnother(connection: Connection, what: SegmentSight): boolean {
  return connection.ended && opens(what) && what.seq !== connection.initialSeq;
}

/** The same for both directions. */
function keyOf({ source, destination }: Ends): string {
  const [one, other] = [endpointText(source), endpointText(destination)];
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}
