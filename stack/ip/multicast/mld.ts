/**
 * Multicast listener discovery, the host's part: versions 2 and 1 (RFC 9777, RFC 2710).
 *
 * @module
 */
import { ICMPV6_MGM_REDUCTION, ICMPV6_MGM_REPORT, ICMPV6_MLD2_REPORT } from "../../../abi/icmp_constants.ts";
import { PacketBuffer } from "../../buffer.ts";
import { ConfPair } from "../../conf_pair.ts";
import { Counter } from "../../mib.ts";
import type { Setting } from "../../sysctl.ts";
import { IpAddress } from "../../wire/address.ts";
import { pseudoHeaderSum } from "../../wire/checksum.ts";
import * as icmpv6 from "../../wire/icmpv6.ts";
import * as ipv6 from "../../wire/ipv6.ts";
import * as mld from "../../wire/mld.ts";
import { IPPROTO_HOPOPTS, IPPROTO_ICMPV6 } from "../../../abi/socket_constants.ts";
import type { InDevice } from "../in_device.ts";
import type { MulticastFloor } from "./floor.ts";
import { type Generation, GroupHost, type GroupMessages, type GroupRecord } from "./group_host.ts";
import { splitRecords } from "./split.ts";

/** ff02::16, all routers of version 2. */
const ALL_MLD2_ROUTERS = IpAddress.parse("ff02::16");
/** RFC 2711, with padding: every router looks at the packet. */
const ROUTER_ALERT = Uint8Array.of(IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0);
const HOP_LIMIT = 1;
const HEADERS = ipv6.HEADER_LENGTH + ROUTER_ALERT.length + mld.V2_REPORT_LENGTH;
const ADDRESS_LENGTH = 16;
const MS_US = 1000;
const SECOND_US = 1_000_000;

/** The messages of one interface. */
class MldMessages implements GroupMessages {
  private readonly qrv: Setting;
  private readonly force: ConfPair;
  private readonly first: ConfPair;
  private readonly second: ConfPair;

  constructor(private readonly ip: MulticastFloor, private readonly state: InDevice) {
    const { net } = ip;
    const six = (leaf: string) => new ConfPair(net, "net.ipv6.conf", state.device.name, leaf);
    this.qrv = net.sysctl.entry("net.ipv6.mld_qrv");
    this.force = six("force_mld_version");
    this.first = six("mldv1_unsolicited_report_interval");
    this.second = six("mldv2_unsolicited_report_interval");
  }

  get robustness(): number {
    return this.qrv.value;
  }

  get forced(): Generation | undefined {
    const version = this.force.max;
    return version === 1 ? "groups" : version === 2 ? "sources" : undefined;
  }

  unsolicited_us(generation: Generation): number {
    return (generation === "sources" ? this.second : this.first).value * MS_US;
  }

  /** RFC 9777 section 6: neither all nodes nor groups of this host or of no scope. */
  reported(group: IpAddress): boolean {
    return ipv6.multicastScope(group.bytes, 0) >= 2 && !group.equals(IpAddress.ALL_NODES6);
  }

  report(records: readonly GroupRecord[]): void {
    const room = this.state.mtu6 - HEADERS;
    for (const part of splitRecords(records, room, mld.RECORD_LENGTH, ADDRESS_LENGTH)) {
      const body = part.map(({ type, group, sources }) => ({
        type,
        multicastAddress: group,
        sources,
        auxiliaryData: new Uint8Array(0),
      }));
      this.send(
        ALL_MLD2_ROUTERS,
        ICMPV6_MLD2_REPORT,
        mld.emitMld({ kind: "mld2-report", reserved: 0, records: body }),
      );
    }
  }

  oldReport(group: IpAddress, _generation: Generation): void {
    this.sendOld(group, "mld-report", ICMPV6_MGM_REPORT, group);
  }

  leave(group: IpAddress): void {
    this.sendOld(group, "mld-done", ICMPV6_MGM_REDUCTION, IpAddress.ALL_ROUTERS6);
  }

  private sendOld(group: IpAddress, kind: "mld-report" | "mld-done", type: number, to: IpAddress): void {
    this.send(to, type, mld.emitMld({ kind, maximumResponse: 0, reserved: 0, multicastAddress: group }));
  }

  private send(destination: IpAddress, type: number, octets: Uint8Array): void {
    const { ip, state } = this;
    // RFC 9777 section 5.2.14: a link-local source, or none while there is no such.
    const source = state.linkLocal() ?? IpAddress.ANY6;
    const route = ip.route_output({ family: 6, destination, oif: state.device.ifindex, source, anysrc: true });
    if (typeof route === "number") return;
    icmpv6.setType(octets, 0, type);
    icmpv6.fillChecksum(octets, 0, octets.length, pseudoHeaderSum(source, destination, IPPROTO_ICMPV6, octets.length));
    const packet = PacketBuffer.allocate(ROUTER_ALERT.length + octets.length);
    packet.bytes.set(ROUTER_ALERT, packet.data);
    packet.bytes.set(octets, packet.data + ROUTER_ALERT.length);
    ip.net.mib.inc(Counter.Icmp6OutMsgs);
    ip.net.mib.icmp6Out(type);
    ip.queue_xmit(packet, route, {
      source,
      destination,
      protocol: IPPROTO_HOPOPTS,
      tos: 0,
      ttl: HOP_LIMIT,
      pmtudisc: 0,
      loop: false,
    });
  }
}

/** MLD of one stack. */
export class Mld {
  /** Messages that are not to be believed. */
  refused = 0;

  constructor(private readonly ip: MulticastFloor) {}

  /** What an interface says about its groups. */
  host(state: InDevice): GroupHost {
    const messages = new MldMessages(this.ip, state);
    return new GroupHost(this.ip.net, state.groups, messages, (group) => group.family === 6);
  }

  /** An MLD message, whose ICMPv6 checksum is right; `transport_header` is at it. */
  receive(packet: PacketBuffer): void {
    const { bytes, transport_header: at, tail, network_header: header } = packet;
    const host = this.ip.routes.devices.get(packet.device?.ifindex ?? 0)?.mld;
    if (host === undefined || packet.pkt_type === "loopback") return;
    const parsed = mld.parseMld(bytes, at, tail);
    // RFC 9777 section 5: from a link-local address, with hop limit 1 and a router alert.
    const believed = ipv6.source(bytes, header).isLinkLocal && ipv6.hopLimit(bytes, header) === HOP_LIMIT &&
      ipv6.nextHeader(bytes, header) === IPPROTO_HOPOPTS;
    if (parsed === undefined || !believed) {
      this.refused++;
      return;
    }
    const { body } = parsed;
    if (body.kind === "mld-report") return host.heardReport(body.multicastAddress);
    if (body.kind !== "mld-query") return;
    const { multicastAddress, maximumResponse, v2 } = body;
    const general = multicastAddress.isUnspecified;
    if (!general && !multicastAddress.isMulticast) return;
    host.query({
      generation: v2 === undefined ? "groups" : "sources",
      group: general ? undefined : multicastAddress,
      sources: v2?.sources ?? [],
      maximumResponse_us: (v2 === undefined ? maximumResponse : mld.decodeResponseCode(maximumResponse)) * MS_US,
      robustness: v2?.qrv ?? 0,
      interval_us: v2 === undefined ? 0 : intervalOf(v2.qqic) * SECOND_US,
    });
  }
}

/** RFC 9777 section 5.1.9: the same code as IGMP's. */
function intervalOf(code: number): number {
  return code < 128 ? code : ((code & 0x0f) | 0x10) << (((code >> 4) & 7) + 3);
}
