/** MPTCP's options in the words of the multipath-tcp fork of packetdrill. */
import type { Cursor } from "./cursor.ts";
import { parseIpv4, parseIpv6 } from "./inet_address.ts";
import type { MptcpAddress, MptcpFields, MptcpKey, MptcpNumber, MptcpOption, MptcpToken } from "./syntax.ts";

const PARSERS: Readonly<Record<string, (c: Cursor) => MptcpFields>> = {
  mpcapable: parseCapable,
  mp_join_syn: parseJoinSyn,
  mp_join_syn_ack: parseJoinSynAck,
  mp_join_ack: parseJoinAck,
  dss: parseDss,
  add_address: parseAddAddress,
  remove_address: parseRemoveAddress,
  mp_prio: parsePrio,
  mp_fail: parseFail,
  mp_fastclose: parseFastClose,
  mp_reset: parseReset,
};

/** The words that begin an option of MPTCP's. */
export const MPTCP_WORDS: readonly string[] = Object.keys(PARSERS);

/** An option that one of {@link MPTCP_WORDS} begins. */
export function parseMptcpOption(c: Cursor): MptcpOption {
  const word = c.next();
  const parse = PARSERS[word.text];
  if (parse === undefined) return c.fail();
  const fields = parse(c);
  const span = c.spanFrom(word.start);
  c.usesHere("MPTCP options", span);
  return { kind: "mptcp", ...fields, span };
}

/** Bits of MP_CAPABLE's flags (RFC 8684 3.1) by letter: A is the highest. */
function flagBit(letter: string): number {
  return 0x80 >> (letter.charCodeAt(0) - 97);
}

function parseCapable(c: Cursor): MptcpFields {
  const versionToken = c.expectKind("word", "a version, v0 or v1");
  const version = /^v([0-9]|1[0-5])$/.exec(versionToken.text);
  if (version === null) c.semantic(c.tokenSpan(versionToken), `bad MPTCP version '${versionToken.text}'`, "v0 or v1");
  c.expectKeyword("flags");
  const flags = parseFlags(c);
  const keys: MptcpKey[] = [];
  if (c.acceptKeyword("key")) {
    c.expectChar("[");
    do keys.push(parseKey(c)); while (keys.length < 2 && c.acceptChar(","));
    c.expectChar("]");
  } else {
    c.expectKeyword("nokey");
  }
  const dataLength = c.acceptKeyword("mpcdatalen") ? c.integer("data length", 0xffff) : undefined;
  return { subtype: "capable", version: Number(version?.[1] ?? 1), flags, keys, dataLength };
}

function parseFlags(c: Cursor): number {
  if (!c.acceptChar("[")) return c.anyInteger("flags", 255);
  let flags = 0;
  do {
    const token = c.expectKind("word", "a flag, flag_a to flag_h");
    const letter = /^flag_([a-h])$/.exec(token.text)?.[1];
    if (letter === undefined) c.semantic(c.tokenSpan(token), `bad MPTCP flag '${token.text}'`, "flag_a to flag_h");
    else flags |= flagBit(letter);
  } while (c.acceptChar(","));
  c.expectChar("]");
  return flags;
}

/** `NAME`, `NAME=N` or `N`. */
function parseKey(c: Cursor): MptcpKey {
  if (!c.isKind("word")) return { name: undefined, value: parseWide(c, "key") };
  const name = c.next().text;
  return { name, value: c.acceptChar("=") ? parseWide(c, "key") : undefined };
}

/** A number of up to 64 bits. */
function parseWide(c: Cursor, what: string): bigint {
  if (!c.isKind("integer") && !c.isKind("hex")) {
    c.expecting(`a number (${what})`);
    c.fail();
  }
  const token = c.next();
  const value = token.text.startsWith("-") ? -1n : BigInt(token.text);
  if (value >= 0n && value < 1n << 64n) return value;
  c.semantic(c.tokenSpan(token), `${what} out of range: ${token.text}`, "0 to 2^64-1");
  return 0n;
}

function named(c: Cursor, name: string): boolean {
  if (!c.isKeyword(name) || !c.isChar("=", 1)) return false;
  c.next();
  c.next();
  return true;
}

function parseBackup(c: Cursor): boolean {
  return named(c, "backup") ? c.integer("backup", 1) === 1 : false;
}

function parseAddressId(c: Cursor): number | undefined {
  return named(c, "address_id") ? c.integer("address id", 255) : undefined;
}

function parseJoinSyn(c: Cursor): MptcpFields {
  const backup = parseBackup(c);
  const addressId = parseAddressId(c);
  c.expectKeyword("token");
  c.expectChar("=");
  return { subtype: "join-syn", backup, addressId, token: parseToken(c) };
}

function parseToken(c: Cursor): MptcpToken {
  for (const algorithm of ["sha256", "sha1"] as const) {
    if (!c.acceptKeyword(`${algorithm}_32`)) continue;
    c.expectChar("(");
    const key = c.expectKind("word", "the name of a key").text;
    c.expectChar(")");
    return { kind: "hash", algorithm, key };
  }
  return { kind: "value", value: c.anyInteger("token") };
}

function parseJoinSynAck(c: Cursor): MptcpFields {
  const backup = parseBackup(c);
  const addressId = parseAddressId(c);
  expectAuto(c, "sender_hmac");
  return { subtype: "join-syn-ack", backup, addressId };
}

function parseJoinAck(c: Cursor): MptcpFields {
  expectAuto(c, "sender_hmac");
  return { subtype: "join-ack" };
}

function expectAuto(c: Cursor, name: string): void {
  c.expectKeyword(name);
  c.expectChar("=");
  c.expectKeyword("auto", "a hash is computed from the keys");
}

function parseNumber(c: Cursor, name: "dack" | "dsn"): MptcpNumber | undefined {
  for (const width of [4, 8] as const) {
    if (named(c, `${name}${width}`)) return { width, value: parseWide(c, name) };
  }
  return undefined;
}

function parseDss(c: Cursor): MptcpFields {
  const ack = parseNumber(c, "dack");
  const dsn = parseNumber(c, "dsn");
  const ssn = named(c, "ssn") ? c.integer("subflow sequence number") : undefined;
  const length = named(c, "dll") ? c.integer("data level length", 0xffff) : undefined;
  const checksum = !c.acceptKeyword("nocs");
  return { subtype: "dss", ack, dsn, ssn, length, checksum, fin: c.acceptKeyword("fin") };
}

function parseAddAddress(c: Cursor): MptcpFields {
  const addressId = parseAddressId(c);
  const { address, family } = parseAddress(c);
  const port = named(c, "port") ? c.integer("port", 0xffff) : undefined;
  const echo = c.acceptKeyword("addr_echo");
  if (!echo) expectAuto(c, "hmac");
  return { subtype: "add-address", addressId, address, port, echo, family };
}

/** `addr[NAME]`, `addr[NAME=inet_addr("…")]`, `addr[inet_addr("…")]`; `addr6`, `inet6_addr` likewise. */
export function parseAddress(c: Cursor): { address: MptcpAddress; family: 4 | 6 } {
  if (!c.acceptKeyword("addr")) c.expectKeyword("addr6");
  let family: 4 | 6 = c.wire === "ipv6" ? 6 : 4;
  c.expectChar("[");
  const name = c.isKind("word") ? c.next().text : undefined;
  let address: string | undefined;
  if (name === undefined || c.acceptChar("=")) {
    if (c.acceptKeyword("inet6_addr")) family = 6;
    else {
      c.expectKeyword("inet_addr");
      family = 4;
    }
    c.expectChar("(");
    const token = c.expectKind("string", "an address in quotes");
    address = token.text;
    const bytes = family === 4 ? parseIpv4(address) : parseIpv6(address);
    if (bytes === undefined) c.semantic(c.tokenSpan(token), `bad IPv${family} address: "${address}"`);
    c.expectChar(")");
  }
  c.expectChar("]");
  return { address: { name, address }, family };
}

function parseRemoveAddress(c: Cursor): MptcpFields {
  const ids: number[] = [];
  c.expectKeyword("address_id");
  c.expectChar("=");
  if (c.acceptChar("[")) {
    do ids.push(c.integer("address id", 255)); while (c.acceptChar(","));
    c.expectChar("]");
  } else {
    ids.push(c.integer("address id", 255));
  }
  return { subtype: "remove-address", ids };
}

function parsePrio(c: Cursor): MptcpFields {
  const backup = parseBackup(c);
  return { subtype: "prio", backup, addressId: parseAddressId(c) };
}

function parseFail(c: Cursor): MptcpFields {
  if (!named(c, "dsn8")) c.expectKeyword("dsn8");
  return { subtype: "fail", dsn: parseWide(c, "dsn") };
}

function parseFastClose(c: Cursor): MptcpFields {
  return { subtype: "fastclose", key: c.isKind("word") || c.isKind("integer") ? parseKey(c) : undefined };
}

function parseReset(c: Cursor): MptcpFields {
  return { subtype: "reset", reason: c.integer("reason", 255) };
}
