/** Whether the packets of a script can be addressed: what its sockets know by then, as far as that shows without a run. */
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { isExtended } from "./superset.ts";
import type { PacketAction, Script, SystemCallAction } from "./syntax.ts";

interface KnownSocket {
  readonly protocol: number | undefined;
  listens: boolean;
  connects: boolean;
  /** Both ends have addresses. */
  addressed: boolean;
  /** Its ports were written by the script. */
  named: boolean;
}

/** A fault that a run would stop at. */
export interface PacketFault {
  readonly message: string;
  readonly hint: string;
}

/** Follows the sockets of a script; the latest one, or the latest connection, is under test. */
export class SocketTracker {
  readonly #byDescriptor = new Map<number, KnownSocket>();
  #underTest: KnownSocket | undefined;
  /** `LOCAL > REMOTE` of connections, and of segments to the stack. */
  readonly #named = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #fills: boolean;

  constructor(readonly script: Script) {
    this.#fills = isExtended(script) || script.options.some(({ name }) => name === "is_anyip");
  }

  /** What a call does to its socket. */
  call(call: SystemCallAction): void {
    const result = call.result.kind === "integer" ? call.result.value : -1;
    const [first] = call.args;
    const own = first?.kind === "integer" ? this.#byDescriptor.get(first.value) : undefined;
    switch (call.name) {
      case "socket": {
        const third = call.args[2];
        if (result < 0 || third === undefined) return;
        const protocol = third.kind === "integer" || third.kind === "word" ? third.value : undefined;
        this.#underTest = { protocol, listens: false, connects: false, addressed: false, named: false };
        this.#byDescriptor.set(result, this.#underTest);
        return;
      }
      case "bind":
        if (own !== undefined && result >= 0 && own.protocol !== IPPROTO_TCP) own.addressed = true;
        return;
      case "listen":
        if (own !== undefined) own.listens = true;
        return;
      case "connect":
      case "sendto":
      case "sendmsg":
        if (own !== undefined) own.connects = true;
    }
  }

  /** What is wrong with a packet of the script; what it tells of its socket is taken in. */
  packet(packet: PacketAction): PacketFault | undefined {
    return packet.direction === "in" ? this.#inbound(packet) : this.#outbound(packet);
  }

  #inbound(packet: PacketAction): PacketFault | undefined {
    const { transport } = packet;
    const own = this.#underTest;
    const ports = portsOf(packet);
    if (transport.kind === "tcp") {
      if (ports !== undefined) {
        this.#seen.add(ports);
        if (this.#named.has(ports)) return undefined;
      }
      const opens = own === undefined || own.listens || (this.script.dialect === "nplab" && !own.connects);
      const child = {
        protocol: IPPROTO_TCP,
        listens: false,
        connects: false,
        addressed: true,
        named: ports !== undefined,
      };
      if (opens) this.#underTest = child;
      const begins = opens || (transport.flags.syn && !transport.flags.ack);
      if (ports !== undefined && begins) this.#named.add(ports);
      if (begins && ports !== undefined || opens) return undefined;
    } else if (this.#fills) {
      return undefined;
    }
    if (own === undefined || own.addressed || packet.addresses !== undefined) return undefined;
    return {
      message: "can't be injected: the addresses of the socket under test are not known yet",
      hint: own.connects
        ? "expect the packet that the call before sends, which tells where from"
        : own.protocol === IPPROTO_TCP
        ? "listen(), or connect() and expect its SYN, before"
        : "bind() the socket, or send from it and expect that packet, before",
    };
  }

  #outbound(packet: PacketAction): PacketFault | undefined {
    const own = this.#underTest;
    if (own?.connects) own.addressed = true;
    const ports = portsOf(packet);
    if (ports === undefined || own?.named !== true || this.#named.has(ports) || this.#seen.has(ports)) return undefined;
    return {
      message: `no connection of the script has ports ${ports}`,
      hint: `there are ${[...this.#named].join(", ")}`,
    };
  }
}

/** `LOCAL > REMOTE` as the stack under test has them, if a segment names both. */
function portsOf({ direction, transport }: PacketAction): string | undefined {
  if (transport.kind !== "tcp" || transport.ports === undefined) return undefined;
  const { source, destination } = transport.ports;
  if (source === 0 || destination === 0) return undefined;
  return direction === "in" ? `${destination} > ${source}` : `${source} > ${destination}`;
}
