/**
 * Redirects of a router (RFC 4861 section 8.2).
 *
 * @module
 */
import type { PacketBuffer } from "../../buffer.ts";
import type { IpFloor } from "../../ip/ip.ts";
import type { Rtable } from "../../ip/rtable.ts";
import type { NeighbourTable } from "../../link/neighbour_table.ts";
import type { IpAddress } from "../../wire/address.ts";
import * as icmpv6 from "../../wire/icmpv6.ts";
import * as ipv6 from "../../wire/ipv6.ts";
import * as nd from "../../wire/nd.ts";
import type { NdSender } from "./sender.ts";

/** Target and destination behind the header of a redirect. */
const ADDRESSES = 32;
/** Of options: type, length and, of the packet that caused it, what is reserved; a link-layer address and what precedes it. */
const REDIRECTED_HEADER = 8;
const LINK_LAYER = 8;
/** Options count in units of so many octets. */
const UNIT = 8;

/** Says how often hosts may be told. */
export interface RedirectRate {
  /** Whether a host may be told once more. */
  redirectAllowed(destination: IpAddress): boolean;
}

/** Tells the senders of packets that there is a better first hop on their link. */
export class NdRedirecting {
  constructor(
    private readonly ip: IpFloor,
    private readonly sender: NdSender,
    private readonly neighbours: NeighbourTable,
    private readonly rate: RedirectRate,
  ) {}

  /** The sender of `packet`, which came in by the interface that it leaves by, could do without this router. */
  tell(packet: PacketBuffer, route: Rtable): void {
    const { bytes, network_header: at } = packet;
    const destination = ipv6.destination(bytes, at);
    const source = ipv6.source(bytes, at);
    const target = route.gateway ?? destination;
    // What hosts would not believe is not said.
    if (!target.isLinkLocal && !target.equals(destination)) return;
    const own = route.in_device.linkLocal();
    if (own === undefined || source.isUnspecified || source.isMulticast) return;
    if (!this.isNeighbour(source, route) || !this.rate.redirectAllowed(source)) return;
    const options = this.linkLayer(route, target);
    const data = quoted(packet, options.length > 0);
    options.push({ name: "redirected", type: nd.ND_OPT_REDIRECT_HDR, reserved: new Uint8Array(6), data });
    this.sender.send(route.device, own, source, { kind: "redirect", reserved: 0, target, destination, options });
  }

  /** Only who is on the link can use another first hop there. */
  private isNeighbour(source: IpAddress, route: Rtable): boolean {
    if (source.isLinkLocal) return true;
    const back = this.ip.routes.fib6.lookup(source, 0);
    return back?.type === "unicast" && back.gateway === undefined && back.device === route.device;
  }

  /** The target's link-layer address, if it is known. */
  private linkLayer(route: Rtable, target: IpAddress): nd.NdOption[] {
    const lladdr = this.neighbours.lookup(target, route.device)?.lladdr;
    if (lladdr === undefined) return [];
    return [{ name: "target-link-layer", type: nd.ND_OPT_TARGET_LL_ADDR, address: lladdr }];
  }
}

/** As much of the packet as the message has room for without being longer than every link can carry. */
function quoted(packet: PacketBuffer, linkLayer: boolean): Uint8Array {
  const { bytes, network_header: at, tail } = packet;
  const taken = ipv6.HEADER_LENGTH + icmpv6.HEADER_LENGTH + ADDRESSES + REDIRECTED_HEADER +
    (linkLayer ? LINK_LAYER : 0);
  const room = ipv6.MIN_MTU - taken;
  return bytes.slice(at, at + Math.min((tail - at) - (tail - at) % UNIT, room - room % UNIT));
}
