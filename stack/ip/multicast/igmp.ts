/**
 * IGMP, the host's part: versions 3, 2 and 1 (RFC 9776, RFC 2236, RFC 1112 appendix I).
 *
 * @module
 */
import { ConfPair } from "../../conf_pair.ts";
import { PacketBuffer } from "../../buffer.ts";
import type { HeaderOptions } from "../header_options.ts";
import type { Setting } from "../../sysctl.ts";
import { IpAddress } from "../../wire/address.ts";
import * as igmp from "../../wire/igmp.ts";
import * as ipv4 from "../../wire/ipv4.ts";
import { IPPROTO_IGMP } from "../../../abi/socket_constants.ts";
import type { InDevice } from "../in_device.ts";
import { inet_select_addr } from "../source_address.ts";
import type { MulticastFloor } from "./floor.ts";
import { type Generation, GroupHost, type GroupMessages, type GroupRecord } from "./group_host.ts";
import { splitRecords } from "./split.ts";

/** 224.0.0.22, all routers of version 3. */
const ALL_IGMP_ROUTERS = IpAddress.fromU32(0xe0000016);
/** 224.0.0.2, all routers. */
const ALL_ROUTERS = IpAddress.fromU32(0xe0000002);
/** RFC 2113: every router looks at the packet. */
const ROUTER_ALERT: HeaderOptions = { octets: Uint8Array.of(0x94, 4, 0, 0), firstHop: undefined };
/** RFC 9776 section 4: internetwork control. */
const TOS = 0xc0;
const TTL = 1;
const HEADERS = ipv4.MIN_HEADER_LENGTH + ROUTER_ALERT.octets.length + igmp.HEADER_LENGTH;
const ADDRESS_LENGTH = 4;
/** RFC 9776 section 7.2.1: what a query of version 1 stands for, µs. */
const FIRST_RESPONSE_US = 10_000_000;
const TENTH_US = 100_000;
const SECOND_US = 1_000_000;

/** The messages of one interface. */
class IgmpMessages implements GroupMessages {
  private readonly qrv: Setting;
  private readonly linkLocal: Setting;
  private readonly force: ConfPair;
  private readonly second: ConfPair;
  private readonly third: ConfPair;

  constructor(private readonly ip: MulticastFloor, private readonly state: InDevice) {
    const { net } = ip;
    const four = (leaf: string) => new ConfPair(net, "net.ipv4.conf", state.device.name, leaf);
    this.qrv = net.sysctl.entry("net.ipv4.igmp_qrv");
    this.linkLocal = net.sysctl.entry("net.ipv4.igmp_link_local_mcast_reports");
    this.force = four("force_igmp_version");
    this.second = four("igmpv2_unsolicited_report_interval");
    this.third = four("igmpv3_unsolicited_report_interval");
  }

  get robustness(): number {
    return this.qrv.value;
  }

  get forced(): Generation | undefined {
    const version = this.force.max;
    return version === 1 ? "first" : version === 2 ? "groups" : version === 3 ? "sources" : undefined;
  }

  unsolicited_us(generation: Generation): number {
    return (generation === "sources" ? this.third : this.second).value * 1000;
  }

  /** 224.0.0.1 never; others of 224.0.0.0/24, which no router forwards, by setting. */
  reported(group: IpAddress): boolean {
    if (group.equals(IpAddress.ALL_SYSTEMS4)) return false;
    return !group.isLinkLocalMulticast || this.linkLocal.value !== 0;
  }

  report(records: readonly GroupRecord[]): void {
    const room = this.state.device.mtu - HEADERS;
    for (const part of splitRecords(records, room, igmp.RECORD_LENGTH, ADDRESS_LENGTH)) {
      const body = part.map(({ type, group, sources }) => ({ type, group, sources, auxiliaryData: new Uint8Array(0) }));
      const message = {
        type: igmp.IGMPV3_HOST_MEMBERSHIP_REPORT,
        body: { kind: "report3", reserved: 0, records: body },
      } as const;
      this.send(ALL_IGMP_ROUTERS, igmp.emit(message));
    }
  }

  oldReport(group: IpAddress, generation: Generation): void {
    const type = generation === "first" ? igmp.IGMP_HOST_MEMBERSHIP_REPORT : igmp.IGMPV2_HOST_MEMBERSHIP_REPORT;
    this.send(group, igmp.emit({ type, body: { kind: "group", group } }));
  }

  leave(group: IpAddress): void {
    this.send(ALL_ROUTERS, igmp.emit({ type: igmp.IGMP_HOST_LEAVE_MESSAGE, body: { kind: "group", group } }));
  }

  private send(destination: IpAddress, octets: Uint8Array): void {
    const { ip, state } = this;
    const source = inet_select_addr([state], state.device, undefined);
    const route = ip.route_output({ family: 4, destination, oif: state.device.ifindex, source });
    if (typeof route === "number") return;
    const packet = PacketBuffer.allocate(octets.length);
    packet.bytes.set(octets, packet.data);
    ip.queue_xmit(packet, route, {
      source: source ?? IpAddress.ANY4,
      destination,
      protocol: IPPROTO_IGMP,
      tos: TOS,
      ttl: TTL,
      pmtudisc: 0,
      df: true,
      options: ROUTER_ALERT,
      loop: false,
    });
  }
}

/** IGMP of one stack. */
export class Igmp {
  /** Messages that were too short, lied about their lengths or had a wrong checksum. */
  malformed = 0;

  /** Registers for its protocol. */
  constructor(private readonly ip: MulticastFloor) {
    ip.addProtocol(4, IPPROTO_IGMP, { receive: (packet) => this.receive(packet), error: () => {} });
  }

  /** What an interface says about its groups. */
  host(state: InDevice): GroupHost {
    const messages = new IgmpMessages(this.ip, state);
    return new GroupHost(this.ip.net, state.groups, messages, (group) => group.family === 4);
  }

  /** `igmp_rcv` */
  private receive(packet: PacketBuffer): void {
    const { bytes, data, tail } = packet;
    if (igmp.check(bytes, data, tail) !== undefined) {
      this.malformed++;
      return;
    }
    const host = this.ip.routes.devices.get(packet.device?.ifindex ?? 0)?.igmp;
    if (host === undefined || packet.pkt_type === "loopback") return;
    const { header } = igmp.parse(bytes, data, tail);
    if (header.body.kind !== "group") return;
    const { group } = header.body;
    switch (header.type) {
      case igmp.IGMP_HOST_MEMBERSHIP_QUERY:
        return this.query(host, header.maxRespCode, header.body);
      case igmp.IGMP_HOST_MEMBERSHIP_REPORT:
      case igmp.IGMPV2_HOST_MEMBERSHIP_REPORT:
        return host.heardReport(group);
    }
  }

  private query(
    host: GroupHost,
    code: number,
    body: Extract<igmp.IgmpBody, { kind: "group" }>,
  ): void {
    const { v3 } = body;
    const first = v3 === undefined && code === 0;
    const general = body.group.isUnspecified;
    if (!general && !body.group.isMulticast) return;
    if (first && !general) return;
    host.query({
      generation: v3 !== undefined ? "sources" : first ? "first" : "groups",
      group: general ? undefined : body.group,
      sources: v3?.sources ?? [],
      maximumResponse_us: first ? FIRST_RESPONSE_US : (v3 === undefined ? code : igmp.decodeCode(code)) * TENTH_US,
      robustness: v3?.qrv ?? 0,
      interval_us: v3 === undefined ? 0 : igmp.decodeCode(v3.qqic) * SECOND_US,
    });
  }
}
