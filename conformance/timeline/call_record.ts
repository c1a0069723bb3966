/**
 * What a system call returned, in the script's terms, for evidence.
 *
 * @module
 */
import { decodeControl } from "../../abi/control_message.ts";
import { decodeSockaddr, sockaddrFamily } from "../../abi/sockaddr.ts";
import { IpAddress } from "../../stack/wire/address.ts";
import {
  AF_INET6,
  SO_TIMESTAMP,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPING,
  SO_TIMESTAMPING_NEW,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPNS_NEW,
  SOL_SOCKET,
} from "../../abi/socket_constants.ts";
import { errnoName } from "../../abi/errno_text.ts";
import type { SystemCallOutcome } from "../../abi/system_call.ts";
import { toHex } from "../../stack/wire/bytes.ts";
import type { CallRecord } from "../report/results.ts";
import type { ScriptConfig } from "../script/options.ts";
import type { SystemCallAction } from "../script/syntax.ts";
import { expectedResult, type PreparedCall } from "./calls/mod.ts";
import { CallError } from "./failure.ts";

/** Octets of data that are written out. */
const MAX_DATA = 64;
/** Larger option values are structures of statistics and times, which are never twice the same. */
const MAX_VALUE = 16;
/** Control messages of `SOL_SOCKET` that carry a time. */
const SCM_TIMES = new Set([
  SO_TIMESTAMP,
  SO_TIMESTAMPNS,
  SO_TIMESTAMPING,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMPING_NEW,
]);

/** What the words depend on. */
export interface CallNames {
  /** Live descriptors by the script's, as they were when the call returned. */
  readonly descriptors: ReadonlyMap<number, number>;
  readonly config: ScriptConfig;
}

/** Puts a call's outcome into words. */
export function recordCall(
  action: SystemCallAction,
  prepared: PreparedCall,
  outcome: SystemCallOutcome,
  names: CallNames,
): CallRecord {
  const values = outcome.result < 0 ? [] : valuesOf(action, outcome, names);
  return {
    name: action.name,
    result: resultOf(action, prepared, outcome),
    ...(outcome.result < 0 ? { errno: errnoName(outcome.errno) } : {}),
    ...(values.length === 0 ? {} : { values }),
  };
}

/** One line of it. */
export function formatCall(record: CallRecord): string {
  const errno = record.errno === undefined ? "" : ` ${record.errno}`;
  return `${record.name}(…) = ${record.result}${errno}${(record.values ?? []).map((value) => `, ${value}`).join("")}`;
}

/** A new descriptor is known by the number that the script gives it. */
function resultOf(action: SystemCallAction, prepared: PreparedCall, outcome: SystemCallOutcome): string {
  if (prepared.result !== "descriptor" || outcome.result < 0) return String(outcome.result);
  try {
    const expected = expectedResult(action);
    return expected >= 0 ? String(expected) : "a descriptor";
  } catch (error) {
    if (error instanceof CallError) return "a descriptor";
    throw error;
  }
}

function valuesOf(action: SystemCallAction, outcome: SystemCallOutcome, names: CallNames): string[] {
  const values: string[] = [];
  const { data, address, msg_flags, control, revents, events } = outcome;
  if (data !== undefined && data.length > 0) values.push(dataText(action, data));
  if (address !== undefined && address.length >= 8) values.push(addressText(address, names));
  if (msg_flags !== undefined && msg_flags !== 0) values.push(`msg_flags 0x${msg_flags.toString(16)}`);
  if (control !== undefined) values.push(...controlTexts(control));
  if (revents !== undefined) values.push(`revents ${revents.map((one) => `0x${one.toString(16)}`).join(" ")}`);
  for (const event of events ?? []) {
    values.push(`event 0x${(event.events >>> 0).toString(16)} ${eventData(action, event.data, names)}`);
  }
  return values;
}

function dataText(action: SystemCallAction, data: Uint8Array): string {
  const option = action.name === "getsockopt" || action.name === "ioctl";
  if (option && data.length > MAX_VALUE) return `a value of ${data.length} octets`;
  if (data.every((octet) => octet === 0)) return `${data.length} octets of zero`;
  const more = data.length > MAX_DATA ? "…" : "";
  return `${data.length} octets ${toHex(data.subarray(0, MAX_DATA))}${more}`;
}

/** The peer's port is the runner's choice unless the script has it. */
function addressText(address: Uint8Array, names: CallNames): string {
  const decoded = decodeSockaddr(address);
  if (decoded === undefined) {
    const family = sockaddrFamily(address);
    return family === AF_INET6 ? "a short address" : `address of family ${family}`;
  }
  const ip = new IpAddress(decoded.address);
  const { port } = decoded;
  const { bind_port, connect_port } = names.config;
  return port === bind_port || port === connect_port || port === 0 ? `from ${ip} port ${port}` : `from ${ip}`;
}

function controlTexts(control: Uint8Array): string[] {
  return decodeControl(control).messages.map(({ level, type, data }) => {
    const time = level === SOL_SOCKET && SCM_TIMES.has(type);
    return `control message ${level}/${type} ${time ? "a time" : toHex(data)}`;
  });
}

function eventData(action: SystemCallAction, data: bigint, names: CallNames): string {
  const asked = action.args.find((arg) => arg.kind === "epollev");
  if (asked?.kind !== "epollev" || asked.dataKind !== "fd") return `data ${data}`;
  const live = Number(data & 0xffffffffn);
  for (const [script, there] of names.descriptors) if (there === live) return `fd ${script}`;
  return "fd of no name";
}
