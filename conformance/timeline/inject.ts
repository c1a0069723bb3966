/**
 * Injecting the packets of a script.
 *
 * @module
 */
import { IPPROTO_TCP } from "../../stack/wire/protocol.ts";
import type { PacketAction } from "../script/syntax.ts";
import { buildPacket, endpointsOf } from "./build.ts";
import type { RunContext } from "./context.ts";
import { PacketMismatch, ScriptFault } from "./failure.ts";
import { formatScriptPacket } from "./format.ts";
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
    const { sockets, session, config, nplab, extended, options, evidence, script } = this.#run;
    const socket = sockets.forPacket(packet, nplab);
    const { transport } = packet;
    if (transport.kind === "tcp") advance(socket, packet);
    else if (config.is_anyip || (socket.protocol !== IPPROTO_TCP && (extended || socket.waits))) sockets.fillIn(socket);
    const known = socket.localIp !== undefined && socket.remoteIp !== undefined;
    // packetdrill sends to port 0 of address 0 then, which nobody receives: the calls behind it would wait for ever.
    if (!known && packet.addresses === undefined) throw new PacketMismatch(notInjectable(socket), false);
    const ends = endpointsOf(packet, socket);
    const built = buildPacket(packet, ends, {
      socket,
      ecrScaled: config.tcp_ts_ecr_scaled,
      nplab,
      mptcp: sockets.mptcp,
    });
    if (built.trace !== undefined) socket.lastInjected = built.trace;
    const injected = transport.kind === "tcp" && config.mss > 0
      ? { bytes: built.bytes, gsoSize: config.mss }
      : { bytes: built.bytes };
    return () => {
      const now = session.now();
      evidence.add("inbound", now, line, () => formatScriptPacket(packet, script.wire), built.bytes);
      options.onPacket?.("inbound", injected, now);
      session.inject(injected);
    };
  }
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
