/**
 * Whether what an adapter says of a call can be. What can't is the adapter's fault, and must not be taken for the
 * stack's.
 *
 * @module
 */

import type { SystemCallOutcome, SystemCallRequest } from "../../../abi/system_call.ts";

/** Octets of the smallest `sockaddr` that has an address: IPv4's. */
const SOCKADDR_IN = 16;
const INT = 4;
/** A coarse clock is behind by up to a tick of the slowest kernel, µs. */
const COARSE_US = 10_000;
/** Two readings of one clock, rounded each in its own way, differ by no more than this, µs. */
const ROUNDING_US = 1_000;

/** Room for what comes out of a call, octets; undefined where none does. */
function room(request: SystemCallRequest): number | undefined {
  switch (request.name) {
    case "read":
    case "recvfrom":
    case "getsockopt":
      return Math.max(0, request.length);
    case "readv":
    case "recvmsg":
      return request.lengths.reduce((sum, length) => sum + length, 0);
    default:
      return undefined;
  }
}

/** Why `outcome` can't be that of `request`, or `undefined` where it can. */
export function outcomeProblem(request: SystemCallRequest, outcome: SystemCallOutcome): string | undefined {
  const { result, errno, data } = outcome;
  if (result < -1) return `result ${result}: a call that fails gives -1 and its errno`;
  if (result === -1) return errno === 0 ? "result -1 without an errno" : undefined;
  const most = room(request);
  if (most !== undefined && data !== undefined && data.length > most) {
    return `${data.length} octets of data, where there is room for ${most}`;
  }
  switch (request.name) {
    case "accept":
      if ((outcome.address?.length ?? 0) < SOCKADDR_IN) return "no peer address (a sockaddr in address)";
      break;
    case "getsockopt":
      if (data === undefined && request.length > 0) return "no value (in data)";
      break;
    case "ioctl":
      if (request.argument !== null && data?.length !== INT) return "no value (4 octets in data)";
      break;
    case "poll":
      if (outcome.revents?.length !== request.fds.length) {
        return `${outcome.revents?.length ?? 0} revents for ${request.fds.length} descriptors`;
      }
      break;
    case "epoll_wait":
      if ((outcome.events?.length ?? 0) !== result) return `${outcome.events?.length ?? 0} events, result ${result}`;
      break;
    case "pipe":
      if (outcome.fds === undefined) return "no descriptors (two in fds)";
      break;
  }
  return undefined;
}

/**
 * When a call returned, µs of CLOCK_REALTIME: what the adapter says, if that is between the request and its answer.
 *
 * @param said the adapter's `time_us`
 * @param asked_us when the request was sent
 * @param answered_us when the answer was read
 */
export function returnTime(
  said: number | undefined,
  asked_us: number,
  answered_us: number,
): number | { readonly problem: string } {
  if (said === undefined) return answered_us;
  if (said >= asked_us - COARSE_US && said <= answered_us + ROUNDING_US) {
    return Math.min(Math.max(said, asked_us), answered_us);
  }
  const off = said < asked_us
    ? `${asked_us - said} µs before it was asked`
    : `${said - answered_us} µs after its answer`;
  return { problem: `time_us ${said} is ${off}; it has to be µs of CLOCK_REALTIME` };
}
