/** MPTCP's options (RFC 8684) as the multipath-tcp fork of packetdrill writes them. Exported through `syntax.ts`. */
import type { Node } from "./syntax_node.ts";

/** A 64-bit key: a number, a name for one, or both (`skey=2`). A name without a number stands for what it was given. */
export interface MptcpKey {
  /** The name that later options use. */
  readonly name: string | undefined;
  /** The number, if it is written. */
  readonly value: bigint | undefined;
}

/** The token of a join: a number, or the first 32 bits of the hash of a named key. */
export type MptcpToken =
  | { readonly kind: "value"; readonly value: number }
  | { readonly kind: "hash"; readonly algorithm: "sha256" | "sha1"; readonly key: string };

/** An address: a name, a literal, or a name that stands for the literal from here on. */
export interface MptcpAddress {
  /** The name. */
  readonly name: string | undefined;
  /** The literal as written. */
  readonly address: string | undefined;
}

/** A data sequence or acknowledgment number and how wide it is on the wire. Script numbers count from the key's IDSN. */
export interface MptcpNumber {
  /** Octets. */
  readonly width: 4 | 8;
  /** In script numbers. */
  readonly value: bigint;
}

/** One option of kind 30. */
export type MptcpOption = Node & { readonly kind: "mptcp" } & MptcpFields;

/** What an option of kind 30 says, by subtype. */
export type MptcpFields =
  | {
    readonly subtype: "capable";
    readonly version: number;
    readonly flags: number;
    readonly keys: readonly MptcpKey[];
    readonly dataLength: number | undefined;
  }
  | {
    readonly subtype: "join-syn";
    readonly backup: boolean;
    readonly addressId: number | undefined;
    readonly token: MptcpToken;
  }
  | { readonly subtype: "join-syn-ack"; readonly backup: boolean; readonly addressId: number | undefined }
  | { readonly subtype: "join-ack" }
  | {
    readonly subtype: "dss";
    readonly ack: MptcpNumber | undefined;
    /** Undefined: no mapping is on the wire, whatever `ssn` and `dll` say. */
    readonly dsn: MptcpNumber | undefined;
    readonly ssn: number | undefined;
    readonly length: number | undefined;
    /** A checksum is on the wire; `nocs`: none. */
    readonly checksum: boolean;
    readonly fin: boolean;
  }
  | {
    readonly subtype: "add-address";
    readonly addressId: number | undefined;
    readonly address: MptcpAddress;
    readonly port: number | undefined;
    readonly echo: boolean;
    readonly family: 4 | 6;
  }
  | { readonly subtype: "remove-address"; readonly ids: readonly number[] }
  | { readonly subtype: "prio"; readonly backup: boolean; readonly addressId: number | undefined }
  | { readonly subtype: "fail"; readonly dsn: bigint }
  | { readonly subtype: "fastclose"; readonly key: MptcpKey | undefined }
  | { readonly subtype: "reset"; readonly reason: number };

/** multipath-tcp's address variables of a segment; undefined where one is left out. */
export interface SubflowAddresses extends Node {
  /** In front of the `>`. */
  readonly source: MptcpAddress | undefined;
  /** Behind it. */
  readonly destination: MptcpAddress | undefined;
}
