/**
 * IGMP: version 1 RFC 1112 appendix I, version 2 RFC 2236, version 3 RFC 3376.
 *
 * Accessors read and write in place at `offset`, without checks; {@link check} says whether they may be used.
 *
 * @module
 */
import { IpAddress } from "./address.ts";
import { get16, get32, set16 } from "./bytes.ts";
import { internetChecksum } from "./checksum.ts";
import { field, type FieldLayout, type Init, type Parsed, WireError } from "./error.ts";

/** Length of the header that all messages have. */
export const HEADER_LENGTH = 8;
/** Length of a version 3 query without sources. */
export const V3_QUERY_LENGTH = 12;
/** Length of a record without sources and auxiliary data. */
export const RECORD_LENGTH = 8;

/** Type: membership query, of all versions. */
export const IGMP_HOST_MEMBERSHIP_QUERY = 0x11;
/** Type: version 1 membership report. */
export const IGMP_HOST_MEMBERSHIP_REPORT = 0x12;
/** Type: version 2 membership report. */
export const IGMPV2_HOST_MEMBERSHIP_REPORT = 0x16;
/** Type: version 2 leave group. */
export const IGMP_HOST_LEAVE_MESSAGE = 0x17;
/** Type: version 3 membership report. */
export const IGMPV3_HOST_MEMBERSHIP_REPORT = 0x22;

/** Record: the filter mode is include, of these sources. */
export const IGMPV3_MODE_IS_INCLUDE = 1;
/** Record: the filter mode is exclude, of these sources. */
export const IGMPV3_MODE_IS_EXCLUDE = 2;
/** Record: the filter mode became include. */
export const IGMPV3_CHANGE_TO_INCLUDE = 3;
/** Record: the filter mode became exclude. */
export const IGMPV3_CHANGE_TO_EXCLUDE = 4;
/** Record: these sources are wanted in addition. */
export const IGMPV3_ALLOW_NEW_SOURCES = 5;
/** Record: these sources are no longer wanted. */
export const IGMPV3_BLOCK_OLD_SOURCES = 6;

// Offsets of the fields in bytes.
const TYPE = 0;
const MAX_RESP_CODE = 1;
/** Offset of the checksum. */
export const CHECKSUM = 2;
/** Offset of the group address (not in version 3 reports). */
export const GROUP = 4;
const REPORT_RESERVED = 4;
const REPORT_RECORDS = 6;
const QUERY_FLAGS = 8;
const QQIC = 9;
const QUERY_SOURCES = 10;

/** Layout of the part that all messages have; a version 3 report has the number of records where `group` ends. */
export const FIELDS: readonly FieldLayout[] = [
  field("type", TYPE, 8),
  field("maxRespCode", MAX_RESP_CODE, 8),
  field("checksum", CHECKSUM, 16),
  field("group", GROUP, 32),
];

/** What can be wrong with a message. "sources", "records": more announced than there are. */
export type Problem = "truncated" | "checksum" | "sources" | "records";

/** The message's type. */
export function type(bytes: Uint8Array, offset: number): number {
  return bytes[offset + TYPE]!;
}

/** Of a query: tenths of a second, or a code from 128 on (RFC 3376 section 4.1.1); 0 in version 1. */
export function maxRespCode(bytes: Uint8Array, offset: number): number {
  return bytes[offset + MAX_RESP_CODE]!;
}

/** The checksum as it stands. */
export function checksum(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + CHECKSUM);
}

/** The group address as a 32-bit integer. */
export function groupU32(bytes: Uint8Array, offset: number): number {
  return get32(bytes, offset + GROUP);
}

/** Of a version 3 report. */
export function numberOfRecords(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + REPORT_RECORDS);
}

/** Of a version 3 query. */
export function numberOfSources(bytes: Uint8Array, offset: number): number {
  return get16(bytes, offset + QUERY_SOURCES);
}

/** Length of the record at `at`, sources and auxiliary data included; its first 8 bytes must be there. */
export function recordLength(bytes: Uint8Array, at: number): number {
  return RECORD_LENGTH + 4 * get16(bytes, at + 2) + 4 * bytes[at + 1]!;
}

/** Tenths of a second of a version 3 maximum response code, or seconds of a querier's query interval code. */
export function decodeCode(code: number): number {
  return code < 128 ? code : ((code & 0x0f) | 0x10) << (((code >> 4) & 7) + 3);
}

/** Computes and writes the checksum of the message `bytes[offset, end)`. */
export function fillChecksum(bytes: Uint8Array, offset: number, end: number): void {
  set16(bytes, offset + CHECKSUM, 0);
  set16(bytes, offset + CHECKSUM, internetChecksum(bytes, offset, end));
}

/** Checks the message `bytes[offset, end)`, its checksum included. */
export function check(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (end - offset < HEADER_LENGTH) return "truncated";
  if (internetChecksum(bytes, offset, end) !== 0) return "checksum";
  return checkCounts(bytes, offset, end);
}

function checkCounts(bytes: Uint8Array, offset: number, end: number): Problem | undefined {
  if (type(bytes, offset) === IGMP_HOST_MEMBERSHIP_QUERY && end - offset > HEADER_LENGTH) {
    // Between the two lengths a query is no valid one (RFC 3376 section 7.1).
    if (end - offset < V3_QUERY_LENGTH) return "truncated";
    return offset + V3_QUERY_LENGTH + 4 * numberOfSources(bytes, offset) > end ? "sources" : undefined;
  }
  if (type(bytes, offset) !== IGMPV3_HOST_MEMBERSHIP_REPORT) return undefined;
  let at = offset + HEADER_LENGTH;
  for (let count = numberOfRecords(bytes, offset); count > 0; count--) {
    if (at + RECORD_LENGTH > end) return "records";
    at += recordLength(bytes, at);
    if (at > end) return "records";
  }
  return undefined;
}

/** A group record of a version 3 report. */
export interface Igmpv3Record {
  /** {@link IGMPV3_MODE_IS_INCLUDE} … */
  readonly type: number;
  readonly group: IpAddress;
  readonly sources: readonly IpAddress[];
  /** A multiple of 4 bytes. */
  readonly auxiliaryData: Uint8Array;
}

/** What a version 3 query adds. */
export interface Igmpv3Query {
  /** Four bits. */
  readonly reserved: number;
  /** Suppress router-side processing. */
  readonly suppress: boolean;
  /** Querier's robustness variable. */
  readonly qrv: number;
  /** Querier's query interval code. */
  readonly qqic: number;
  readonly sources: readonly IpAddress[];
}

/** What follows type, code and checksum. */
export type IgmpBody =
  /** Every message but a version 3 report; `v3` in version 3 queries. */
  | { readonly kind: "group"; readonly group: IpAddress; readonly v3?: Igmpv3Query }
  | { readonly kind: "report3"; readonly reserved: number; readonly records: readonly Igmpv3Record[] };

/** A decoded message. */
export interface IgmpHeader {
  readonly type: number;
  /** Reserved in all but queries. */
  readonly maxRespCode: number;
  readonly checksum: number;
  readonly body: IgmpBody;
}

/** What {@link emit} needs: the checksum is computed unless given, the code is 0 unless given. */
export type IgmpHeaderInit = Init<IgmpHeader, "type" | "body">;

/** Decodes the message at `offset`. A wrong checksum is no problem here; it is kept. Throws {@link WireError}. */
export function parse(bytes: Uint8Array, offset = 0, end = bytes.length): Parsed<IgmpHeader> {
  const problem = end - offset < HEADER_LENGTH ? "truncated" : checkCounts(bytes, offset, end);
  if (problem !== undefined) throw new WireError("igmp", problem, offset);
  const { body, length } = parseBody(bytes, offset, end);
  return {
    header: {
      type: type(bytes, offset),
      maxRespCode: maxRespCode(bytes, offset),
      checksum: checksum(bytes, offset),
      body,
    },
    headerLength: length,
    payloadOffset: offset + length,
    end,
  };
}

function parseBody(bytes: Uint8Array, offset: number, end: number): { body: IgmpBody; length: number } {
  if (type(bytes, offset) === IGMPV3_HOST_MEMBERSHIP_REPORT) return parseReport3(bytes, offset);
  const group = IpAddress.from(bytes, offset + GROUP, 4);
  if (type(bytes, offset) !== IGMP_HOST_MEMBERSHIP_QUERY || end - offset === HEADER_LENGTH) {
    return { body: { kind: "group", group }, length: HEADER_LENGTH };
  }
  const flags = bytes[offset + QUERY_FLAGS]!;
  const sources = addresses(bytes, offset + V3_QUERY_LENGTH, numberOfSources(bytes, offset));
  const v3 = {
    reserved: flags >> 4,
    suppress: (flags & 8) !== 0,
    qrv: flags & 7,
    qqic: bytes[offset + QQIC]!,
    sources,
  };
  return { body: { kind: "group", group, v3 }, length: V3_QUERY_LENGTH + 4 * sources.length };
}

function parseReport3(bytes: Uint8Array, offset: number): { body: IgmpBody; length: number } {
  const records: Igmpv3Record[] = [];
  let at = offset + HEADER_LENGTH;
  for (let count = numberOfRecords(bytes, offset); count > 0; count--) {
    const next = at + recordLength(bytes, at);
    records.push({
      type: bytes[at]!,
      group: IpAddress.from(bytes, at + 4, 4),
      sources: addresses(bytes, at + RECORD_LENGTH, get16(bytes, at + 2)),
      auxiliaryData: bytes.slice(next - 4 * bytes[at + 1]!, next),
    });
    at = next;
  }
  return {
    body: { kind: "report3", reserved: get16(bytes, offset + REPORT_RESERVED), records },
    length: at - offset,
  };
}

function addresses(bytes: Uint8Array, start: number, count: number): IpAddress[] {
  return Array.from({ length: count }, (_, i) => IpAddress.from(bytes, start + 4 * i, 4));
}

/** The message's bytes. */
export function emit(header: IgmpHeaderInit): Uint8Array {
  const bytes = emitBody(header.body);
  bytes[TYPE] = header.type;
  bytes[MAX_RESP_CODE] = header.maxRespCode ?? 0;
  set16(bytes, CHECKSUM, header.checksum ?? internetChecksum(bytes, 0, bytes.length));
  return bytes;
}

function emitBody(body: IgmpBody): Uint8Array {
  if (body.kind === "report3") return emitReport3(body.reserved, body.records);
  const { group, v3 } = body;
  const bytes = new Uint8Array(v3 === undefined ? HEADER_LENGTH : V3_QUERY_LENGTH + 4 * v3.sources.length);
  group.write(bytes, GROUP);
  if (v3 !== undefined) {
    bytes[QUERY_FLAGS] = (v3.reserved << 4) | (v3.suppress ? 8 : 0) | (v3.qrv & 7);
    bytes[QQIC] = v3.qqic;
    set16(bytes, QUERY_SOURCES, v3.sources.length);
    v3.sources.forEach((source, i) => source.write(bytes, V3_QUERY_LENGTH + 4 * i));
  }
  return bytes;
}

function emitReport3(reserved: number, records: readonly Igmpv3Record[]): Uint8Array {
  const lengths = records.map((record) =>
    RECORD_LENGTH + 4 * record.sources.length + ((record.auxiliaryData.length + 3) & ~3)
  );
  const bytes = new Uint8Array(HEADER_LENGTH + lengths.reduce((sum, length) => sum + length, 0));
  set16(bytes, REPORT_RESERVED, reserved);
  set16(bytes, REPORT_RECORDS, records.length);
  let at = HEADER_LENGTH;
  records.forEach((record, i) => {
    bytes[at] = record.type;
    bytes[at + 1] = (record.auxiliaryData.length + 3) >> 2;
    set16(bytes, at + 2, record.sources.length);
    record.group.write(bytes, at + 4);
    record.sources.forEach((source, j) => source.write(bytes, at + RECORD_LENGTH + 4 * j));
    bytes.set(record.auxiliaryData, at + RECORD_LENGTH + 4 * record.sources.length);
    at += lengths[i]!;
  });
  return bytes;
}

/** The layout of a message with this body; sources and records as one range each. */
export function fieldsOf(body: IgmpBody): readonly FieldLayout[] {
  if (body.kind === "report3") {
    const fields = [
      ...FIELDS.slice(0, 3),
      field("reserved", REPORT_RESERVED, 16),
      field("numberOfRecords", REPORT_RECORDS, 16),
    ];
    let at = HEADER_LENGTH;
    body.records.forEach((record, i) => {
      const length = RECORD_LENGTH + 4 * record.sources.length + record.auxiliaryData.length;
      fields.push(field(`records[${i}]`, at, 8 * length));
      at += length;
    });
    return fields;
  }
  if (body.v3 === undefined) return FIELDS;
  return [
    ...FIELDS,
    field("reserved", QUERY_FLAGS, 4),
    field("suppress", QUERY_FLAGS, 1, 4),
    field("qrv", QUERY_FLAGS, 3, 5),
    field("qqic", QQIC, 8),
    field("numberOfSources", QUERY_SOURCES, 16),
    ...body.v3.sources.map((_, i) => field(`sources[${i}]`, V3_QUERY_LENGTH + 4 * i, 32)),
  ];
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [IGMP_HOST_MEMBERSHIP_QUERY, "query"],
  [IGMP_HOST_MEMBERSHIP_REPORT, "report_v1"],
  [IGMPV2_HOST_MEMBERSHIP_REPORT, "report_v2"],
  [IGMP_HOST_LEAVE_MESSAGE, "leave"],
  [IGMPV3_HOST_MEMBERSHIP_REPORT, "report_v3"],
]);

const RECORD_NAMES = ["", "is_in", "is_ex", "to_in", "to_ex", "allow", "block"];

/** "igmp query 0.0.0.0 max resp 100", "igmp report_v3 [to_ex 224.1.2.3 {}]". */
export function format(header: IgmpHeader): string {
  const { body } = header;
  const name = NAMES.get(header.type) ?? `type_${header.type}`;
  if (body.kind === "report3") {
    const records = body.records.map((record) =>
      ` [${RECORD_NAMES[record.type] || record.type} ${record.group} {${record.sources.join(",")}}]`
    );
    return `igmp ${name}${records.join("")}`;
  }
  const response = header.type === IGMP_HOST_MEMBERSHIP_QUERY ? ` max resp ${header.maxRespCode}` : "";
  return `igmp ${name} ${body.group}${response}${body.v3 === undefined ? "" : ` {${body.v3.sources.join(",")}}`}`;
}
