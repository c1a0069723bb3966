/**
 * What can be known of a script without running it, beyond what parsing refuses: faults that packetdrill would report
 * only when the run gets there (`run-time`), and what looks like a mistake (`warning`).
 */
import { checkCall, DescriptorTable } from "./check_calls.ts";
import { SocketTracker } from "./check_sockets.ts";
import type { Problem, Severity } from "./diagnostics.ts";
import { isExtended } from "./superset.ts";
import type { Event, HeaderInterface, PacketAction, Script, Span, TimeSpec, Transport } from "./syntax.ts";

/**
 * Every finding, in order of place. Never throws for a parsed script.
 *
 * @param complete false for the readable part of a script with errors: nothing is said that a missing event could explain
 */
export function checkScript(script: Script, complete = true): Problem[] {
  return new Checker(script, complete).run();
}

/** What is known of the socket under test at some point of the script. */
interface Sockets {
  /** A `socket()` succeeded before. */
  any: boolean;
  /** Its third argument, if a literal or known symbol. */
  protocol: number | undefined;
  /** An inbound TCP packet came before. */
  child: boolean;
}

class Checker {
  readonly #problems: Problem[] = [];
  readonly #descriptors: DescriptorTable;
  readonly #sockets: Sockets = { any: false, protocol: undefined, child: false };
  /** Every TS val that an outbound packet of the script has shown so far. */
  readonly #sentTimestamps = new Set<number>();
  readonly #scaled: boolean;
  readonly #tracker: SocketTracker;

  constructor(readonly script: Script, readonly complete: boolean) {
    this.#descriptors = new DescriptorTable(complete);
    this.#tracker = new SocketTracker(script);
    this.#scaled = script.options.some((option) => option.name === "tcp_ts_ecr_scaled");
  }

  run(): Problem[] {
    const { events } = this.script;
    const psp = this.script.options.find((option) => option.name === "psp_udp_port");
    if (psp !== undefined) {
      this.#add("warning", psp.span, "PSP needs packetdrill's wire mode", "such scripts are skipped");
    }
    const [first] = events;
    if (this.complete && first !== undefined && startOf(first.time) !== 0) {
      this.#runTime(first.time.span, "first event should be at time 0", "start with 0 or +0");
    }
    if (
      this.script.cleanupCommand !== undefined && this.script.initCommand === undefined &&
      this.script.dialect === "packetdrill"
    ) {
      const message = "the cleanup command never runs: the script has no init command";
      this.#add("warning", this.script.cleanupCommand.span, message, "add an init command, or run it as a timed event");
    }
    for (const { value, span } of this.script.header.requires) {
      if (!/^RFC[0-9]+-[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) {
        this.#add("warning", span, `'${value}' is not a requirement id`, "RFC9293-MUST-5");
      }
    }
    for (const { device, span } of this.script.header.routes) this.#checkInterface({ name: device, span });
    events.forEach((event, i) => {
      this.#checkOrder(events[i - 1], event);
      this.#checkEvent(event);
    });
    return this.#problems.sort((a, b) => a.span.start - b.span.start);
  }

  #add(severity: Severity, span: Span, message: string, hint?: string): void {
    this.#problems.push({ severity, kind: "check", path: this.script.path, span, message, expected: [], hint });
  }

  #runTime(span: Span, message: string, hint?: string): void {
    this.#add("run-time", span, message, hint);
  }

  #checkOrder(previous: Event | undefined, event: Event): void {
    const before = previous === undefined ? undefined : absoluteStart(previous.time);
    const now = absoluteStart(event.time);
    if (before !== undefined && now !== undefined && now < before) {
      this.#runTime(event.time.span, `time goes backward in script from ${before} usec to ${now} usec`);
    }
  }

  #checkEvent(event: Event): void {
    const { action } = event;
    switch (action.kind) {
      case "packet":
        this.#checkPacket(action);
        break;
      case "silence":
        if (action.interface !== undefined) this.#checkInterface(action.interface);
        break;
      case "syscall":
        checkCall(this.script, action, this.#descriptors, (span, message, hint) => this.#runTime(span, message, hint));
        this.#tracker.call(action);
        if (action.name === "socket" && action.result.kind === "integer" && action.result.value >= 0) {
          const protocol = action.args[2];
          this.#sockets.any = true;
          this.#sockets.child = false;
          this.#sockets.protocol = protocol?.kind === "integer" || protocol?.kind === "word"
            ? protocol.value
            : undefined;
        }
        if (action.blockingEnd_us !== undefined) this.#checkBlockingEnd(event, action.blockingEnd_us);
        break;
      case "code":
        if (this.complete && !this.#sockets.any) {
          this.#runTime(action.span, "runtime error in code: no socket to use for code", "call socket() before");
        }
        break;
      default:
    }
  }

  #checkBlockingEnd(event: Event, end: number): void {
    const start = startOf(event.time);
    if (end < start) {
      this.#add("warning", event.span, "the call is to return before it starts", "both times have the same base");
    }
  }

  #checkPacket(packet: PacketAction): void {
    const { transport, span } = packet;
    const tcp = transport.kind === "tcp";
    const sockets = this.#sockets;
    // Scripts that use the superset may send and expect packets that belong to no socket.
    if (this.complete && !isExtended(this.script)) {
      if (!sockets.any && !sockets.child && !(tcp && packet.direction === "in")) {
        this.#runTime(span, "no matching socket for script packet", "call socket() before");
      }
      if (sockets.any && sockets.protocol === 0 && this.script.dialect === "packetdrill") {
        const message = "the socket was made with protocol 0: packetdrill cannot tell what its packets are";
        this.#runTime(span, message, "name IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP or IPPROTO_ICMPV6");
        sockets.protocol = undefined;
      }
    }
    if (tcp && packet.direction === "in") this.#sockets.child = true;
    if (packet.interface !== undefined) this.#checkInterface(packet.interface);
    const fault = this.#tracker.packet(packet);
    if (this.complete && fault !== undefined) this.#runTime(span, fault.message, fault.hint);
    this.#checkTimestamps(packet);
    this.#checkFragment(packet);
  }

  /** Of the usual interface only the run knows which it is. */
  #checkInterface({ name, span }: Pick<HeaderInterface, "name" | "span">): void {
    if (["tun0", "eth0"].includes(name) || this.script.header.interfaces.some((one) => one.name === name)) return;
    this.#runTime(span, `there is no interface ${name}`, `say // interface: ${name} ADDRESS/LENGTH in the header`);
  }

  #checkTimestamps(packet: PacketAction): void {
    const { transport } = packet;
    if (transport.kind !== "tcp" || transport.options.kind !== "list") return;
    for (const option of transport.options.options) {
      if (option.kind !== "timestamp") continue;
      if (packet.direction === "out") {
        if (option.val !== undefined) this.#sentTimestamps.add(option.val);
      } else if (
        this.complete && transport.flags.ack && !option.ecrAbsolute && !this.#scaled && option.ecr !== "*" &&
        !this.#sentTimestamps.has(option.ecr)
      ) {
        const message = this.script.dialect === "nplab"
          ? `unable to find mapping for timestamp ecr ${option.ecr}`
          : `unable to infer live TS ecr for script TS ecr ${option.ecr};  no matching or preceding outbound TS val`;
        this.#runTime(option.span, message, "an outbound packet before must have shown this val");
      }
    }
  }

  #checkFragment(packet: PacketAction): void {
    const { fragment, transport } = packet;
    if (fragment === undefined) return;
    const total = transportLength(transport);
    const more = fragment.mf ?? (total !== undefined && fragment.end < total);
    if (packet.direction === "out" && total !== undefined && fragment.end > total) {
      this.#runTime(
        fragment.span,
        `the datagram has ${total} bytes: it has no fragment ${fragment.start}:${fragment.end}`,
      );
    }
    if (packet.direction === "out" && more && (fragment.end - fragment.start) % 8 !== 0) {
      this.#add("warning", fragment.span, "a fragment that is not the last has a multiple of 8 bytes", "RFC 791 3.2");
    }
  }
}

/** Bytes of the IP payload; undefined if the script leaves them open. */
export function transportLength(transport: Transport): number | undefined {
  switch (transport.kind) {
    case "tcp": {
      const options = transport.options.kind === "list" ? transport.options.length : 0;
      const open = transport.options.kind === "any" || (transport.options.kind === "list" && transport.options.open);
      return open ? undefined : 20 + Math.ceil(options / 4) * 4 + transport.seq.length;
    }
    case "udp":
      return 8 + transport.length;
    case "icmp":
      return transport.dataLength === undefined ? undefined : 8 + transport.dataLength;
    case "ip":
      return transport.length;
    case "message":
    case "arp":
      return undefined;
  }
}

function startOf(time: TimeSpec): number {
  switch (time.kind) {
    case "absolute":
      return time.at_us;
    case "relative":
      return time.delta_us;
    case "any":
      return 0;
    default:
      return time.from_us;
  }
}

function absoluteStart(time: TimeSpec): number | undefined {
  if (time.kind === "absolute") return time.at_us;
  return time.kind === "absolute-range" ? time.from_us : undefined;
}
