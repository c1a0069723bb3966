/**
 * Ethernet II frames, with IEEE 802.1Q and 802.1ad tags; RFC 894, RFC 2464.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { MacAddress } from "./address.ts";
import { get16, set16 } from "./bytes.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";

/** Length of a header without tags. */
export const HEADER_LENGTH = 14;
/** Length of a tag. */
export const TAG_LENGTH = 4;
/** Shortest frame without its check sequence; shorter ones are padded. */
export const MIN_FRAME_LENGTH = 60;
/** Usual MTU. */
export const MTU = 1500;

/** Type: IPv4. */
export const ETH_P_IP = 0x0800;
/** Type: ARP. */
export const ETH_P_ARP = 0x0806;
/** Type: an IEEE 802.1Q tag. */
export const ETH_P_8021Q = 0x8100;
/** Type: IPv6. */
export const ETH_P_IPV6 = 0x86dd;
/** Type: MPLS, unicast. */
export const ETH_P_MPLS_UC = 0x8847;
/** Type: MPLS, multicast. */
export const ETH_P_MPLS_MC = 0x8848;
/** Type: an IEEE 802.1ad service tag. */
export const ETH_P_8021AD = 0x88a8;
/** Smaller values of the type field are lengths (IEEE 802.3). */
export const ETH_P_802_3_MIN = 0x0600;
/** Transparent Ethernet bridging, Ethernet in GRE. */
export const ETH_P_TEB = 0x6558;

/** Most tags that are looked at. */
export const MAX_TAGS = 2;

/** Offset of the destination address. */
export const DESTINATION = 0;
/** Offset of the source address. */
export const SOURCE = 6;
const TYPE = 12;

/** The header's layout without tags. */
export const FIELDS: readonly FieldLayout[] = [
  field("destination", DESTINATION, 48),
  field("source", SOURCE, 48),
  field("etherType", TYPE, 16),
];

/** What can be wrong with a frame. */
export type Problem = "truncated";

/** The type field as it stands: the tag's type in a tagged frame. */
export function etherType(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + TYPE);
}

/** Writes {@link etherType}. */
export function setEtherType(bytes: Uint8Array, offset: number, value: number): void {
  set16(bytes, offset + TYPE, value);
}

/** Whether a type field's value announces a tag. */
export function isTag(type: number): boolean {
  return type === ETH_P_8021Q || type === ETH_P_8021AD;
}

/** Whether the destination is a group address. */
export function isMulticast(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset]! & 1) !== 0;
}

/** The VLAN identifier of the tag whose type field ends at `at`; 0 for a priority alone. */
export function tagIdentifier(bytes: Uint8Array, at: number): number {
  return get16(bytes, at) & 0x0fff;
}

/** The type of what follows the tag whose type field ends at `at`. */
export function tagPayloadType(bytes: Uint8Array, at: number): number {
  return get16(bytes, at + 2);
}

/** Writes a tag's type and its VLAN identifier, with priority 0. */
export function setTag(bytes: Uint8Array, at: number, type: number, vid: number): void {
  set16(bytes, at, type);
  set16(bytes, at + 2, vid);
}

/** Length of the header with its tags. */
export function headerLength(bytes: Uint8Array, offset: number): number {
  let length = HEADER_LENGTH;
  for (let tags = 0; tags < MAX_TAGS && isTag(get16(bytes, offset + length - 2)); tags++) length += TAG_LENGTH;
  return length;
}

/** Type of what follows the header and its tags. */
export function payloadType(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + headerLength(bytes, offset) - 2);
}

/** Checks a header at `bytes[offset, end)`, tags included. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  let length = HEADER_LENGTH;
  for (let tags = 0; offset + length <= end; tags++, length += TAG_LENGTH) {
    if (tags === MAX_TAGS || !isTag(get16(bytes, offset + length - 2))) return undefined;
  }
  return "truncated";
}

/** An IEEE 802.1Q tag. */
export interface VlanTag {
  /** {@link ETH_P_8021Q} or {@link ETH_P_8021AD}. */
  readonly type: number;
  /** Priority code point, three bits. */
  readonly pcp: number;
  /** Drop eligible indicator. */
  readonly dei: boolean;
  /** VLAN identifier, twelve bits. */
  readonly vid: number;
}

/** A decoded header. */
export interface EthernetHeader {
  readonly destination: MacAddress;
  readonly source: MacAddress;
  /** Outermost first. */
  readonly tags: readonly VlanTag[];
  /** Type of the payload, after all tags; below {@link ETH_P_802_3_MIN} its length. */
  readonly etherType: number;
}

/** What {@link emit} needs: no tags unless given. */
export type EthernetHeaderInit = Init<EthernetHeader, "destination" | "source" | "etherType">;

/** Decodes the header at `offset`. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<EthernetHeader> {
  const problem = check(bytes, offset, end);
  if (problem !== undefined) throw new WireError("ethernet", problem, offset);
  const length = headerLength(bytes, offset);
  const tags: VlanTag[] = [];
  for (let at = TYPE; at < length - 2; at += TAG_LENGTH) {
    const tci = get16(bytes, offset + at + 2);
    tags.push({
      type: get16(bytes, offset + at),
      pcp: tci >> 13,
      dei: (tci & 0x1000) !== 0,
      vid: tci & 0x0fff,
    });
  }
  return {
    header: {
      destination: MacAddress.from(bytes, offset + DESTINATION),
      source: MacAddress.from(bytes, offset + SOURCE),
      tags,
      etherType: get16(bytes, offset + length - 2),
    },
    headerLength: length,
    payloadOffset: offset + length,
    end,
  };
}

/** The header's bytes, tags included. */
export function emit(header: EthernetHeaderInit): Uint8Array {
  const tags = header.tags ?? [];
  const bytes = new Uint8Array(HEADER_LENGTH + TAG_LENGTH * tags.length);
  header.destination.write(bytes, DESTINATION);
  header.source.write(bytes, SOURCE);
  tags.forEach((tag, i) => {
    set16(bytes, TYPE + TAG_LENGTH * i, tag.type);
    set16(bytes, TYPE + TAG_LENGTH * i + 2, (tag.pcp << 13) | (tag.dei ? 0x1000 : 0) | (tag.vid & 0x0fff));
  });
  set16(bytes, bytes.length - 2, header.etherType);
  return bytes;
}

/** "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff vlan 5 type 0x0806". */
export function format(header: EthernetHeader): string {
  const tags = header.tags.map((tag) => ` vlan ${tag.vid}`).join("");
  return `${header.source} > ${header.destination}${tags} type 0x${header.etherType.toString(16).padStart(4, "0")}`;
}
