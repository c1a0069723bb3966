/**
 * A message of neighbour discovery that may be believed.
 *
 * @module
 */
import type { PacketBuffer } from "../../buffer.ts";
import type { NetDevice } from "../../link/device.ts";
import type { IpAddress } from "../../wire/address.ts";
import * as icmpv6 from "../../wire/icmpv6.ts";
import * as ipv6 from "../../wire/ipv6.ts";
import * as nd from "../../wire/nd.ts";
import { ND_HOP_LIMIT } from "./sender.ts";

/** See the module. */
export interface NdMessage {
  readonly device: NetDevice;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly body: nd.NdBody;
}

/** The message at `transport_header` that came in on `device`, whose checksum is right; undefined if it is to be discarded (RFC 4861 sections 6.1, 7.1, 8.1). */
export function readMessage(packet: PacketBuffer, device: NetDevice): NdMessage | undefined {
  const { bytes, transport_header: at, network_header: header, tail } = packet;
  if (ipv6.hopLimit(bytes, header) !== ND_HOP_LIMIT) return undefined;
  if (icmpv6.code(bytes, at) !== 0 || nd.check(bytes, at, tail) !== undefined) return undefined;
  const parsed = nd.parseNd(bytes, at, tail);
  if (parsed === undefined) return undefined;
  return {
    device,
    source: ipv6.source(bytes, header),
    destination: ipv6.destination(bytes, header),
    body: parsed.body,
  };
}
