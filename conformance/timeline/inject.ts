/**
 * Injecting the packets of a script.
 *
 * @module
 */
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import { IpAddress } from "../../stack/wire/address.ts";
import { ETH_P_ARP } from "../../stack/wire/ethernet.ts";
import type { PacketAction, WordedMessage } from "../script/syntax.ts";
import { ETHERNET, type InjectedPacket } from "../targets/target.ts";
import { buildPacket, type Endpoints, endpointsOf } from "./build.ts";
import type { RunContext } from "./context.ts";
import { PacketMismatch, ScriptFault } from "./failure.ts";
import { formatScriptPacket } from "./format.ts";
import { buildArp, ethernetEnds, framed, frameOf } from "./link.ts";
import { linkLocalOf, usualDestination } from "./messages.ts";
import type { ScriptSocket } from "./sockets.ts";

/** Injects inbound packets. */
export class PacketInjector {
  readonly #run: RunContext;

  constructor(run: RunContext) {
    this.#run = run;
  }

  /**
   * Builds the packet as things stand now; what is returned gives it to the stack under test.
   *
   * @throws {ScriptFault} for a packet that can't be built
   */
  prepare(packet: PacketAction, line: number): () => void {
    try {
      return this.#prepare(packet, line);
    } catch (error) {
      if (!(error instanceof PacketMismatch)) throw error;
      throw new ScriptFault("packet", `error handling packet: ${error.reason}`, line, {
        expected: formatScriptPacket(packet, this.#run.script.wire),
      });
    }
  }

  #prepare(packet: PacketAction, line: number): () => void {
    const { sockets, interfaces, config, nplab, extended } = this.#run;
    const through = interfaces.of(packet);
    const link = interfaces.ends(through);
    const socket = sockets.forPacket(packet, nplab);
    const { transport } = packet;
    socket.interface = through;
    if (transport.kind === "tcp" && transport.flags.syn) socket.openedBy = packet.addresses;
    if (transport.kind === "arp") {
      const ends = ethernetEnds(link);
      const octets = buildArp(transport, ends, { local: sockets.localIp, remote: sockets.remoteIp });
      const bytes = frameOf(octets, ETH_P_ARP, packet.ethernet, ends);
      return this.#injection(packet, line, { bytes, interface: through }, octets);
    }
    if (transport.kind === "tcp") advance(socket, packet);
    else if (config.is_anyip || (socket.protocol !== IPPROTO_TCP && (extended || socket.waits))) sockets.fillIn(socket);
    const known = socket.localIp !== undefined && socket.remoteIp !== undefined;
    // packetdrill sends to port 0 of address 0 then, which nobody receives: the calls behind it would wait for ever.
    if (!known && packet.addresses === undefined && transport.kind !== "message") {
      throw new PacketMismatch(notInjectable(socket), false);
    }
    const ends = transport.kind === "message" ? messageEnds(packet, transport, this.#run) : endpointsOf(packet, socket);
    const built = buildPacket(packet, ends, {
      socket,
      ecrScaled: config.tcp_ts_ecr_scaled,
      nplab,
      mptcp: sockets.mptcp,
    });
    if (built.trace !== undefined) socket.lastInjected = built.trace;
    if (packet.ethernet !== undefined) ethernetEnds(link);
    const bytes = framed(built.bytes, link, packet.ethernet);
    const gsoSize = transport.kind === "tcp" && config.mss > 0 ? config.mss : undefined;
    return this.#injection(packet, line, { bytes, gsoSize, interface: through }, built.bytes);
  }

  /** Gives a packet to the stack when it is called; `octets`: what is kept of it as evidence. */
  #injection(packet: PacketAction, line: number, injected: InjectedPacket, octets: Uint8Array): () => void {
    const { session, options, evidence, script } = this.#run;
    return () => {
      const now = session.now();
      evidence.add("inbound", now, line, () => formatScriptPacket(packet, script.wire), octets, injected.interface);
      options.onPacket?.("inbound", injected, now);
      session.inject(injected);
    };
  }
}

/** The ends of a message in words: its usual ones, but for what the script says. */
function messageEnds(packet: PacketAction, { message }: WordedMessage, run: RunContext): Endpoints {
  const { addresses } = packet;
  const { interfaces, sockets } = run;
  const ends = interfaces.ends(interfaces.of(packet)) ?? ETHERNET;
  const usual = message.protocol === "igmp" ? sockets.remoteIp : linkLocalOf(ends.peer);
  const source = addresses?.source === undefined ? usual : IpAddress.parse(addresses.source);
  const destination = addresses?.destination === undefined
    ? usualDestination(message) ?? sockets.localIp
    : IpAddress.parse(addresses.destination);
  return { source, destination, sourcePort: 0, destinationPort: 0 };
}

/** Why a packet of a socket can't be addressed, and what to do. */
function notInjectable({ state, protocol }: ScriptSocket): string {
  const remedy = state !== "new"
    ? "expect the packet that the call before sends, which tells where from"
    : protocol === IPPROTO_TCP
    ? "listen(), or connect() and expect its SYN, before"
    : "bind() the socket, or send from it and expect that packet, before";
  return `can't be injected: the addresses of the socket under test are not known yet; ${remedy}`;
}

/** What an injected segment does to the state that is kept of its socket. */
function advance(socket: ScriptSocket, packet: PacketAction): void {
  const { transport } = packet;
  if (transport.kind !== "tcp") return;
  const { syn, ack } = transport.flags;
  if (socket.state === "passive-synack-sent" && ack) {
    socket.state = "passive-synack-acked";
  } else if (socket.state === "active-syn-sent" && syn && ack) {
    socket.state = "active-syn-acked";
    socket.liveRemoteIsn = transport.seq.start;
  }
}
