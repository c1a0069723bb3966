/**
 * What can be tested: the one interface between the timeline and every target.
 *
 * @module
 */
import type { DeviceKind, IpVersion } from "../script/syntax.ts";
import type { TraceSample } from "../report/trace.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";

export type { IpVersion };

/** The world that a script wants, made afresh for each run. */
export interface WorldOptions {
  /** Family of sockets and of packets. */
  readonly ipVersion: IpVersion;
  /** Address of the stack under test on its device, as text. */
  readonly localIp: string;
  /** Prefix length of {@link localIp}. */
  readonly localPrefixLength: number;
  /** The address that the runner plays. */
  readonly remoteIp: string;
  /** Prefix that is routed to the device. */
  readonly remotePrefixLength: number;
  /** Next hop of that route. */
  readonly gatewayIp: string;
  /** MTU of the device, octets. */
  readonly mtu: number;
  /** Link speed in Mbit/s to pretend, 0 to leave it. */
  readonly speed: number;
  /** Local address is not put on the device and the route has no gateway (`--is_anyip`). */
  readonly anyIp: boolean;
  /** Do not free send buffers early (`--send_omit_free`, matters for MSG_ZEROCOPY). */
  readonly sendOmitFree: boolean;
  /** The device takes aggregates and unfinished checksums from the stack. Without, every segment is seen as it would be on a wire. */
  readonly offload: boolean;
  /** What carries the packets; absent: a TUN device. */
  readonly device?: DeviceKind | undefined;
  /**
   * On a TAP device: what the stack would do by itself there (duplicate address detection, router solicitations, asking for the gateway's and
   * the other end's link-layer address) is left out. Absent: yes.
   */
  readonly quiet?: boolean | undefined;
  /** Interfaces beside the usual one; under the usual one's name, further addresses of it. */
  readonly interfaces?: readonly InterfaceOptions[] | undefined;
  /** Routes beside the one to {@link remoteIp}. */
  readonly routes?: readonly RouteOptions[] | undefined;
  /** Working directory of commands and of relative paths in `open`. */
  readonly cwd: string;
  /** Keep how connections fare, for {@link Session.traced}, where the target can. */
  readonly trace?: boolean | undefined;
}

/** Octets of a packet that an interface takes, unless something else is said. */
export const DEFAULT_MTU = 1500;

/** An interface of a world. */
export interface InterfaceOptions {
  /** `tunN` or `ethN`, which tells what carries its packets. */
  readonly name: string;
  /** Its addresses, of the world's family. */
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number }[];
  /** Octets; absent: 1500. */
  readonly mtu?: number | undefined;
}

/** A route of a world. */
export interface RouteOptions {
  /** Destinations. */
  readonly destination: string;
  /** Their prefix length. */
  readonly prefixLength: number;
  /** Next hop; absent: they are on the link. */
  readonly gateway?: string | undefined;
  /** Interface that it leads through. */
  readonly device: string;
}

/** The interface that a kind of device has in every world. */
export const DEVICE_NAMES: Readonly<Record<DeviceKind, string>> = { tun: "tun0", tap: "eth0" };

/** What carries the packets of an interface; undefined for a name that no interface of a world can have. */
export function kindOfInterface(name: string): DeviceKind | undefined {
  const match = /^(tun|eth)[0-9]{1,2}$/.exec(name);
  return match === null ? undefined : match[1] === "tun" ? "tun" : "tap";
}

/** MAC addresses of the ends of an Ethernet link. */
export interface EthernetEnds {
  /** Of the stack under test. */
  readonly own: string;
  /** Of the other end, which the runner plays. */
  readonly peer: string;
}

/** Those of every world with a TAP device. */
export const ETHERNET: EthernetEnds = { own: "02:00:00:00:00:01", peer: "02:00:00:00:00:02" };

/** Those of the link of `ethN`: the fifth octet tells which it is. Undefined for an interface without. */
export function ethernetEndsOf(name: string): EthernetEnds | undefined {
  if (kindOfInterface(name) !== "tap") return undefined;
  const number = Number(name.slice("eth".length)).toString(16).padStart(2, "0");
  return { own: `02:00:00:00:${number}:01`, peer: `02:00:00:00:${number}:02` };
}

/** A packet to inject, from its IP header on; where the session has {@link Session.ethernet}, from its Ethernet header on. */
export interface InjectedPacket {
  /** The octets. */
  readonly bytes: Uint8Array;
  /** Payload octets per segment, when it is to be taken as an aggregate; absent or 0 when not. */
  readonly gsoSize?: number | undefined;
  /** The interface that it comes in on; absent: the usual one. */
  readonly interface?: string | undefined;
}

/** A packet that the stack under test sent, from its IP header or, as above, its Ethernet header on. */
export interface CapturedPacket {
  /** The octets. */
  readonly bytes: Uint8Array;
  /** When the device had it, µs of script time (kernel time stamp where there is one). */
  readonly time_us: number;
  /** The transport checksum was left to the device, so it can't be judged. */
  readonly checksumPartial: boolean;
  /** Payload octets per segment when it is an aggregate left to the device to split, else 0. */
  readonly gsoSize: number;
  /** The interface that it went out by; absent: the usual one. */
  readonly interface?: string | undefined;
}

/** What a call did, and when it returned. */
export interface TimedOutcome extends SystemCallOutcome {
  /** µs of script time. */
  readonly ended_us: number;
}

/** A call under way or done. */
export interface RunningCall {
  /** Set once it has returned. */
  readonly outcome: TimedOutcome | undefined;
  /**
   * Resolves once it has returned or is known to sleep in the stack: with when it was last seen awake, µs of script time,
   * where the target can tell that from now.
   */
  readonly started: Promise<number | undefined>;
  /** Resolves when it returns. Never rejects; a target that died rejects with {@link TargetError}. */
  readonly settled: Promise<TimedOutcome>;
}

/** What a shell command did. */
export interface CommandOutcome {
  /** Exit status; 128 + n when signal n ended it, as a shell says. */
  readonly status: number;
  /** The signal that ended it, if one did. */
  readonly signal: number | undefined;
  /** What it printed, both streams, cut at 64 KiB. */
  readonly output: string;
  /** What the machine lacks or refused, which is not the stack's failure, whatever the status. */
  readonly lack?: Lack | undefined;
  /** Settings that it was to make, and that the stack under test does not have. */
  readonly unknownSettings?: readonly string[] | undefined;
}

/** Something that scripts want of a machine, and that it lacks or refuses. */
export interface Lack {
  /** What. */
  readonly what: string;
  /** What to do about it, where that is known. */
  readonly remedy?: string | undefined;
}

/** One world with a stack in it, for one run of one script. All times are µs of script time. */
export interface Session {
  /** Wall-clock time (CLOCK_REALTIME) at script time 0, µs since the epoch; needed to judge software time stamps. Known after {@link Session.start}. */
  readonly epoch_us?: number | undefined;
  /** The ends of the usual interface's link, where it is Ethernet. */
  readonly ethernet?: EthernetEnds | undefined;
  /** How the stack's connections have fared so far, where the world was asked for it and the target can tell. */
  traced?(): readonly TraceSample[];
  /** What follows is none of the script's: {@link Session.traced} has nothing of it. */
  endTrace?(): void;
  /** The stack's index of an interface; absent, or undefined, where the target does not tell. */
  interfaceIndex?(name: string): number | undefined;
  /** Ends set-up: script time 0 begins a little after this is called. Resolves at time 0 or just before. */
  start(): Promise<void>;
  /** Script time now. Negative before time 0. */
  now(): number;
  /** Resolves at `time_us`, at once if it has passed. In virtual time the clock jumps there, running what is due. */
  waitUntil(time_us: number): Promise<void>;
  /** Gives the stack a packet. */
  inject(packet: InjectedPacket): void;
  /** The next packet that the stack sent, in order; `undefined` when none came until `deadline_us` (`Infinity`: wait for ever). */
  receive(deadline_us: number): Promise<CapturedPacket | undefined>;
  /** The packets that the stack has sent by now and that {@link Session.receive} has not given. Each is given once. Never throws. */
  unread(): readonly CapturedPacket[];
  /** So much before its time, µs, a call that is to block should be made, as it takes that long to begin; absent: 0. */
  readonly blockingLead_us?: number | undefined;
  /** Makes a system call. One that can't block has returned when this returns. */
  call(request: SystemCallRequest): RunningCall;
  /** Runs a shell command in the world (`sh -c`), outside the timed part or in it. */
  command(text: string): Promise<CommandOutcome>;
  /** A remote port that nothing else uses, for a connection that the runner opens. */
  remotePort(): number;
  /** MIB counters now, by name (`Ip.InReceives`, `TcpExt.TCPTimeouts`, `Ip6.InReceives` …). */
  counters(): Promise<ReadonlyMap<string, number>>;
  /**
   * Wakes the runner from {@link Session.receive} and {@link Session.waitUntil} early: both then reject with the reason given.
   * Used when a blocking call on the side has failed the script.
   */
  interrupt(reason: Error): void;
  /** Set while the target itself, not the stack under test, owes the run an answer: why nothing comes. */
  readonly stuck?: TargetError | undefined;
  /**
   * Takes the world down: cancels calls, closes descriptors, frees devices and namespaces. Never throws; gives the error if
   * the target broke over it.
   */
  close(): Promise<TargetError | void>;
}

/** Whether a target can be used here. */
export type Availability =
  | {
    readonly available: true;
    /** What is not here as scripts may take for granted, to be said once. */
    readonly limits?: readonly Lack[] | undefined;
  }
  | {
    readonly available: false;
    /** What is missing. */
    readonly reason: string;
    /** What to do about it. */
    readonly remedy: string;
  };

/** A kind of stack that can be tested. */
export interface Target {
  /** Its name on the command line and in results. */
  readonly name: string;
  /** A name for it and others of its kind, by which scripts' headers and baselines may mean it, too. */
  readonly family?: string | undefined;
  /** Whether time is virtual: a run is deterministic and takes no longer than its computation. */
  readonly virtualTime: boolean;
  /** Scripts that it bears in flight at once, unless the command line says otherwise. Absent: what the runner bears. */
  readonly jobs?: number | undefined;
  /** How the environment section of results describes it, e.g. the kernel release. */
  describe(): Promise<string>;
  /** Whether it can be used here, and if not, why not. */
  probe(): Promise<Availability>;
  /** The first of `programs` that commands would not find. Absent: the target's commands need none. */
  lacks?(programs: readonly string[]): Lack | undefined;
  /** Makes a fresh world. Throws {@link TargetError}. */
  open(options: WorldOptions): Promise<Session>;
  /** Resolves when what closed sessions have left behind is gone and keeps the machine busy no more. Never rejects. */
  quiet?(): Promise<void>;
  /** Ends what the target keeps between runs. Never throws. */
  close(): Promise<void>;
}

/** The target, not the stack under test, failed: a world could not be made, or the process that drives a stack died. */
export class TargetError extends Error {
  /** `TargetError`. */
  override name = "TargetError";
}

/** The machine, not the stack under test, is why a script can't be judged. */
export class MachineError extends TargetError {
  /** `MachineError`. */
  override name = "MachineError";

  /** `doing`: what met it. */
  constructor(doing: string, readonly lack: Lack) {
    super(`${doing}: ${lack.what}${lack.remedy === undefined ? "" : `: ${lack.remedy}`}`);
  }
}

/** The script asks for something that this target can't do; the run is a skip with this reason. */
export class UnsupportedError extends Error {
  /** `UnsupportedError`. */
  override name = "UnsupportedError";
}
