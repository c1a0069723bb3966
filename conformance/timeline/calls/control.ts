/**
 * Control messages: their octets, and comparing what came with what a script expects.
 *
 * @module
 */
import { getInt, getLong, putInt, putLong } from "../../../abi/memory.ts";
import {
  SCM_TIMESTAMPING,
  SCM_TIMESTAMPING_OPT_STATS,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
} from "../../../abi/socket_constants.ts";
import { IP_RECVERR, IP_TOS, IPV6_RECVERR, UDP_SEGMENT } from "../../../abi/ip_constants.ts";
import { concatBytes, toHex } from "../../../stack/wire/bytes.ts";
import type { CmsgExpression, Expression, SockExtendedErrExpression } from "../../script/syntax.ts";
import { UnsupportedError } from "../../targets/target.ts";
import { CallError } from "../failure.ts";
import type { CallEnvironment } from "./prepared.ts";
import { comparePacketInfo, encodePacketInfo, packetInfoSize } from "./packet_info.ts";
import { compareStatistics, statisticsSize } from "./statistics.ts";
import { badType, int32, string } from "./values.ts";
import { getExtendedError } from "../../../abi/extended_error.ts";

/** `struct cmsghdr`: length, level, type. */
const HEADER = 16;
const EXTENDED_ERROR = 16;
const SOCKADDR_IN = 16;
const SOCKADDR_IN6 = 28;
/** Three `struct timespec`. */
const TIMESTAMPING = 48;

const align = (length: number) => (length + 7) & ~7;

function cmsgOf(expression: Expression): CmsgExpression {
  if (expression.kind !== "cmsg") throw badType(expression, "cmsg");
  return expression;
}

/** Octets of data that a control message is expected to have. */
function dataSize(cmsg: CmsgExpression): number {
  switch (cmsg.data.kind) {
    case "sock_extended_err":
      return EXTENDED_ERROR + (int32(cmsg.level) === SOL_IPV6 ? SOCKADDR_IN6 : SOCKADDR_IN);
    case "scm_timestamping":
      return TIMESTAMPING;
    case "list":
      return statisticsSize(cmsg.data);
    case "packet_info":
      return packetInfoSize(cmsg.data);
    case "string":
      return string(cmsg.data).length;
    default:
      return integerSize(cmsg);
  }
}

/** Data that are one number; Linux gives the type of service of what came in one octet, and a segment's size is 16 bits. */
function integerSize({ level, type }: CmsgExpression): number {
  const [of, what] = [int32(level), int32(type)];
  if (of === SOL_IP && what === IP_TOS) return 1;
  return of === SOL_UDP && what === UDP_SEGMENT ? 2 : 4;
}

/** A number in so many octets. */
function integer(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(4);
  putInt(bytes, 0, value);
  return bytes.subarray(0, size);
}

/** Room that the kernel is given: exactly what the expected messages need. */
export function controlSize(messages: readonly Expression[]): number {
  return messages.reduce((sum, message) => sum + HEADER + align(dataSize(cmsgOf(message))), 0);
}

/** Octets of control messages to send; their data are integers. */
export function encodeControl(messages: readonly Expression[]): Uint8Array {
  return concatBytes(...messages.map((message) => {
    const cmsg = cmsgOf(message);
    const size = dataSize(cmsg);
    const bytes = new Uint8Array(HEADER + align(size));
    putLong(bytes, 0, BigInt(HEADER + size));
    putInt(bytes, 8, int32(cmsg.level));
    putInt(bytes, 12, int32(cmsg.type));
    if (cmsg.data.kind === "packet_info") bytes.set(encodePacketInfo(cmsg.data), HEADER);
    else if (cmsg.data.kind === "string") bytes.set(string(cmsg.data), HEADER);
    else bytes.set(integer(int32(cmsg.data), size), HEADER);
    return bytes;
  }));
}

interface LiveMessage {
  readonly level: number;
  readonly type: number;
  readonly length: number;
  readonly data: Uint8Array;
}

function* liveMessages(control: Uint8Array): Generator<LiveMessage> {
  let at = 0;
  while (at + HEADER <= control.length) {
    const length = Number(getLong(control, at));
    if (length < HEADER || at + length > control.length) return;
    yield {
      length,
      level: getInt(control, at + 8),
      type: getInt(control, at + 12),
      data: control.subarray(at + HEADER, at + length),
    };
    at += align(length);
  }
}

/** Compares control messages pairwise, in order; throws {@link CallError}. */
export function compareControl(
  expected: readonly Expression[],
  control: Uint8Array,
  environment: CallEnvironment,
): void {
  const came = [...liveMessages(control)];
  expected.forEach((message, i) => {
    const actual = came[i];
    if (actual === undefined) throw new CallError(`received only ${came.length} cmsgs`);
    const cmsg = cmsgOf(message);
    check("level", i, int32(cmsg.level), actual.level);
    check("type", i, int32(cmsg.type), actual.type);
    check("len", i, HEADER + dataSize(cmsg), actual.length);
    compareData(cmsg, i, actual, environment);
  });
  if (came.length > expected.length) throw new CallError(`received more than ${expected.length} cmsgs`);
}

function check(what: string, i: number, expected: number, actual: number): void {
  if (expected !== actual) throw new CallError(`Bad ${what} in cmsg ${i}: expected=${expected} actual=${actual}`);
}

function compareData(cmsg: CmsgExpression, i: number, actual: LiveMessage, environment: CallEnvironment): void {
  const { level, type, data } = actual;
  switch (cmsg.data.kind) {
    case "sock_extended_err":
      if (!(level === SOL_IP && type === IP_RECVERR) && !(level === SOL_IPV6 && type === IPV6_RECVERR)) break;
      return compareExtendedError(cmsg.data, i, data);
    case "scm_timestamping":
      if (level !== SOL_SOCKET || type !== SCM_TIMESTAMPING) break;
      return compareTimestamping(cmsg.data.sec, cmsg.data.nsec, data, environment);
    case "list":
      if (level !== SOL_SOCKET || type !== SCM_TIMESTAMPING_OPT_STATS) break;
      return compareStatistics(cmsg.data, data, environment.config.tolerance_usecs);
    case "packet_info":
      return comparePacketInfo(cmsg.data, i, data);
    case "string": {
      const [wanted, came] = [toHex(string(cmsg.data)), toHex(data)];
      if (wanted !== came) throw new CallError(`Bad data in cmsg ${i}: expected=${wanted} actual=${came}`);
      return;
    }
    default: {
      const expected = int32(cmsg.data);
      // Numbers of one, two or four octets.
      const value = data.reduceRight((sum, octet) => sum << 8 | octet, 0);
      if (expected !== value) throw new CallError(`Bad data in cmsg ${i}: expected=${expected} actual=${value}`);
      return;
    }
  }
  throw new CallError(`Unsupported data in cmsg ${i}: level=${level} type=${type}`);
}

function compareExtendedError(expected: SockExtendedErrExpression, i: number, data: Uint8Array): void {
  const field = (name: string, expression: Expression, actual: number) => {
    const wanted = int32(expression) >>> 0;
    if (wanted !== actual) {
      throw new CallError(`Bad ${name} in extended err ${i}: expected=${wanted} actual=${actual}`);
    }
  };
  const { ee_errno, ee_origin, ee_type, ee_code, ee_info, ee_data } = getExtendedError(data);
  field("errno", expected.errno, ee_errno);
  field("origin", expected.origin, ee_origin);
  field("type", expected.type, ee_type);
  field("code", expected.code, ee_code);
  field("info", expected.info, ee_info);
  field("data", expected.data, ee_data);
}

/** Only entries that are not zero are compared, and a script can only write the first. */
function compareTimestamping(sec: number, nsec: number, data: Uint8Array, environment: CallEnvironment): void {
  if (sec === 0 && nsec === 0) return;
  const { epoch_us, config } = environment;
  if (epoch_us === undefined) {
    throw new UnsupportedError("software time stamps: the target does not tell the time of day");
  }
  const expected = sec * 1e6 + Math.trunc(nsec / 1000);
  const actual = Number(getLong(data, 0)) * 1e6 - epoch_us + Math.trunc(Number(getLong(data, 8)) / 1000);
  if (Math.abs(actual - expected) > config.tolerance_usecs) {
    const text = (us: number) => `${(us / 1e6).toFixed(6)} sec`;
    throw new CallError(
      `Bad timestamp 0 in scm timestamping: expected=${text(expected)} actual=${
        text(actual)
      } tolerance=${config.tolerance_usecs} usec`,
      "call-time",
    );
  }
}
