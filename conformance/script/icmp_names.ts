/** ICMP types and codes by name, per family, as packetdrill spells them (RFC 792, RFC 4443). */
import type { Dialect, WireFamily } from "./syntax.ts";

type Names = Readonly<Record<string, number>>;

const IPV4_TYPES: Names = {
  echo_reply: 0,
  unreachable: 3,
  source_quench: 4,
  redirect: 5,
  echo_request: 8,
  time_exceeded: 11,
  parameter_problem: 12,
  timestamp_request: 13,
  timestamp_reply: 14,
  information_request: 15,
  information_reply: 16,
  address_mask_request: 17,
  address_mask_reply: 18,
};

const IPV6_TYPES: Names = {
  unreachable: 1,
  packet_too_big: 2,
  time_exceeded: 3,
  parameter_problem: 4,
  echo_request: 128,
  echo_reply: 129,
};

const IPV4_UNREACHABLE: Names = {
  net_unreachable: 0,
  host_unreachable: 1,
  protocol_unreachable: 2,
  port_unreachable: 3,
  frag_needed: 4,
  source_route_failed: 5,
  net_unknown: 6,
  host_unknown: 7,
  source_host_isolated: 8,
  net_prohibited: 9,
  host_prohibited: 10,
  net_unreachable_for_tos: 11,
  host_unreachable_for_tos: 12,
  packet_filtered: 13,
  precedence_violation: 14,
  precedence_cutoff: 15,
};

const IPV4_CODES: Readonly<Record<number, Names>> = { 3: IPV4_UNREACHABLE };

const IPV6_UNREACHABLE: Names = {
  net_unreachable: 0,
  no_route: 0,
  admin_prohibited: 1,
  not_neighbour: 2,
  address_unreachable: 3,
  port_unreachable: 4,
};

const IPV6_CODES: Readonly<Record<number, Names>> = {
  1: IPV6_UNREACHABLE,
  3: { exceeded_hop_limit: 0, exceeded_frag_time: 1 },
  4: { header_field: 0, unknown_next_header: 1, unknown_option: 2 },
};

/** nplab's additions and omissions. */
const NPLAB_IPV4_TYPES: Names = IPV4_TYPES;
const NPLAB_IPV4_CODES: Readonly<Record<number, Names>> = {
  ...IPV4_CODES,
  11: { ttl_exceeded_in_transit: 0, frag_reass_exceeded: 1 },
};
const NPLAB_IPV6_TYPES: Names = { ...IPV6_TYPES, router_advertisement: 134 };
const { net_unreachable: _absent, ...NPLAB_IPV6_UNREACHABLE } = IPV6_UNREACHABLE;
const NPLAB_IPV6_CODES: Readonly<Record<number, Names>> = { ...IPV6_CODES, 1: NPLAB_IPV6_UNREACHABLE };

/** The type names of a family. */
export function icmpTypes(family: WireFamily, dialect: Dialect): Names {
  if (dialect === "nplab") return family === "ipv4" ? NPLAB_IPV4_TYPES : NPLAB_IPV6_TYPES;
  return family === "ipv4" ? IPV4_TYPES : IPV6_TYPES;
}

/** The code names of a type; empty for a type without any. */
export function icmpCodes(family: WireFamily, dialect: Dialect, type: number): Names {
  const tables = dialect === "nplab"
    ? family === "ipv4" ? NPLAB_IPV4_CODES : NPLAB_IPV6_CODES
    : family === "ipv4"
    ? IPV4_CODES
    : IPV6_CODES;
  return tables[type] ?? {};
}

/** Number of a type: a name, or `type_<n>`. */
export function icmpType(family: WireFamily, dialect: Dialect, name: string): number | undefined {
  return numbered(name, "type_") ?? own(icmpTypes(family, dialect), name);
}

/** Number of a code: a name that the type has, or `code_<n>`. */
export function icmpCode(family: WireFamily, dialect: Dialect, type: number, name: string): number | undefined {
  return numbered(name, "code_") ?? own(icmpCodes(family, dialect, type), name);
}

/** Name of a type, or `type_<n>`. */
export function icmpTypeName(family: WireFamily, type: number): string {
  const names = family === "ipv4" ? IPV4_TYPES : IPV6_TYPES;
  return Object.keys(names).find((name) => names[name] === type) ?? `type_${type}`;
}

/** Name of a code, or `code_<n>`. */
export function icmpCodeName(family: WireFamily, type: number, code: number): string {
  const names = icmpCodes(family, "packetdrill", type);
  return Object.keys(names).find((name) => names[name] === code) ?? `code_${code}`;
}

function numbered(name: string, prefix: string): number | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  if (!/^[0-9]{1,3}$/.test(digits)) return undefined;
  const value = Number(digits);
  return value <= 255 ? value : undefined;
}

function own(names: Names, name: string): number | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
