/**
 * The ECN field of a datagram that came in fragments: RFC 3168 section 5.3.
 *
 * @module
 */

/** Bits of the ECN codepoints seen: 1 << codepoint. */
const ECN_NOT_ECT = 1;
const ECN_CE = 8;
/** A combination that RFC 3168 section 5.3 forbids. */
export const ECN_INVALID = 0xff;

/** What to OR into the ECN field for the codepoints seen (`ip_frag_ecn_table`). */
export function mergedEcn(seen: number): number {
  // RFC3168-5.3-reass-notect
  if ((seen & ECN_NOT_ECT) !== 0) return seen === ECN_NOT_ECT ? 0 : ECN_INVALID;
  // RFC3168-5.3-reass, RFC3168-5.3-reass-same
  return (seen & ECN_CE) !== 0 && seen !== ECN_CE ? 3 : 0;
}
