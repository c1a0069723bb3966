/**
 * Completions of `MSG_ZEROCOPY` sends. Payload is copied all the same (a queued octet must not change), so what a program
 * sees is the notification protocol: one id per call, reported when every octet of it is acknowledged.
 *
 * @module
 */
import type { ZerocopyRange } from "./skb.ts";
import type { TcpSock } from "./state.ts";

/** Largest run of calls that one notification covers, octets of id space. */
const MAX_RANGE = 0xffff;

/** Starts a call: a new notification id, joined to the unfinished one of `last` where that ends right before it. */
export function msg_zerocopy_realloc(sk: TcpSock, last: ZerocopyRange | undefined): ZerocopyRange {
  if (last !== undefined && last.len < MAX_RANGE && ((last.id + last.len) >>> 0) === sk.zckey) {
    last.len++;
    sk.zckey = (sk.zckey + 1) >>> 0;
    return skb_zcopy_get(last);
  }
  const range = { id: sk.zckey, len: 1, refcount: 1 };
  sk.zckey = (sk.zckey + 1) >>> 0;
  return range;
}

/** A call that sent nothing: its id is taken back. */
export function net_zcopy_put_abort(sk: TcpSock, range: ZerocopyRange): void {
  sk.zckey = (sk.zckey - 1) >>> 0;
  range.len--;
  skb_zcopy_put(sk, range);
}

/** One more holder. */
export function skb_zcopy_get(range: ZerocopyRange): ZerocopyRange {
  range.refcount++;
  return range;
}

/** One holder less; the last one reports completion. */
export function skb_zcopy_put(sk: TcpSock, range: ZerocopyRange): void {
  if (--range.refcount > 0 || range.len === 0) return;
  sk.error_queue.queueZerocopy(range.id, (range.id + range.len - 1) >>> 0, true);
}
