/**
 * packetdrill's names of ICMP types and codes.
 *
 * @module
 */
import {
  ICMP_ADDRESS,
  ICMP_ADDRESSREPLY,
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FRAG_NEEDED,
  ICMP_HOST_ANO,
  ICMP_HOST_ISOLATED,
  ICMP_HOST_UNKNOWN,
  ICMP_HOST_UNR_TOS,
  ICMP_HOST_UNREACH,
  ICMP_INFO_REPLY,
  ICMP_INFO_REQUEST,
  ICMP_NET_ANO,
  ICMP_NET_UNKNOWN,
  ICMP_NET_UNR_TOS,
  ICMP_NET_UNREACH,
  ICMP_PARAMETERPROB,
  ICMP_PKT_FILTERED,
  ICMP_PORT_UNREACH,
  ICMP_PREC_CUTOFF,
  ICMP_PREC_VIOLATION,
  ICMP_PROT_UNREACH,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_SR_FAILED,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP,
  ICMP_TIMESTAMPREPLY,
} from "../../abi/icmp_constants.ts";
import { byNumber, nameOf } from "./names.ts";

const TYPES: ReadonlyMap<string, number> = new Map([
  ["echo_reply", ICMP_ECHOREPLY],
  ["unreachable", ICMP_DEST_UNREACH],
  ["source_quench", ICMP_SOURCE_QUENCH],
  ["redirect", ICMP_REDIRECT],
  ["echo_request", ICMP_ECHO],
  ["time_exceeded", ICMP_TIME_EXCEEDED],
  ["parameter_problem", ICMP_PARAMETERPROB],
  ["timestamp_request", ICMP_TIMESTAMP],
  ["timestamp_reply", ICMP_TIMESTAMPREPLY],
  ["information_request", ICMP_INFO_REQUEST],
  ["information_reply", ICMP_INFO_REPLY],
  ["address_mask_request", ICMP_ADDRESS],
  ["address_mask_reply", ICMP_ADDRESSREPLY],
]);

const UNREACHABLE_CODES: ReadonlyMap<string, number> = new Map([
  ["net_unreachable", ICMP_NET_UNREACH],
  ["host_unreachable", ICMP_HOST_UNREACH],
  ["protocol_unreachable", ICMP_PROT_UNREACH],
  ["port_unreachable", ICMP_PORT_UNREACH],
  ["frag_needed", ICMP_FRAG_NEEDED],
  ["source_route_failed", ICMP_SR_FAILED],
  ["net_unknown", ICMP_NET_UNKNOWN],
  ["host_unknown", ICMP_HOST_UNKNOWN],
  ["source_host_isolated", ICMP_HOST_ISOLATED],
  ["net_prohibited", ICMP_NET_ANO],
  ["host_prohibited", ICMP_HOST_ANO],
  ["net_unreachable_for_tos", ICMP_NET_UNR_TOS],
  ["host_unreachable_for_tos", ICMP_HOST_UNR_TOS],
  ["packet_filtered", ICMP_PKT_FILTERED],
  ["precedence_violation", ICMP_PREC_VIOLATION],
  ["precedence_cutoff", ICMP_PREC_CUTOFF],
]);

/** The type with packetdrill's name `name`, or with the form "type_3". */
export function typeByName(name: string): number | undefined {
  return TYPES.get(name) ?? byNumber(name, "type_");
}

/** The code with packetdrill's name `name` (unreachable only, as there), or with the form "code_4". */
export function codeByName(type: number, name: string): number | undefined {
  return (type === ICMP_DEST_UNREACH ? UNREACHABLE_CODES.get(name) : undefined) ?? byNumber(name, "code_");
}

/** packetdrill's name for a type, else "type_<n>". */
export function typeName(type: number): string {
  return nameOf(TYPES, type) ?? `type_${type}`;
}

/** packetdrill's name for a code, else "code_<n>". */
export function codeName(type: number, code: number): string {
  return (type === ICMP_DEST_UNREACH ? nameOf(UNREACHABLE_CODES, code) : undefined) ?? `code_${code}`;
}
