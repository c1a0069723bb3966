/**
 * Bodies of multicast listener discovery messages: version 1 RFC 2710, version 2 RFC 3810. The common ICMPv6 header is in
 * `icmpv6.ts`; `offset` is that of the ICMPv6 header throughout.
 *
 * @module
 */
import {
  ICMPV6_MGM_QUERY,
  ICMPV6_MGM_REDUCTION,
  ICMPV6_MGM_REPORT,
  ICMPV6_MLD2_REPORT,
} from "../../abi/icmp_constants.ts";
import { IpAddress } from "./address.ts";
import { get16, set16 } from "./bytes.ts";
import { field, type FieldLayout } from "./error.ts";

/** Record: the filter mode is include, of these sources. */
export const MLD2_MODE_IS_INCLUDE = 1;
/** Record: the filter mode is exclude, of these sources. */
export const MLD2_MODE_IS_EXCLUDE = 2;
/** Record: the filter mode became include. */
export const MLD2_CHANGE_TO_INCLUDE = 3;
/** Record: the filter mode became exclude. */
export const MLD2_CHANGE_TO_EXCLUDE = 4;
/** Record: these sources are wanted in addition. */
export const MLD2_ALLOW_NEW_SOURCES = 5;
/** Record: these sources are no longer wanted. */
export const MLD2_BLOCK_OLD_SOURCES = 6;

/** Offset of the maximum response delay (version 1) or code (version 2). */
export const MAXIMUM_RESPONSE = 4;
/** Offset of the multicast address. */
export const MULTICAST_ADDRESS = 8;
/** Offset, in a version 2 query, of resv, S and QRV. */
export const QUERY_FLAGS = 24;
/** Offset, in a version 2 query, of the querier's query interval code. */
export const QQIC = 25;
/** Offset, in a version 2 query, of the number of sources. */
export const QUERY_SOURCES = 26;
/** Offset, in a version 2 report, of the number of records. */
export const REPORT_RECORDS = 6;

/** Length of version 1 messages. */
export const V1_LENGTH = 24;
/** Length of a version 2 query without sources. */
export const V2_QUERY_LENGTH = 28;
/** Length of a version 2 report without records. */
export const V2_REPORT_LENGTH = 8;
/** Length of a record without sources and auxiliary data. */
export const RECORD_LENGTH = 20;

/** Whether a type is one of multicast listener discovery. */
export function isMldType(type: number): boolean {
  return type === ICMPV6_MGM_QUERY || type === ICMPV6_MGM_REPORT || type === ICMPV6_MGM_REDUCTION ||
    type === ICMPV6_MLD2_REPORT;
}

/** What can be wrong with a message. "sources", "records": more announced than there are. */
export type Problem = "truncated" | "sources" | "records";

/** Checks the message at `bytes[offset, end)` of a multicast listener discovery type. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (bytes[offset] === ICMPV6_MLD2_REPORT) {
    if (end - offset < V2_REPORT_LENGTH) return "truncated";
    return recordsEnd(bytes, offset, end) < 0 ? "records" : undefined;
  }
  const length = end - offset;
  // Between the two lengths a query is no valid one (RFC 3810 section 8.1).
  if (length < V1_LENGTH || (bytes[offset] === ICMPV6_MGM_QUERY && length > V1_LENGTH && length < V2_QUERY_LENGTH)) {
    return "truncated";
  }
  if (bytes[offset] === ICMPV6_MGM_QUERY && length >= V2_QUERY_LENGTH) {
    if (V2_QUERY_LENGTH + 16 * get16(bytes, offset + QUERY_SOURCES) > length) return "sources";
  }
  return undefined;
}

/** The time in milliseconds of a version 2 maximum response code (RFC 3810 section 5.1.3). */
export function decodeResponseCode(code: number): number {
  if (code < 0x8000) return code;
  return ((code & 0x0fff) | 0x1000) << (((code >> 12) & 7) + 3);
}

/** Offset after the last record of a version 2 report, or -1 if they do not fit before `end`. */
function recordsEnd(bytes: Uint8Array, offset: number, end: number): number {
  let at = offset + V2_REPORT_LENGTH;
  for (let count = get16(bytes, offset + REPORT_RECORDS); count > 0; count--) {
    if (at + RECORD_LENGTH > end) return -1;
    at += recordLength(bytes, at);
    if (at > end) return -1;
  }
  return at;
}

/** Length of the record at `at`, sources and auxiliary data included; its first 20 bytes must be there. */
export function recordLength(bytes: Uint8Array, at: number): number {
  return RECORD_LENGTH + 16 * get16(bytes, at + 2) + 4 * bytes[at + 1]!;
}

/** A multicast address record of a version 2 report. */
export interface Mld2Record {
  /** {@link MLD2_MODE_IS_INCLUDE} … */
  readonly type: number;
  readonly multicastAddress: IpAddress;
  readonly sources: readonly IpAddress[];
  /** A multiple of 4 bytes. */
  readonly auxiliaryData: Uint8Array;
}

/** What a version 2 query adds to a version 1 one. */
export interface Mld2Query {
  /** Four reserved bits. */
  readonly reserved: number;
  /** Suppress router-side processing. */
  readonly suppress: boolean;
  /** Querier's robustness variable. */
  readonly qrv: number;
  /** Querier's query interval code. */
  readonly qqic: number;
  readonly sources: readonly IpAddress[];
}

/** The body of a multicast listener discovery message. */
export type MldBody =
  | {
    readonly kind: "mld-query";
    /** Delay in milliseconds (version 1) or code (version 2). */
    readonly maximumResponse: number;
    readonly reserved: number;
    readonly multicastAddress: IpAddress;
    /** Absent in version 1. */
    readonly v2?: Mld2Query;
  }
  | {
    readonly kind: "mld-report" | "mld-done";
    readonly maximumResponse: number;
    readonly reserved: number;
    readonly multicastAddress: IpAddress;
  }
  | { readonly kind: "mld2-report"; readonly reserved: number; readonly records: readonly Mld2Record[] };

/** Decodes the message `bytes[offset, end)`; undefined if it is not well formed. Bytes after `length` are extra. */
export function parseMld(
  bytes: Uint8Array,
  offset: number,
  end: number,
): { body: MldBody; length: number } | undefined {
  if (check(bytes, offset, end) !== undefined) return undefined;
  const type = bytes[offset]!;
  if (type === ICMPV6_MLD2_REPORT) return parseReport2(bytes, offset, end);
  const common = {
    maximumResponse: get16(bytes, offset + MAXIMUM_RESPONSE),
    reserved: get16(bytes, offset + 6),
    multicastAddress: IpAddress.from(bytes, offset + MULTICAST_ADDRESS, 6),
  };
  if (type !== ICMPV6_MGM_QUERY) {
    return { body: { kind: type === ICMPV6_MGM_REPORT ? "mld-report" : "mld-done", ...common }, length: V1_LENGTH };
  }
  if (end - offset === V1_LENGTH) return { body: { kind: "mld-query", ...common }, length: V1_LENGTH };
  const flags = bytes[offset + QUERY_FLAGS]!;
  const sources = addresses(bytes, offset + V2_QUERY_LENGTH, get16(bytes, offset + QUERY_SOURCES));
  const v2 = {
    reserved: flags >> 4,
    suppress: (flags & 8) !== 0,
    qrv: flags & 7,
    qqic: bytes[offset + QQIC]!,
    sources,
  };
  return { body: { kind: "mld-query", ...common, v2 }, length: V2_QUERY_LENGTH + 16 * sources.length };
}

function parseReport2(bytes: Uint8Array, offset: number, end: number): { body: MldBody; length: number } {
  const records: Mld2Record[] = [];
  let at = offset + V2_REPORT_LENGTH;
  for (let count = get16(bytes, offset + REPORT_RECORDS); count > 0; count--) {
    const sources = addresses(bytes, at + RECORD_LENGTH, get16(bytes, at + 2));
    const next = at + recordLength(bytes, at);
    records.push({
      type: bytes[at]!,
      multicastAddress: IpAddress.from(bytes, at + 4, 6),
      sources,
      auxiliaryData: bytes.slice(next - 4 * bytes[at + 1]!, next),
    });
    at = next;
  }
  return {
    body: { kind: "mld2-report", reserved: get16(bytes, offset + 4), records },
    length: Math.min(at, end) - offset,
  };
}

function addresses(bytes: Uint8Array, start: number, count: number): IpAddress[] {
  return Array.from({ length: count }, (_, i) => IpAddress.from(bytes, start + 16 * i, 6));
}

/** The message's bytes with the common header left zero. */
export function emitMld(body: MldBody): Uint8Array {
  if (body.kind === "mld2-report") return emitReport2(body.reserved, body.records);
  const v2 = body.kind === "mld-query" ? body.v2 : undefined;
  const bytes = new Uint8Array(v2 === undefined ? V1_LENGTH : V2_QUERY_LENGTH + 16 * v2.sources.length);
  set16(bytes, MAXIMUM_RESPONSE, body.maximumResponse);
  set16(bytes, 6, body.reserved);
  body.multicastAddress.write(bytes, MULTICAST_ADDRESS);
  if (v2 !== undefined) {
    bytes[QUERY_FLAGS] = (v2.reserved << 4) | (v2.suppress ? 8 : 0) | (v2.qrv & 7);
    bytes[QQIC] = v2.qqic;
    set16(bytes, QUERY_SOURCES, v2.sources.length);
    v2.sources.forEach((source, i) => source.write(bytes, V2_QUERY_LENGTH + 16 * i));
  }
  return bytes;
}

function emitReport2(reserved: number, records: readonly Mld2Record[]): Uint8Array {
  const lengths = records.map((record) =>
    RECORD_LENGTH + 16 * record.sources.length + ((record.auxiliaryData.length + 3) & ~3)
  );
  const bytes = new Uint8Array(V2_REPORT_LENGTH + lengths.reduce((sum, length) => sum + length, 0));
  set16(bytes, 4, reserved);
  set16(bytes, REPORT_RECORDS, records.length);
  let at = V2_REPORT_LENGTH;
  records.forEach((record, i) => {
    bytes[at] = record.type;
    bytes[at + 1] = (record.auxiliaryData.length + 3) >> 2;
    set16(bytes, at + 2, record.sources.length);
    record.multicastAddress.write(bytes, at + 4);
    record.sources.forEach((source, j) => source.write(bytes, at + RECORD_LENGTH + 16 * j));
    bytes.set(record.auxiliaryData, at + RECORD_LENGTH + 16 * record.sources.length);
    at += lengths[i]!;
  });
  return bytes;
}

/** The layout of a message with this body after type, code and checksum; sources and records as one range each. */
export function mldFields(body: MldBody): readonly FieldLayout[] {
  if (body.kind === "mld2-report") {
    const fields = [field("reserved", 4, 16), field("numberOfRecords", REPORT_RECORDS, 16)];
    let at = V2_REPORT_LENGTH;
    body.records.forEach((record, i) => {
      const length = RECORD_LENGTH + 16 * record.sources.length + record.auxiliaryData.length;
      fields.push(field(`records[${i}]`, at, 8 * length));
      at += length;
    });
    return fields;
  }
  const fields = [
    field("maximumResponse", MAXIMUM_RESPONSE, 16),
    field("reserved", 6, 16),
    field("multicastAddress", MULTICAST_ADDRESS, 128),
  ];
  if (body.kind === "mld-query" && body.v2 !== undefined) {
    fields.push(
      field("reserved2", QUERY_FLAGS, 4),
      field("suppress", QUERY_FLAGS, 1, 4),
      field("qrv", QUERY_FLAGS, 3, 5),
      field("qqic", QQIC, 8),
      field("numberOfSources", QUERY_SOURCES, 16),
      ...body.v2.sources.map((_, i) => field(`sources[${i}]`, V2_QUERY_LENGTH + 16 * i, 128)),
    );
  }
  return fields;
}

const RECORD_NAMES = ["", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];

/** "ff02::1:ff00:1", "[to_ex ff02::1:ff00:1 {}]". */
export function formatMld(body: MldBody): string {
  if (body.kind === "mld2-report") {
    return body.records.map((record) =>
      `[${RECORD_NAMES[record.type] || record.type} ${record.multicastAddress} {${record.sources.join(",")}}]`
    ).join(" ");
  }
  const sources = body.kind === "mld-query" && body.v2 !== undefined ? ` {${body.v2.sources.join(",")}}` : "";
  return `${body.multicastAddress} max resp ${body.maximumResponse}${sources}`;
}
