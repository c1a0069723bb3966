/** The part of the syntax tree that describes what is below and beside IP: Ethernet, ARP, and messages by words. Exported through `syntax.ts`. */
import type { IgmpBody } from "../../stack/wire/igmp.ts";
import type { MldBody } from "../../stack/wire/mld.ts";
import type { NdBody } from "../../stack/wire/nd.ts";
import type { Node, Span } from "./syntax_node.ts";
import type { ChecksumSpec } from "./syntax_checksum.ts";

/** Superset `eth0 <`: the interface that a packet passes. */
export interface InterfaceName extends Node {
  /** As written. */
  readonly name: string;
  /** Where the direction mark behind it is. */
  readonly markSpan: Span;
}

/** Superset `> none`: from the end of the previous event until this event's time nothing may be sent. */
export interface SilenceAction extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "silence";
  /** Superset `tun1 > none`: the interface that is to be silent; undefined: all are. */
  readonly interface: InterfaceName | undefined;
}

/** Superset `eth [A > B] [vlan N]:`: the Ethernet header. Undefined: what it would be anyway. */
export interface EthernetInfo extends Node {
  /** MAC address as written. */
  readonly source: string | undefined;
  /** MAC address as written. */
  readonly destination: string | undefined;
  /** VLAN identifier of an IEEE 802.1Q tag. */
  readonly vlan: number | undefined;
}

/** Superset `arp who-has A tell B`, `arp reply A`. */
export interface ArpMessage extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "arp";
  /** 1 request, 2 reply. */
  readonly operation: 1 | 2;
  /** IPv4 address as written; of a reply the one that is told. Undefined: the one it would be anyway. */
  readonly sender: string | undefined;
  /** IPv4 address as written; of a request the one asked for. */
  readonly target: string | undefined;
  /** MAC address as written; undefined: the sender's own. */
  readonly senderHardware: string | undefined;
  /** MAC address as written; undefined: what it would be anyway inbound, unchecked outbound. */
  readonly targetHardware: string | undefined;
  /** An ARP packet is never cut. */
  readonly truncate: undefined;
}

/**
 * What a message says.
 *
 * @internal
 */
export type MessageBody =
  | { readonly protocol: "nd"; readonly body: NdBody }
  | { readonly protocol: "mld"; readonly body: MldBody }
  | { readonly protocol: "igmp"; readonly type: number; readonly maxRespCode: number; readonly body: IgmpBody };

/** Superset `nd …`, `igmp …`, `mld …`: a message in words. */
export interface WordedMessage extends Node {
  /** Tells it from the other members of its union. */
  readonly kind: "message";
  /**
   * What it says.
   *
   * @internal
   */
  readonly message: MessageBody;
  /** `...` behind it: outbound, other options may follow. */
  readonly open: boolean;
  /** Superset `csum`. */
  readonly checksum: ChecksumSpec | undefined;
  /** Superset `trunc N`: only the first N bytes of the message are on the wire. */
  readonly truncate: number | undefined;
}
