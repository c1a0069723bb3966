/**
 * The syntax tree of a script: packetdrill's language, nplab's dialect and netproof's superset, decoded.
 *
 * Every node has a {@link Span}. Symbols (`-D NAME=value`) are already substituted, times are whole
 * microseconds, numbers are numbers. Optional parts are written `T | undefined`, so every node of a kind has the same shape.
 * Protocol fields are named after RFC 791, 8200, 9293, 768, 792 and 4443.
 */

import type { Node, Span } from "./syntax_node.ts";
import type { SilenceAction } from "./syntax_link.ts";
import type { PacketAction } from "./syntax_packet.ts";
import type { MibAction, SystemCallAction } from "./syntax_call.ts";

export type * from "./syntax_node.ts";
export type * from "./syntax_checksum.ts";
export type * from "./syntax_packet.ts";
export type * from "./syntax_call.ts";
export type * from "./syntax_link.ts";
export type * from "./syntax_mptcp.ts";

/** Which grammar a script was read with. */
export type Dialect = "packetdrill" | "nplab";

/** The `--ip_version` of a run: socket family and wire protocol in one. */
export type IpVersion = "ipv4" | "ipv6" | "ipv4-mapped-ipv6";

/** The protocol of the packets on the wire, fixed when a script is parsed. */
export type WireFamily = "ipv4" | "ipv6";

/** What carries the packets of a script: IP packets as they are, or Ethernet frames. */
export type DeviceKind = "tun" | "tap";

/** A whole script. */
export interface Script {
  /** As given to the parser. */
  readonly path: string;
  /** The whole text. */
  readonly source: string;
  /** The grammar it was read with. */
  readonly dialect: Dialect;
  /** The `--ip_version` it was read for. */
  readonly ipVersion: IpVersion;
  /** Protocol of its packets. */
  readonly wire: WireFamily;
  /** The `--name=value` lines at the top, in order, not yet validated against each other. */
  readonly options: readonly ScriptOption[];
  /** What the comments at the top say. */
  readonly header: HeaderComment;
  /** The command before the events. */
  readonly initCommand: ShellCommand | undefined;
  /** The timeline, in order; at least one. */
  readonly events: readonly Event[];
  /** The command behind the events. */
  readonly cleanupCommand: ShellCommand | undefined;
  /** Which words of the superset the script uses, with the place of each; empty for a plain packetdrill script. */
  readonly superset: readonly SupersetUse[];
  /** Every comment, in order of appearance. */
  readonly comments: readonly Comment[];
}

/** One use of a construct that packetdrill itself does not have. */
export interface SupersetUse extends Node {
  /** Name of the construct, as in docs/language.md. */
  readonly feature: string;
  /** It says nothing of other lines: what they mean and what of them is compared stays packetdrill's. */
  readonly local: boolean;
}

/** A `//` or block comment, marks included. */
export interface Comment extends Node {
  /** To the end of the line, or between marks. */
  readonly kind: "line" | "block";
  /** As written, marks included. */
  readonly text: string;
}

/** `key: value` lines of the comments before the first token. */
export interface HeaderComment {
  /** The known keys, in order. */
  readonly entries: readonly HeaderEntry[];
  /** One line for reports. */
  readonly title: string | undefined;
  /** RFC requirement ids, such as `RFC9293-MUST-5`. */
  readonly requires: readonly HeaderValue[];
  /** Targets expected to differ, with the reason. */
  readonly deviates: readonly HeaderDeviation[];
  /** `strict: yes`: a packet nobody expected fails the script, also after its last line. Undefined if not said. */
  readonly strict: boolean | undefined;
  /** `offload: no`: the device does neither segmentation nor checksums for the stack. Undefined if not said. */
  readonly offload: boolean | undefined;
  /** `device: tap`: what carries the packets. Undefined if not said. */
  readonly device: DeviceKind | undefined;
  /** `quiet: no`: what the stack does by itself on an interface is done, and seen. Undefined if not said. */
  readonly quiet: boolean | undefined;
  /** `interface: tun1 10.1.0.1/24`: interfaces beside the usual one, or further addresses of that one. */
  readonly interfaces: readonly HeaderInterface[];
  /** `route: 10.2.0.0/16 via 10.1.0.2 dev tun1`: routes beside the one to the other end. */
  readonly routes: readonly HeaderRoute[];
  /** The targets that the script is meant for; empty means all. */
  readonly targets: readonly string[];
  /** Programs that the script's commands need; where one is missing the script is skipped. */
  readonly programs: readonly string[];
  /** The `--ip_version`s that the script is meant for; empty means all. */
  readonly variants: readonly IpVersion[];
}

/** One `key: value` line as written. Continuation lines (indented further than the key) are joined by a blank. */
export interface HeaderEntry extends Node {
  /** In front of the colon. */
  readonly key: string;
  /** Behind the colon. */
  readonly value: string;
}

/** An address with its prefix length, as written. */
export interface HeaderPrefix {
  /** IPv4 or IPv6 address. */
  readonly address: string;
  /** Behind the slash; all of the address without one. */
  readonly length: number;
}

/** `interface: NAME ADDRESS/LENGTH … [mtu N]`. */
export interface HeaderInterface extends Node {
  /** `tunN` or `ethN`. */
  readonly name: string;
  /** Of both families; a run has those of its own. */
  readonly addresses: readonly HeaderPrefix[];
  /** Octets; undefined: 1500. */
  readonly mtu: number | undefined;
}

/** `route: PREFIX [via ADDRESS] dev NAME`. */
export interface HeaderRoute extends Node {
  /** Destinations. */
  readonly prefix: HeaderPrefix;
  /** Next hop; undefined: they are on the link. */
  readonly gateway: string | undefined;
  /** Interface that it leads through. */
  readonly device: string;
}

/** One element of a comma list in the header. */
export interface HeaderValue extends Node {
  /** The element. */
  readonly value: string;
}

/** `deviates: linux — reason`. */
export interface HeaderDeviation extends Node {
  /** Name of the target. */
  readonly target: string;
  /** Why it differs. */
  readonly reason: string;
}

/** `--name` or `--name=value` at the top of a script. */
export interface ScriptOption extends Node {
  /** Without the dashes. */
  readonly name: string;
  /** The text of the value, quotes removed; `NAME=value` for `--define`. */
  readonly value: string | undefined;
  /** Where the value stands. */
  readonly valueSpan: Span | undefined;
}

/** A back-quoted shell command, text between the marks, nothing unescaped. */
export interface ShellCommand extends Node {
  /** For `/bin/sh -c`. */
  readonly command: string;
}

/** One event of the timeline. */
export interface Event extends Node {
  /** When. */
  readonly time: TimeSpec;
  /** What. */
  readonly action: Action;
  /** Line of the time token: the line that messages name. */
  readonly line: number;
}

/** When an event happens, in whole microseconds (`trunc(seconds * 1e6)`). */
export type TimeSpec =
  | AbsoluteTime
  | RelativeTime
  | AnyTime
  | AbsoluteRange
  | RelativeRange;

/** `0.5`: at that script time. */
export interface AbsoluteTime extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "absolute";
  /** Script time in microseconds. */
  readonly at_us: number;
}

/** `+0.5`: that long after the previous event finished. */
export interface RelativeTime extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "relative";
  /** Microseconds after the event before. */
  readonly delta_us: number;
}

/** `*`: whenever it comes (outbound packets only). */
export interface AnyTime extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "any";
}

/** `1~2`: between those script times (outbound packets only). */
export interface AbsoluteRange extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "absolute-range";
  /** Earliest script time. */
  readonly from_us: number;
  /** Latest script time. */
  readonly to_us: number;
}

/** `+1~+2`: between those delays after the previous event (outbound packets only). */
export interface RelativeRange extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "relative-range";
  /** Shortest delay. */
  readonly from_us: number;
  /** Longest delay. */
  readonly to_us: number;
}

/** What an event does. */
export type Action =
  | PacketAction
  | SilenceAction
  | SystemCallAction
  | MibAction
  | CommandAction
  | CodeAction;

/** A timed shell command. */
export interface CommandAction extends ShellCommand {
  /** Tells it from the other members of its union. */
  readonly kind: "command";
}

/** `%{ … }%`: text between the marks, blanks and tabs at both ends removed. */
export interface CodeAction extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "code";
  /** The code. */
  readonly text: string;
}
