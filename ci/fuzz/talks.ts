/**
 * What a stack that is being fuzzed has sent: its connections, with the numbers that both ends are at.
 *
 * @module
 */
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import type { Dice } from "./dice.ts";

/** One connection as its peer sees it. */
export interface Conversation {
  readonly six: boolean;
  /** The stack's port, and the peer's. */
  readonly local: number;
  readonly remote: number;
  /** Behind the last that the stack sent. */
  sent: number;
  /** What the stack expects next. */
  expected: number;
}

const MOST = 400;
const KEPT = 32;
const TIMESTAMP = 8;

/** The conversations of one stack. */
export class Talk {
  readonly #byPorts = new Map<string, number>();
  readonly #list: Conversation[] = [];
  readonly #sent: Uint8Array<ArrayBuffer>[] = [];
  #turn = 0;
  /** The last value of a time stamp that it sent. */
  timestamp = 0;

  /** One of them. */
  any(dice: Dice): Conversation | undefined {
    // The last ones are those that something happens on.
    return this.#list.length === 0 ? undefined : dice.pick(this.#list);
  }

  /** One of the last packets. */
  lastSent(dice: Dice): Uint8Array<ArrayBuffer> | undefined {
    return this.#sent.length === 0 ? undefined : dice.pick(this.#sent);
  }

  /** The stack sent a packet. */
  note(packet: Uint8Array<ArrayBuffer>): void {
    this.#sent[this.#turn++ % KEPT] = packet;
    const six = packet[0]! >> 4 === 6;
    const at = six ? ipv6.HEADER_LENGTH : ipv4.headerLength(packet, 0);
    if ((six ? ipv6.nextHeader(packet, 0) : ipv4.protocol(packet, 0)) !== IPPROTO_TCP) return;
    if (!six && ipv4.fragmentOffset(packet, 0) !== 0) return;
    if (packet.length < at + tcp.MIN_HEADER_LENGTH || packet.length < at + tcp.headerLength(packet, at)) return;
    this.#segment(packet, at, six);
  }

  #segment(packet: Uint8Array, at: number, six: boolean): void {
    const local = tcp.sourcePort(packet, at);
    const remote = tcp.destinationPort(packet, at);
    const key = `${six} ${local} ${remote}`;
    let index = this.#byPorts.get(key);
    if (index === undefined) {
      index = this.#list.length < MOST ? this.#list.length : this.#turn % MOST;
      const gone = this.#list[index];
      if (gone !== undefined) this.#byPorts.delete(`${gone.six} ${gone.local} ${gone.remote}`);
      this.#list[index] = { six, local, remote, sent: 0, expected: 0 };
      this.#byPorts.set(key, index);
    }
    const one = this.#list[index]!;
    one.sent = (tcp.sequenceNumber(packet, at) + tcp.segmentLength(packet, at, packet.length)) >>> 0;
    if (tcp.hasFlag(packet, at, tcp.ACK)) one.expected = tcp.acknowledgmentNumber(packet, at);
    const option = at + tcp.MIN_HEADER_LENGTH + 2;
    if (tcp.headerLength(packet, at) < tcp.MIN_HEADER_LENGTH + 12 || packet[option] !== TIMESTAMP) return;
    this.timestamp = new DataView(packet.buffer, packet.byteOffset).getUint32(option + 2);
  }
}
