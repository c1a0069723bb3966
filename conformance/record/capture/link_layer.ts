/**
 * The IP packet in a frame of any link type.
 *
 * @module
 */
import { get16 } from "../../../stack/wire/bytes.ts";
import * as ethernet from "../../../stack/wire/ethernet.ts";
import {
  type Frame,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_RAW,
} from "./frame.ts";

/** What older systems call raw IP. */
const OTHER_RAW: readonly number[] = [12, 14];
const FAMILY_LENGTH = 4;
/** Linux cooked capture: type of the packet, at the end the protocol. */
const SLL_LENGTH = 16;
const SLL_PACKET_TYPE = 0;
const SLL_PROTOCOL = 14;
const SLL2_LENGTH = 20;
const SLL2_PROTOCOL = 0;
const SLL2_INTERFACE = 4;
/** The lower half of that. */
const SLL2_INTERFACE_LOW = 6;
const SLL2_PACKET_TYPE = 10;
const PACKET_OUTGOING = 4;

/** Where an IP packet lies in a frame. */
export interface IpPlace {
  readonly at: number;
  /** Number of the interface, among those of the capture and those that the frame tells apart. */
  readonly port: string;
  readonly direction: Frame["direction"];
}

/** Whether frames of a link type can be read. */
export function isKnown(linkType: number): boolean {
  return place({ linkType, bytes: new Uint8Array(), port: 0, direction: undefined }) !== "unknown";
}

/** Where the IP packet of a frame lies; undefined where it has none, or is too short. */
export function ipPlace(frame: Frame): IpPlace | undefined {
  const found = place(frame);
  return found === "unknown" ? undefined : found;
}

function place(frame: Pick<Frame, "linkType" | "bytes" | "port" | "direction">): IpPlace | undefined | "unknown" {
  const { bytes, direction } = frame;
  const port = `${frame.port}`;
  switch (frame.linkType) {
    case LINKTYPE_ETHERNET: {
      if (ethernet.check(bytes, 0, bytes.length) !== undefined) return undefined;
      if (!isIp(ethernet.payloadType(bytes, 0))) return undefined;
      return { at: ethernet.headerLength(bytes, 0), port, direction };
    }
    // The version of IP says as much as the family, whose number for IPv6 differs from system to system.
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      return { at: FAMILY_LENGTH, port, direction };
    case LINKTYPE_LINUX_SLL: {
      if (bytes.length < SLL_LENGTH) return undefined;
      const sent = get16(bytes, SLL_PACKET_TYPE) === PACKET_OUTGOING;
      return cooked(bytes, SLL_PROTOCOL, SLL_LENGTH, port, sent);
    }
    case LINKTYPE_LINUX_SLL2: {
      if (bytes.length < SLL2_LENGTH) return undefined;
      const sent = bytes[SLL2_PACKET_TYPE] === PACKET_OUTGOING;
      const index = get16(bytes, SLL2_INTERFACE) * 0x10000 + get16(bytes, SLL2_INTERFACE_LOW);
      return cooked(bytes, SLL2_PROTOCOL, SLL2_LENGTH, `${port}.${index}`, sent);
    }
    case LINKTYPE_RAW:
    case LINKTYPE_IPV4:
    case LINKTYPE_IPV6:
      return { at: 0, port, direction };
    default:
      return OTHER_RAW.includes(frame.linkType) ? { at: 0, port, direction } : "unknown";
  }
}

function isIp(type: number): boolean {
  return type === ethernet.ETH_P_IP || type === ethernet.ETH_P_IPV6;
}

/** Behind a cooked header, VLAN tags may stand in front of the packet. */
function cooked(bytes: Uint8Array, protocol: number, length: number, port: string, sent: boolean): IpPlace | undefined {
  let type = get16(bytes, protocol);
  let at = length;
  for (let tags = 0; tags < ethernet.MAX_TAGS && ethernet.isTag(type); tags++) {
    if (at + ethernet.TAG_LENGTH > bytes.length) return undefined;
    type = ethernet.tagPayloadType(bytes, at);
    at += ethernet.TAG_LENGTH;
  }
  return isIp(type) ? { at, port, direction: sent ? "sent" : "received" } : undefined;
}
