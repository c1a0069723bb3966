/**
 * packetdrill's names of ICMPv6 types and codes.
 *
 * @module
 */
import {
  ICMPV6_ADDR_UNREACH,
  ICMPV6_ADM_PROHIBITED,
  ICMPV6_DEST_UNREACH,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_EXC_FRAGTIME,
  ICMPV6_EXC_HOPLIMIT,
  ICMPV6_HDR_FIELD,
  ICMPV6_MGM_QUERY,
  ICMPV6_MGM_REDUCTION,
  ICMPV6_MGM_REPORT,
  ICMPV6_MLD2_REPORT,
  ICMPV6_NOROUTE,
  ICMPV6_NOT_NEIGHBOUR,
  ICMPV6_PARAMPROB,
  ICMPV6_PKT_TOOBIG,
  ICMPV6_PORT_UNREACH,
  ICMPV6_TIME_EXCEED,
  ICMPV6_UNK_NEXTHDR,
  ICMPV6_UNK_OPTION,
} from "../../abi/icmp_constants.ts";
import {
  NDISC_NEIGHBOUR_ADVERTISEMENT,
  NDISC_NEIGHBOUR_SOLICITATION,
  NDISC_REDIRECT,
  NDISC_ROUTER_ADVERTISEMENT,
  NDISC_ROUTER_SOLICITATION,
} from "./nd.ts";
import { byNumber, nameOf } from "./names.ts";

const TYPES: ReadonlyMap<string, number> = new Map([
  ["unreachable", ICMPV6_DEST_UNREACH],
  ["packet_too_big", ICMPV6_PKT_TOOBIG],
  ["time_exceeded", ICMPV6_TIME_EXCEED],
  ["parameter_problem", ICMPV6_PARAMPROB],
  ["echo_request", ICMPV6_ECHO_REQUEST],
  ["echo_reply", ICMPV6_ECHO_REPLY],
  ["multicast_listener_query", ICMPV6_MGM_QUERY],
  ["multicast_listener_report", ICMPV6_MGM_REPORT],
  ["multicast_listener_done", ICMPV6_MGM_REDUCTION],
  ["router_solicitation", NDISC_ROUTER_SOLICITATION],
  ["router_advertisement", NDISC_ROUTER_ADVERTISEMENT],
  ["neighbor_solicitation", NDISC_NEIGHBOUR_SOLICITATION],
  ["neighbor_advertisement", NDISC_NEIGHBOUR_ADVERTISEMENT],
  ["redirect", NDISC_REDIRECT],
  ["multicast_listener_report_v2", ICMPV6_MLD2_REPORT],
]);

/** By type; where a number has two names, the one to print comes first. */
const CODES: ReadonlyMap<number, ReadonlyMap<string, number>> = new Map([
  [
    ICMPV6_DEST_UNREACH,
    new Map([
      ["no_route", ICMPV6_NOROUTE],
      ["net_unreachable", ICMPV6_NOROUTE],
      ["admin_prohibited", ICMPV6_ADM_PROHIBITED],
      ["not_neighbour", ICMPV6_NOT_NEIGHBOUR],
      ["address_unreachable", ICMPV6_ADDR_UNREACH],
      ["port_unreachable", ICMPV6_PORT_UNREACH],
    ]),
  ],
  [
    ICMPV6_TIME_EXCEED,
    new Map([["exceeded_hop_limit", ICMPV6_EXC_HOPLIMIT], ["exceeded_frag_time", ICMPV6_EXC_FRAGTIME]]),
  ],
  [
    ICMPV6_PARAMPROB,
    new Map([
      ["header_field", ICMPV6_HDR_FIELD],
      ["unknown_next_header", ICMPV6_UNK_NEXTHDR],
      ["unknown_option", ICMPV6_UNK_OPTION],
    ]),
  ],
]);

const NO_CODES: ReadonlyMap<string, number> = new Map();

/** Whether codes of a type have names. */
export function hasCodeNames(type: number): boolean {
  return CODES.has(type);
}

/** The type with packetdrill's name `name` (and ours for what it lacks), or with the form "type_3". */
export function typeByName(name: string): number | undefined {
  return TYPES.get(name) ?? byNumber(name, "type_");
}

/** The code with packetdrill's name `name`, or with the form "code_4". */
export function codeByName(type: number, name: string): number | undefined {
  return CODES.get(type)?.get(name) ?? byNumber(name, "code_");
}

/** packetdrill's name for a type (or ours), else "type_<n>". */
export function typeName(type: number): string {
  return nameOf(TYPES, type) ?? `type_${type}`;
}

/** packetdrill's name for a code, else "code_<n>". */
export function codeName(type: number, code: number): string {
  return nameOf(CODES.get(type) ?? NO_CODES, code) ?? `code_${code}`;
}
