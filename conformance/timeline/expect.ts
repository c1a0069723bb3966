/**
 * Waiting for the packet that a script expects.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as udp from "../../stack/wire/udp.ts";
import type { PacketAction } from "../script/syntax.ts";
import { checkContinues, merge } from "./aggregate.ts";
import type { Capture } from "./capture.ts";
import type { EventPlace, RunContext } from "./context.ts";
import { type FailureDetails, PacketMismatch, ScriptFailure, ScriptFault } from "./failure.ts";
import { dumpTime, formatLivePacket, formatScriptPacket } from "./format.ts";
import { Comparison } from "./fields.ts";
import { isPassedOver } from "./housekeeping.ts";
import { compareArp, compareEthernet, ethernetEnds, isSameArp } from "./link.ts";
import { newIncarnation, takeAddresses } from "./incarnation.ts";
import { fragmentFault, hexDump, LivePacket } from "./live.ts";
import { mapOutbound, mappedForDisplay, verifyIpChecksum, verifyOutbound } from "./match.ts";
import { messageIpInfo } from "./messages.ts";
import { connectionPorts, type ScriptSocket } from "./sockets.ts";
import { isHousekeepingWanted, isSameMessage } from "./same_message.ts";
import { receiveTimeout } from "./time.ts";

/** What came of expecting a packet. */
export interface Expected {
  /** When the (last) packet was captured; undefined when an optional packet did not come. */
  readonly time_us: number | undefined;
  /** An optional packet did not come, and no other either, until its time was over. */
  readonly timedOut: boolean;
  /** Mismatches that the script declared not fatal. */
  readonly warning: string | undefined;
}

/** Expects outbound packets. */
export class PacketExpecter {
  readonly #run: RunContext;
  readonly #capture: Capture;

  constructor(run: RunContext, capture: Capture) {
    this.#run = run;
    this.#capture = capture;
  }

  /**
   * Waits for the packet and checks it.
   *
   * @param optional no packet, or another one, is fine: what came is left for the next event
   * @throws {ScriptFailure}
   */
  async expect(packet: PacketAction, place: EventPlace, optional: boolean): Promise<Expected> {
    const socket = this.#socketFor(packet, place);
    const deadline = optional ? (place.time.end_us ?? place.time.start_us) + place.tolerance_us : undefined;
    const parts: LivePacket[] = [];
    try {
      const found = await this.#collect(packet, socket, place, parts, deadline);
      if (!found) return { time_us: undefined, timedOut: true, warning: undefined };
    } catch (error) {
      if (optional && error instanceof PacketMismatch && isAboutLength(error) && parts.length > 0) {
        this.#leave(parts);
        return { time_us: undefined, timedOut: false, warning: undefined };
      }
      if (!(error instanceof PacketMismatch)) throw error;
      this.#run.evidence.refused(error.live === undefined ? parts : [...parts, error.live], place.line);
      throw this.#failure(error, packet, socket, place, parts, undefined);
    }
    const live = merge(parts);
    const { evidence } = this.#run;
    try {
      this.#verify(live, packet, socket, place);
    } catch (error) {
      if (!(error instanceof PacketMismatch)) throw error;
      // Another packet than the expected one came; had that been late, it would be this.
      this.#run.facts.check("outbound packet", place.time, live.time_us, place.tolerance_us, place.line);
      if (optional) {
        this.#leave(parts);
        return { time_us: undefined, timedOut: false, warning: undefined };
      }
      const failure = this.#failure(error, packet, socket, place, [live], live);
      evidence.refused(parts, place.line);
      if (!failure.details.mayBeWarning || !this.#run.config.non_fatal.packet) throw failure;
      const warning = failure.text.replace(/^error/, "warning");
      evidence.taken(parts, place.line, packet);
      return { time_us: live.time_us, timedOut: false, warning: `${this.#run.script.path}:${place.line}: ${warning}` };
    }
    evidence.taken(parts, place.line, packet);
    return { time_us: live.time_us, timedOut: false, warning: undefined };
  }

  /** Leaves what came to the next event. */
  #leave(parts: readonly LivePacket[]): void {
    for (const part of [...parts].reverse()) this.#capture.pushBack(part);
  }

  #socketFor(packet: PacketAction, place: EventPlace): ScriptSocket {
    const { sockets, nplab, extended, interfaces } = this.#run;
    let socket: ScriptSocket;
    try {
      interfaces.of(packet);
      socket = sockets.forPacket(packet, nplab);
    } catch (error) {
      if (!(error instanceof PacketMismatch)) throw error;
      throw new ScriptFault("packet", `error handling packet: ${error.reason}`, place.line, {
        expected: formatScriptPacket(packet, this.#run.script.wire),
      });
    }
    const { transport } = packet;
    if (
      transport.kind === "tcp" && transport.flags.syn && transport.flags.ack &&
      socket.state === "passive-packet-received"
    ) {
      socket.state = "passive-synack-sent";
      socket.scriptLocalIsn = transport.seq.start;
      socket.learnLocalIsn = true;
      takeAddresses(socket, packet);
    }
    if (transport.kind === "tcp") newIncarnation(socket, transport);
    if (
      extended && transport.kind !== "tcp" && socket.protocol !== IPPROTO_TCP && socket.state !== "active-connecting"
    ) {
      sockets.fillIn(socket);
    }
    return socket;
  }

  /** Reads packets until they make up the script packet; false when an optional one did not come. */
  async #collect(
    packet: PacketAction,
    socket: ScriptSocket,
    place: EventPlace,
    parts: LivePacket[],
    optionalDeadline_us: number | undefined,
  ): Promise<boolean> {
    const { config, nplab, session, patience_us } = this.#run;
    const wanted = payloadOf(packet);
    let total = 0;
    // What waits for ever is ended by whoever drives packetdrill; here by the limit of the run.
    const timeout = Math.min(
      nplab ? Infinity : receiveTimeout(place.time, place.previous_us ?? 0),
      patience_us,
    );
    for (;;) {
      const deadline = optionalDeadline_us ?? Math.min(session.now() + timeout, this.#run.limit_us);
      const live = await this.#next(packet, socket, deadline);
      if (live === undefined) {
        if (optionalDeadline_us !== undefined && parts.length === 0) return false;
        const elsewhere = this.#cameElsewhere(packet);
        throw new PacketMismatch(`Timed out waiting for packet${elsewhere}`, false, [], "missing-packet");
      }
      if (parts.length === 0) this.#learn(live, socket);
      socket.interface = live.interface;
      socket.lastSniffed = live.isTcp ? traceOf(live) : socket.lastSniffed;
      if (parts.length > 0 && live.isTcp && !samePorts(parts[0]!, live)) {
        // A SYN from another port: what came before belonged to another connection to the same peer.
        parts.length = 0;
        total = 0;
      }
      parts.push(live);
      if (wanted === undefined) return true;
      const previous = parts[parts.length - 2];
      if (previous !== undefined) checkContinues(previous, live, total, wanted, socket);
      total += live.payloadLength;
      const more = packet.transport.kind === "tcp" && live.isTcp && total < wanted && !config.strict_segments && !nplab;
      if (!more) break;
    }
    if (total !== wanted && !nplab) {
      throw new PacketMismatch(`live packet payload: expected ${wanted} bytes vs actual ${total} bytes`, false, [
        { field: "payload", expected: `${wanted} bytes`, actual: `${total} bytes` },
      ]);
    }
    return true;
  }

  /** The next packet that belongs to the socket. */
  async #next(packet: PacketAction, socket: ScriptSocket, deadline_us: number): Promise<LivePacket | undefined> {
    // What belongs to another connection that the script names is left for the lines of that one.
    const others: LivePacket[] = [];
    try {
      return await this.#nextOf(packet, socket, deadline_us, others);
    } finally {
      this.#leave(others);
    }
  }

  async #nextOf(
    packet: PacketAction,
    socket: ScriptSocket,
    deadline_us: number,
    others: LivePacket[],
  ): Promise<LivePacket | undefined> {
    const { extended, interfaces } = this.#run;
    const through = interfaces.of(packet);
    for (;;) {
      const live = await this.#capture.next(deadline_us);
      if (live === undefined) return undefined;
      if (live.interface !== through || this.#isOthers(live, socket)) {
        others.push(live);
        continue;
      }
      if (extended && isPassedOver(live, this.#run.worded) && !isHousekeepingWanted(packet, live)) continue;
      const fault = live.fault ??
        (live.fragment !== undefined && live.family === 4 && !extended ? fragmentFault(live.fragment) : undefined);
      if (fault !== undefined) {
        throw new PacketMismatch(`${fault}: packet of ${live.bytes.length} bytes:`, false, [], "packet", live);
      }
      if ((!live.foreign || extended) && this.#belongs(live, packet, socket)) return live;
      this.#unexpected(live);
    }
  }

  /** That packets wait for lines of other interfaces, which may be what was waited for. */
  #cameElsewhere(packet: PacketAction): string {
    const { interfaces } = this.#run;
    const own = interfaces.of(packet);
    const names = new Set(this.#capture.waiting().map((live) => live.interface).filter((name) => name !== own));
    return names.size === 0 ? "" : ` on ${own}; some went out on ${[...names].join(", ")}`;
  }

  /** Whether a packet is one of another connection whose ports the script names. */
  #isOthers(live: LivePacket, socket: ScriptSocket): boolean {
    if (!live.isTcp || live.fault !== undefined || live.fragment !== undefined) return false;
    const owner = this.#run.sockets.owner(live);
    return owner !== undefined && owner !== socket;
  }

  #unexpected(live: LivePacket): void {
    if (!this.#run.strict || isPassedOver(live, this.#run.worded)) return;
    throw new PacketMismatch("a packet that nobody expected", false, [], "unexpected-packet", live);
  }

  #belongs(live: LivePacket, packet: PacketAction, socket: ScriptSocket): boolean {
    const { transport } = packet;
    if (transport.kind === "arp") return isSameArp(live, transport);
    if (live.arp !== undefined) return false;
    if (transport.kind === "message") return isSameMessage(live, packet, transport);
    const own = packet.addresses?.source === undefined ? socket.localIp : IpAddress.parse(packet.addresses.source);
    const peer = packet.addresses?.destination === undefined
      ? socket.remoteIp
      : IpAddress.parse(packet.addresses.destination);
    const source = live.family === 4 ? live.ip + ipv4.SOURCE : live.ip + ipv6.SOURCE;
    const destination = live.family === 4 ? live.ip + ipv4.DESTINATION : live.ip + ipv6.DESTINATION;
    if (
      own !== undefined && peer !== undefined && peer.matches(live.bytes, destination) &&
      own.matches(live.bytes, source)
    ) {
      if (own.family === live.family && this.#portsFit(live, packet, socket)) return true;
    }
    return this.#connects(live, socket);
  }

  #portsFit(live: LivePacket, packet: PacketAction, socket: ScriptSocket): boolean {
    const kind = live.transportKind;
    const hasPorts = kind === "TCP" || kind === "UDP";
    if (socket.protocol === IPPROTO_ICMP || socket.protocol === IPPROTO_ICMPV6) return true;
    if (!this.#run.extended && !hasPorts) return false;
    const named = connectionPorts(packet);
    // Ports that the script has used itself: what came is compared with them.
    if (kind === "TCP" && named !== undefined && this.#run.sockets.isKnown(named)) return true;
    if (this.#run.extended) {
      const { transport } = packet;
      const explicit = (transport.kind === "tcp" || transport.kind === "udp") && transport.ports !== undefined;
      const stateless = socket.fd === undefined && socket.state === "new";
      if (!hasPorts || explicit || stateless) return true;
    }
    return udp.sourcePort(live.bytes, live.transport) === socket.localPort &&
      udp.destinationPort(live.bytes, live.transport) === socket.remotePort;
  }

  /** The first packet of a socket that connects tells where it sends from. */
  #connects(live: LivePacket, socket: ScriptSocket): boolean {
    const { bytes, transport: at } = live;
    const kind = live.transportKind;
    const isSyn = kind === "TCP" && (tcp.flags(bytes, at) & (tcp.SYN | tcp.ACK)) === tcp.SYN;
    const fits = isSyn && socket.protocol === IPPROTO_TCP && socket.state === "active-syn-sent" ||
      kind === "UDP" && socket.protocol === IPPROTO_UDP && socket.state === "active-connecting" ||
      (kind === "ICMPV4" || kind === "ICMPV6") && socket.protocol === live.protocol &&
        socket.state === "active-connecting";
    if (!fits || socket.remoteIp === undefined || socket.remoteIp.family !== live.family) return false;
    const four = live.family === 4;
    if (!socket.remoteIp.matches(bytes, live.finalDestinationAt)) return false;
    if (kind === "TCP" || kind === "UDP") {
      if (udp.destinationPort(bytes, at) !== socket.remotePort) return false;
      socket.localPort = udp.sourcePort(bytes, at);
    }
    socket.localIp = four ? ipv4.source(bytes, live.ip) : ipv6.source(bytes, live.ip);
    if (isSyn) socket.liveLocalIsn = tcp.sequenceNumber(bytes, at);
    return true;
  }

  #learn(live: LivePacket, socket: ScriptSocket): void {
    if (!socket.learnLocalIsn || !live.isTcp) return;
    socket.liveLocalIsn = tcp.sequenceNumber(live.bytes, live.transport);
    socket.learnLocalIsn = false;
  }

  #verify(live: LivePacket, packet: PacketAction, socket: ScriptSocket, place: EventPlace): void {
    const { config, extended, nplab, sockets, optionKinds, interfaces } = this.#run;
    const named = connectionPorts(packet);
    const ports = extended || (named !== undefined && sockets.isKnown(named));
    const ethernet = interfaces.ends(interfaces.of(packet));
    const context = { config, socket, extended, nplab, ports, optionKinds, mptcp: sockets.mptcp };
    if (packet.transport.kind === "arp" || packet.ethernet !== undefined || live.ethernet !== undefined) {
      const comparison = new Comparison();
      const ends = ethernetEnds(ethernet);
      compareEthernet(comparison, live, packet, ends);
      if (packet.transport.kind === "arp") compareArp(comparison, live, packet.transport, ends);
      comparison.done();
    }
    if (packet.transport.kind === "arp") return this.#verifyTime(live, place);
    verifyIpChecksum(live);
    const { transport } = packet;
    // What such a message has in its IP header unless the script says otherwise.
    const whole = transport.kind === "message" ? { ...packet, ip: messageIpInfo(packet, transport.message) } : packet;
    const mapped = mapOutbound(live, whole, context);
    verifyOutbound(mapped, whole, place.time.start_us, context);
    this.#verifyTime(live, place);
  }

  #verifyTime(live: LivePacket, place: EventPlace): void {
    const { facts } = this.#run;
    const late = facts.check("outbound packet", place.time, live.time_us, place.tolerance_us, place.line);
    if (late !== undefined) throw new PacketMismatch(late, true, [], "time");
  }

  #failure(
    mismatch: PacketMismatch,
    packet: PacketAction,
    socket: ScriptSocket,
    place: EventPlace,
    parts: readonly LivePacket[],
    verified: LivePacket | undefined,
  ): ScriptFailure {
    const ace = packet.transport.kind === "tcp" && packet.transport.flags.ace !== undefined;
    const dump = (live: LivePacket) => {
      const header = mappedForDisplay(live, socket);
      return `${dumpTime(live.time_us)} ${formatLivePacket(live, header, ace)}`;
    };
    const subject = verified ?? mismatch.live ?? parts[parts.length - 1];
    const actual = mismatch.kind === "missing-packet"
      ? undefined
      : parts.length > 1
      ? parts.map((live, i) => `#${i} ${dump(live)}`).join("\n")
      : subject === undefined
      ? undefined
      : subject.fault === undefined
      ? dump(subject)
      : hexDump(subject.bytes);
    const details: FailureDetails = {
      expected: `${dumpTime(place.time.start_us)} ${formatScriptPacket(packet, this.#run.script.wire)}`,
      actual,
      actualBytes: actual === undefined ? undefined : subject?.bytes,
      differences: mismatch.differences,
      mayBeWarning: mismatch.mayBeWarning,
    };
    return new ScriptFailure(mismatch.kind, `error handling packet: ${mismatch.reason}`, place.line, details);
  }
}

/** What came is a packet of the socket, but not with the payload that the script wants. */
function isAboutLength(mismatch: PacketMismatch): boolean {
  return mismatch.live === undefined && (mismatch.kind === "packet" || mismatch.kind === "missing-packet");
}

/** Payload octets that a script packet has; undefined where only the lengths of headers tell. */
function payloadOf(packet: PacketAction): number | undefined {
  const { transport } = packet;
  if (packet.fragment !== undefined) return undefined;
  if (transport.kind === "tcp") return transport.seq.length;
  return transport.kind === "udp" ? transport.length : undefined;
}

function samePorts(one: LivePacket, other: LivePacket): boolean {
  return one.isTcp && other.isTcp &&
    tcp.sourcePort(one.bytes, one.transport) === tcp.sourcePort(other.bytes, other.transport);
}

function traceOf(live: LivePacket) {
  const { bytes, transport: at } = live;
  return {
    flags: tcp.flags(bytes, at),
    seq: tcp.sequenceNumber(bytes, at),
    ack: tcp.acknowledgmentNumber(bytes, at),
    window: tcp.window(bytes, at),
    length: live.payloadLength,
  };
}
