/**
 * `SCM_TIMESTAMPING_OPT_STATS`: netlink attributes of a connection.
 *
 * @module
 */
import { getLong, getUint } from "../../../abi/memory.ts";
import type { Expression, ListExpression } from "../../script/syntax.ts";
import { CallError } from "../failure.ts";
import { badType, bits64, int32 } from "./values.ts";

/** `struct nlattr`: length, type. */
const HEADER = 4;

/** Sizes by attribute number, 1 to 22: see `TCP_NLA_*`. */
const SIZES: readonly number[] = [
  0,
  8, // BUSY
  8, // RWND_LIMITED
  8, // SNDBUF_LIMITED
  8, // DATA_SEGS_OUT
  8, // TOTAL_RETRANS
  8, // PACING_RATE
  8, // DELIVERY_RATE
  4, // SND_CWND
  4, // REORDERING
  4, // MIN_RTT
  1, // RECUR_RETRANS
  1, // DELIVERY_RATE_APP_LMT
  4, // SNDQ_SIZE
  1, // CA_STATE
  4, // SND_SSTHRESH
  4, // DELIVERED
  4, // DELIVERED_CE
  8, // BYTES_SENT
  8, // BYTES_RETRANS
  4, // DSACK_DUPS
  4, // REORD_SEEN
  4, // SRTT
];
/** BUSY, RWND_LIMITED, SNDBUF_LIMITED: times, which may be off by the tolerance. */
const TIMES = 3;

interface Statistic {
  readonly type: number;
  readonly size: number;
  /** Undefined: don't care. */
  readonly value: bigint | undefined;
}

function statistics(list: ListExpression): Statistic[] {
  return list.elements.map((element: Expression) => {
    if (element.kind !== "binary_expression" || element.operator !== "=") throw badType(element, "binary_expression");
    const type = int32(element.left);
    const size = SIZES[type];
    if (size === undefined || type === 0) throw new CallError(`unknown attribute ${type} of TCP statistics`);
    return { type, size, value: element.right.kind === "ellipsis" ? undefined : bits64(element.right) };
  });
}

/** Octets of the attributes that a script lists. */
export function statisticsSize(list: ListExpression): number {
  return statistics(list).reduce((sum, one) => sum + HEADER + ((one.size + 3) & ~3), 0);
}

/** Compares attributes one by one; throws {@link CallError}. */
export function compareStatistics(list: ListExpression, data: Uint8Array, tolerance_us: number): void {
  let at = 0;
  for (const { type, size, value } of statistics(list)) {
    if (at + HEADER > data.length) throw new CallError(`no attribute ${type} in TCP statistics`);
    const head = getUint(data, at);
    const length = head & 0xffff;
    if (head >>> 16 !== type) {
      throw new CallError(`Bad type in TCP statistics: expected=${type} actual=${head >>> 16}`);
    }
    if (length !== HEADER + size || at + length > data.length) {
      throw new CallError(
        `Bad length of attribute ${type} in TCP statistics: expected=${HEADER + size} actual=${length}`,
      );
    }
    const actual = size === 8
      ? BigInt.asUintN(64, getLong(data, at + HEADER))
      : size === 4
      ? BigInt(getUint(data, at + HEADER))
      : BigInt(data[at + HEADER]!);
    at += HEADER + ((size + 3) & ~3);
    if (value === undefined || value === actual) continue;
    const distance = value > actual ? value - actual : actual - value;
    if (type <= TIMES && value !== 0n && distance <= BigInt(tolerance_us)) continue;
    throw new CallError(`Bad value of attribute ${type} in TCP statistics: expected=${value} actual=${actual}`);
  }
}
