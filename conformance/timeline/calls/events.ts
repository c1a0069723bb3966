/**
 * `poll` and `epoll`.
 *
 * @module
 */
import type { EpollEvent } from "../../../abi/system_call.ts";
import type { EpollEventExpression, Expression } from "../../script/syntax.ts";
import { CallError } from "../failure.ts";
import { argumentCount, bindDescriptor, type CallEnvironment, type CallHandler, liveDescriptor } from "./prepared.ts";
import { badType, bits64, int32, list } from "./values.ts";

const POLL_NAMES: readonly (readonly [number, string])[] = [
  [0x1, "POLLIN"],
  [0x2, "POLLPRI"],
  [0x4, "POLLOUT"],
  [0x8, "POLLERR"],
  [0x10, "POLLHUP"],
  [0x20, "POLLNVAL"],
  [0x40, "POLLRDNORM"],
  [0x80, "POLLRDBAND"],
  [0x100, "POLLWRNORM"],
  [0x200, "POLLWRBAND"],
  [0x400, "POLLMSG"],
  [0x1000, "POLLREMOVE"],
  [0x2000, "POLLRDHUP"],
];

/** Poll flags joined with `|` from the lowest bit up. */
export function pollText(flags: number): string {
  const names: string[] = [];
  for (let bit = 1; bit <= 0x8000; bit <<= 1) {
    if (flags & bit) names.push(POLL_NAMES.find(([value]) => value === bit)?.[1] ?? "???");
  }
  return names.join("|");
}

/** `poll([{fd=, events=, revents=}, …], n, timeout)`. */
export const poll: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [array, count, timeout] = action.args as [Expression, Expression, Expression];
  const elements = list(array).map((element) => {
    if (element.kind !== "pollfd") throw badType(element, "pollfd");
    return element;
  });
  const nfds = int32(count);
  if (nfds !== elements.length) {
    throw new CallError(`nfds ${nfds} does not match ${elements.length}-element pollfd array`);
  }
  const expected = elements.map((element) => element.revents === undefined ? 0 : int32(element.revents));
  return {
    request: {
      name: "poll",
      fds: elements.map((element) => ({
        fd: liveDescriptor(environment, int32(element.fd)),
        events: int32(element.events),
      })),
      timeout_ms: int32(timeout),
    },
    result: "exact",
    finish: (outcome) => {
      expected.forEach((wanted, i) => {
        const actual = outcome.revents?.[i] ?? 0;
        if (wanted !== actual) {
          throw new CallError(`Expected revents of ${pollText(wanted)} but got ${pollText(actual)} for pollfd ${i}`);
        }
      });
    },
  };
};

/** `epoll_create(n)`. */
export const epollCreate: CallHandler = (action, environment) => {
  argumentCount(action, 1);
  return {
    request: { name: "epoll_create", size: int32(action.args[0]!) },
    result: "descriptor",
    finish: (outcome, expected) => {
      if (outcome.result >= 0) bindDescriptor(environment, expected, outcome.result);
    },
  };
};

/** `epoll_ctl(ep, operation, fd, {events=, fd=|ptr=|u32=|u64=})`. */
export const epollCtl: CallHandler = (action, environment) => {
  argumentCount(action, 4);
  const [epfd, operation, fd, event] = action.args as [Expression, Expression, Expression, Expression];
  if (event.kind !== "epollev") throw badType(event, "epollev");
  const script = int32(fd);
  if (event.dataKind === "fd" && int32(event.data) !== script) throw new CallError("wrong fd specified in epoll_event");
  return {
    request: {
      name: "epoll_ctl",
      epfd: liveDescriptor(environment, int32(epfd)),
      operation: int32(operation),
      fd: liveDescriptor(environment, script),
      event: { events: int32(event.events) >>> 0, data: eventData(event, environment) },
    },
    result: "exact",
  };
};

/** `epoll_wait(ep, {events=, …}, max, timeout)`: only the first event is compared. */
export const epollWait: CallHandler = (action, environment) => {
  argumentCount(action, 4);
  const [epfd, event, max, timeout] = action.args as [Expression, Expression, Expression, Expression];
  if (event.kind !== "epollev") throw badType(event, "epollev");
  const wanted: EpollEvent = { events: int32(event.events) >>> 0, data: eventData(event, environment) };
  return {
    request: {
      name: "epoll_wait",
      epfd: liveDescriptor(environment, int32(epfd)),
      max_events: int32(max),
      timeout_ms: int32(timeout),
    },
    result: "exact",
    finish: (outcome) => {
      const came = outcome.events?.[0] ?? { events: 0, data: 0n };
      if (came.events >>> 0 !== wanted.events) {
        throw new CallError(
          `epoll_event->events does not match script: expected: 0x${wanted.events.toString(16)} actual: 0x${
            (came.events >>> 0).toString(16)
          }`,
        );
      }
      const mask = event.dataKind === "fd" || event.dataKind === "u32" ? 0xffffffffn : 0xffffffffffffffffn;
      if ((came.data & mask) !== (wanted.data & mask)) {
        throw new CallError(
          `epoll_event->data does not match script: expected: ${wanted.data & mask} actual: ${came.data & mask}`,
        );
      }
    },
  };
};

function eventData(event: EpollEventExpression, environment: CallEnvironment): bigint {
  if (event.dataKind === "fd") return BigInt(liveDescriptor(environment, int32(event.data)));
  return event.dataKind === "u32" ? BigInt(int32(event.data) >>> 0) : bits64(event.data);
}
