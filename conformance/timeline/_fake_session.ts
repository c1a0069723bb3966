/**
 * A session for tests: it replays packets at given times and answers system calls as told. No stack.
 *
 * @module
 */
import { IpAddress } from "../../stack/wire/address.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import { resolveConfig, type ScriptConfig } from "../script/options.ts";
import { parseScript } from "../script/mod.ts";
import type { PacketAction, Script } from "../script/syntax.ts";
import { VARIANTS } from "../script/variants.ts";
import type {
  CapturedPacket,
  CommandOutcome,
  InjectedPacket,
  RunningCall,
  Session,
  TimedOutcome,
} from "../targets/target.ts";
import { endpointsOf, outboundTransport } from "./build.ts";
import { buildIp, encapsulate } from "./build_ip.ts";
import { PythonRunner, type RunOptions, type RunOutcome, runScript } from "./mod.ts";
import { MptcpConnection } from "./mptcp.ts";
import { ScriptSocket } from "./sockets.ts";

/** The live initial sequence number that the replayed stack uses. */
export const LOCAL_ISN = 0x10000000;
const REMOTE_PORT = 40_001;

/** What the replayed stack does. */
export interface Replay {
  /** Packets it sends, as script lines with absolute times. */
  readonly packets?: readonly string[];
  /** Octets of packets are changed before they are sent; index as in {@link packets}. */
  readonly tamper?: (bytes: Uint8Array, index: number) => Uint8Array;
  /** Packets left to the device. */
  readonly checksumPartial?: boolean;
  /**
   * What calls do. `blocks_us`: they return so much later, `took_us`: the caller waits for them, or for them to begin
   * (`unseen`: at a time that nobody says).
   * Default: result 0.
   */
  readonly calls?: (
    request: SystemCallRequest,
    index: number,
  ) => (Partial<SystemCallOutcome> & { blocks_us?: number; took_us?: number; unseen?: boolean }) | undefined;
  /** What commands do. Default: status 0. */
  readonly command?: (text: string) => Partial<CommandOutcome>;
  /** How long each takes, µs. */
  readonly commands_us?: number;
  readonly counters?: () => ReadonlyMap<string, number>;
  /** The runner wakes so much later than asked, µs. */
  readonly late_us?: number;
  /** Calls that block are to be made so much before their time, µs. */
  readonly lead_us?: number;
  /** Largest time the session goes to when waiting for ever. */
  readonly remoteIsn?: number;
}

class FakeCall implements RunningCall {
  outcome: TimedOutcome | undefined;
  readonly started: Promise<number | undefined>;
  readonly settled: Promise<TimedOutcome>;
  #resolve: (outcome: TimedOutcome) => void = () => {};

  constructor(started_us: number | undefined) {
    this.started = Promise.resolve(started_us);
    this.settled = new Promise((resolve) => this.#resolve = resolve);
  }

  settle(outcome: TimedOutcome): void {
    this.outcome = outcome;
    this.#resolve(outcome);
  }
}

/** See {@link Replay}. */
export class FakeSession implements Session {
  readonly injected: { readonly packet: InjectedPacket; readonly time_us: number }[] = [];
  readonly requests: SystemCallRequest[] = [];
  readonly commands: string[] = [];
  get epoch_us(): number {
    return 1_000_000_000_000;
  }
  get blockingLead_us(): number {
    return this.replay.lead_us ?? 0;
  }
  #now = 0;
  readonly #queue: CapturedPacket[];
  readonly #returns: { at_us: number; call: FakeCall; outcome: SystemCallOutcome }[] = [];
  #interrupted: Error | undefined;

  constructor(readonly replay: Replay, packets: readonly CapturedPacket[]) {
    this.#queue = [...packets].sort((a, b) => a.time_us - b.time_us);
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  now(): number {
    return this.#now;
  }

  async #goTo(time_us: number): Promise<void> {
    for (;;) {
      const next = this.#returns.filter((one) => one.at_us <= time_us).sort((a, b) => a.at_us - b.at_us)[0];
      if (next === undefined) break;
      this.#returns.splice(this.#returns.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at_us);
      next.call.settle({ ...next.outcome, ended_us: this.#now });
      await Promise.resolve();
      await Promise.resolve();
      this.#throwInterrupt();
    }
    this.#now = Math.max(this.#now, time_us);
  }

  #throwInterrupt(): void {
    const reason = this.#interrupted;
    this.#interrupted = undefined;
    if (reason !== undefined) throw reason;
  }

  async waitUntil(time_us: number): Promise<void> {
    this.#throwInterrupt();
    await this.#goTo(time_us + (this.replay.late_us ?? 0));
  }

  inject(packet: InjectedPacket): void {
    this.injected.push({ packet, time_us: this.#now });
  }

  async receive(deadline_us: number): Promise<CapturedPacket | undefined> {
    this.#throwInterrupt();
    const packet = this.#queue[0];
    if (packet !== undefined && packet.time_us <= Math.max(deadline_us, this.#now)) {
      await this.#goTo(packet.time_us);
      this.#queue.shift();
      return packet;
    }
    await this.#goTo(Number.isFinite(deadline_us) ? deadline_us : this.#now + 1e9);
    return undefined;
  }

  unread(): readonly CapturedPacket[] {
    const there = this.#queue.filter((packet) => packet.time_us <= this.#now);
    this.#queue.splice(0, there.length);
    return there;
  }

  call(request: SystemCallRequest): RunningCall {
    const index = this.requests.push(request) - 1;
    const answer = this.replay.calls?.(request, index) ?? {};
    const { blocks_us, took_us, unseen, ...outcome } = {
      took_us: 0,
      unseen: false,
      result: request.name === "socket" ? 100 + index : 0,
      errno: 0,
      ...answer,
    };
    this.#now += took_us;
    const call = new FakeCall(unseen ? undefined : this.#now);
    if (blocks_us === undefined) call.settle({ ...outcome, ended_us: this.#now });
    else if (Number.isFinite(blocks_us)) this.#returns.push({ at_us: this.#now + blocks_us, call, outcome });
    return call;
  }

  command(text: string): Promise<CommandOutcome> {
    this.commands.push(text);
    this.#now += this.replay.commands_us ?? 0;
    return Promise.resolve({ status: 0, signal: undefined, output: "", ...this.replay.command?.(text) });
  }

  remotePort(): number {
    return REMOTE_PORT;
  }

  counters(): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(this.replay.counters?.() ?? new Map());
  }

  interrupt(reason: Error): void {
    this.#interrupted ??= reason;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Parses a script for a variant, with that variant's arguments. */
export function parseFor(
  text: string,
  variant: keyof typeof VARIANTS = "ipv4",
): { script: Script; config: ScriptConfig } {
  const script = parseScript(text, {
    path: "test.pkt",
    ipVersion: variant,
    definitions: VARIANTS[variant].definitions,
  });
  const config = resolveConfig({
    dialect: script.dialect,
    script: script.options,
    commandLine: VARIANTS[variant].options,
    definitions: VARIANTS[variant].definitions,
  });
  return { script, config };
}

/** The socket of a passive connection as the replayed stack sees it. */
function liveSocket(config: ScriptConfig, remoteIsn: number): ScriptSocket {
  const socket = new ScriptSocket(6);
  socket.localIp = IpAddress.parse(config.local_ip);
  socket.remoteIp = IpAddress.parse(config.remote_ip);
  socket.localPort = config.bind_port;
  socket.remotePort = REMOTE_PORT;
  socket.liveLocalIsn = LOCAL_ISN;
  socket.liveRemoteIsn = remoteIsn;
  return socket;
}

function livePacket(packet: PacketAction, config: ScriptConfig, remoteIsn: number): Uint8Array {
  const socket = liveSocket(config, remoteIsn);
  const ends = endpointsOf(packet, socket);
  const payload = outboundTransport(packet.transport, ends, {
    socket,
    ecrScaled: false,
    nplab: false,
    mptcp: new MptcpConnection(),
  });
  const four = ends.source.family === 4;
  const protocol =
    { tcp: 6, udp: 17, icmp: four ? 1 : 58, ip: 0, message: four ? 2 : 58, arp: 0 }[packet.transport.kind];
  const ip = buildIp({
    source: ends.source,
    destination: ends.destination,
    protocol: packet.transport.kind === "ip" ? packet.transport.protocol : protocol,
    payload,
    info: packet.ip,
    fragment: packet.fragment,
  });
  return encapsulate(packet.encapsulations, ip);
}

/** Packets from script lines such as `0.1 > . 1:1(0) ack 1 win 100`; `<...>` is no options. */
export function packetsOf(lines: readonly string[], replay: Replay, variant: keyof typeof VARIANTS): CapturedPacket[] {
  return lines.map((line, index) => {
    const { script, config } = parseFor(`${line}\n`, variant);
    const event = script.events[0];
    if (event?.action.kind !== "packet" || event.time.kind !== "absolute") throw new Error(`no packet: ${line}`);
    const bytes = livePacket(event.action, config, replay.remoteIsn ?? 0);
    return {
      bytes: replay.tamper?.(bytes, index) ?? bytes,
      time_us: event.time.at_us,
      checksumPartial: replay.checksumPartial ?? false,
      gsoSize: 0,
    };
  });
}

/** One interpreter for all tests of a file; close it in the last one. */
export const python = new PythonRunner();

/** Runs a script against a replay. */
export async function replay(
  text: string,
  what: Replay = {},
  options: Partial<RunOptions> & { variant?: keyof typeof VARIANTS } = {},
): Promise<RunOutcome & { session: FakeSession }> {
  const { variant = "ipv4", ...rest } = options;
  const { script, config } = parseFor(text, variant);
  const session = new FakeSession(what, packetsOf(what.packets ?? [], what, variant));
  const outcome = await runScript(script, config, session, {
    virtualTime: true,
    python,
    verifyChecksums: true,
    ...rest,
  });
  return Object.assign(Object.create(outcome) as RunOutcome, { session });
}
