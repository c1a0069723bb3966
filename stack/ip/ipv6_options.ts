/**
 * The options of hop-by-hop and destination options headers: RFC 8200 section 4.2.
 *
 * @module
 */
import { ICMPV6_HDR_FIELD, ICMPV6_UNK_OPTION } from "../../abi/icmp_constants.ts";
import * as extension from "../wire/ipv6_extension.ts";

/** What becomes of a packet by its options. */
export type OptionsVerdict =
  | "accept"
  | "discard"
  /** Discarded, and its sender is told: `at` is where in the buffer the fault is; unless the packet went to a group. */
  | { readonly code: number; readonly at: number; readonly unicastOnly: boolean };

/** Judges an option that is known, of which all octets are there. */
export type OptionJudge = (bytes: Uint8Array, at: number) => OptionsVerdict;

/** How much a header may hold (`net.ipv6.max_dst_opts_number` and its like). */
export interface OptionLimits {
  /** Octets of the whole header. */
  readonly length: number;
  /** Options that are no padding. Below zero: so many that are known, and none that is not. */
  readonly number: number;
}

/** Padding aligns to eight octets, so that more of it at once is no padding but something hidden. */
const MOST_PADDING = 7;

/** Options of the header at `bytes[start, end)`. */
export function judgeOptions(
  bytes: Uint8Array,
  start: number,
  end: number,
  known: ReadonlyMap<number, OptionJudge>,
  limits: OptionLimits,
): OptionsVerdict {
  if (end - start > limits.length) return "discard";
  let padding = 0;
  let count = 0;
  for (let at = extension.firstOption(start); at < end;) {
    const next = extension.nextOption(bytes, at, end);
    // RFC8200-4.2-same-format
    if (next < 0) return "discard";
    // RFC8200-4.2-pad
    if (extension.isPadding(bytes, at)) {
      padding += next - at;
      if (padding > MOST_PADDING || !extension.isZeroPadding(bytes, at, next)) return "discard";
    } else {
      padding = 0;
      if (++count > Math.abs(limits.number)) return "discard";
      // RFC8200-4.2-options-order
      const type = extension.optionType(bytes, at);
      const verdict = known.get(type)?.(bytes, at) ?? judgeUnknown(type, at, limits.number < 0);
      if (verdict !== "accept") return verdict;
    }
    at = next;
  }
  return "accept";
}

/** The type of an option says what is done by who does not know it. */
function judgeUnknown(type: number, at: number, forbidden: boolean): OptionsVerdict {
  if (forbidden) return "discard";
  switch (extension.unknownOptionAction(type)) {
    // RFC8200-4.2-act-00
    case "skip":
      return "accept";
    // RFC8200-4.2-act-01
    case "discard":
      return "discard";
    // RFC8200-4.2-act-10
    case "report":
      return { code: ICMPV6_UNK_OPTION, at, unicastOnly: false };
    // RFC8200-4.2-act-11
    case "report-unicast":
      return { code: ICMPV6_UNK_OPTION, at, unicastOnly: true };
  }
}

/** A fault in a field of an option that is known. */
export function fieldFault(at: number): OptionsVerdict {
  return { code: ICMPV6_HDR_FIELD, at, unicastOnly: false };
}
