/**
 * Calls that move data.
 *
 * @module
 */
import { ICMP_ECHO, ICMPV6_ECHO_REQUEST } from "../../../abi/icmp_constants.ts";
import type { Expression, SystemCallAction } from "../../script/syntax.ts";
import { IPPROTO_ICMP, IPPROTO_ICMPV6 } from "../../../abi/socket_constants.ts";
import { CallError } from "../failure.ts";
import { argumentCount, type CallEnvironment, type CallHandler, liveDescriptor } from "./prepared.ts";
import { compareAddress } from "./addresses.ts";
import { connecting } from "./sockets.ts";
import { badType, buffer, checkSize, ellipsis, evaluate, int32, list, zeros } from "./values.ts";

function descriptor(action: SystemCallAction, environment: CallEnvironment): number {
  return liveDescriptor(environment, int32(action.args[0]!));
}

/** Octets of a buffer argument to send; a null pointer stays one. */
function sendData(expression: Expression, length: number): Uint8Array | null {
  return buffer(expression) ? zeros(length) : null;
}

/** Octets that a buffer argument has room for. */
function bufferSize(length: Expression): number {
  const size = int32(length);
  checkSize(size);
  return size;
}

/** The lengths of an iovec array; `count` is what the call is told. */
export function iovec(
  array: Expression,
  count: number,
  mismatch: (count: number, elements: number) => string,
): number[] {
  const elements = list(array);
  if (elements.length !== count) throw new CallError(mismatch(count, elements.length));
  let total = 0;
  return elements.map((element) => {
    if (element.kind !== "iovec") throw badType(element, "iovec");
    ellipsis(element.base);
    total += Math.max(element.length, 0);
    checkSize(total);
    return element.length;
  });
}

const IOV_MISMATCH = (count: number, elements: number) =>
  `iov_count ${count} does not match ${elements}-element iovec array`;

/** `read(fd, buf, n)`. */
export const read: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [, buf, length] = action.args as [Expression, Expression, Expression];
  const fd = descriptor(action, environment);
  return { request: { name: "read", fd, buffer: buffer(buf), length: bufferSize(length) }, result: "exact" };
};

/** `write(fd, buf, n)`. */
export const write: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [, buf, length] = action.args as [Expression, Expression, Expression];
  const fd = descriptor(action, environment);
  const count = int32(length);
  return { request: { name: "write", fd, data: sendData(buf, count), length: count }, result: "exact" };
};

/** `readv(fd, [{..., n}, …], count)`. */
export const readv: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const fd = descriptor(action, environment);
  const lengths = iovec(action.args[1]!, int32(action.args[2]!), IOV_MISMATCH);
  return { request: { name: "readv", fd, lengths }, result: "exact" };
};

/** `writev(fd, [{..., n}, …], count)`. */
export const writev: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const fd = descriptor(action, environment);
  const lengths = iovec(action.args[1]!, int32(action.args[2]!), IOV_MISMATCH);
  return { request: { name: "writev", fd, data: lengths.map(zeros) }, result: "exact" };
};

/** `recv(fd, buf, n, flags)`. */
export const recv: CallHandler = (action, environment) => {
  argumentCount(action, 4);
  return receive(action, environment, false);
};

/** `recvfrom(fd, buf, n, flags, ..., ...)`. */
export const recvfrom: CallHandler = (action, environment) => {
  argumentCount(action, 6);
  const source = action.args[4]!;
  ellipsis(action.args[5]!);
  return {
    ...receive(action, environment, true),
    finish: ({ result, address }) => {
      if (result >= 0) compareAddress("source address", source, address);
    },
  };
};

function receive(
  action: SystemCallAction,
  environment: CallEnvironment,
  wantAddress: boolean,
): ReturnType<CallHandler> {
  const fd = descriptor(action, environment);
  const [, buf, length, flags] = action.args as [Expression, Expression, Expression, Expression];
  return {
    request: {
      name: "recvfrom",
      fd,
      buffer: buffer(buf),
      length: bufferSize(length),
      flags: int32(flags),
      wantAddress,
    },
    result: "exact",
  };
}

/** `send(fd, buf, n, flags)`. */
export const send: CallHandler = (action, environment) => {
  argumentCount(action, 4);
  const fd = descriptor(action, environment);
  const [, buf, length, flags] = action.args as [Expression, Expression, Expression, Expression];
  const count = int32(length);
  return {
    request: {
      name: "sendto",
      fd,
      data: sendData(buf, count),
      length: count,
      flags: int32(flags),
      address: null,
      address_length: 0,
    },
    result: "exact",
  };
};

/** `sendto(fd, buf, n, flags, ..., ...)`; connects a new socket as TCP fast open does. */
export const sendto: CallHandler = (action, environment) => {
  argumentCount(action, 6);
  const fd = descriptor(action, environment);
  const [script, buf, length, flags, address, addressLength] = action.args as [
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  const count = int32(length);
  ellipsis(addressLength);
  let data = sendData(buf, count);
  const echo = echoType(environment, int32(script));
  if (echo !== undefined && data !== null && data.length >= 8) {
    data = data.slice();
    data[0] = echo;
  }
  const peer = connecting(environment, int32(script), address);
  return {
    request: {
      name: "sendto",
      fd,
      data,
      length: count,
      flags: int32(flags),
      address: peer.address,
      address_length: peer.length,
    },
    result: "exact",
  };
};

/** Ping sockets must be given an echo request. */
function echoType(environment: CallEnvironment, fd: number): number | undefined {
  const protocol = environment.sockets.byDescriptor(fd)?.protocol;
  return protocol === IPPROTO_ICMP ? ICMP_ECHO : protocol === IPPROTO_ICMPV6 ? ICMPV6_ECHO_REQUEST : undefined;
}

/** `sendfile(out, in, [offset], n)`. */
export const sendfile: CallHandler = (action, environment) => {
  argumentCount(action, 4);
  const [out, input, offset, count] = action.args as [Expression, Expression, Expression, Expression];
  return {
    request: {
      name: "sendfile",
      out_fd: liveDescriptor(environment, int32(out)),
      in_fd: liveDescriptor(environment, int32(input)),
      offset: offset.kind === "list" ? evaluate(list(offset)[0] ?? offset) : nullPointer(offset),
      count: int32(count),
    },
    result: "exact",
  };
};

function nullPointer(expression: Expression): null {
  if (int32(expression) !== 0) throw badType(expression, "list");
  return null;
}

/** `splice(in, NULL, out, NULL, n, flags)`. */
export const splice: CallHandler = (action, environment) => {
  argumentCount(action, 6);
  const [input, inputOffset, out, outOffset, length, flags] = action.args as [
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  return {
    request: {
      name: "splice",
      fd_in: liveDescriptor(environment, int32(input)),
      offset_in: nullPointer(inputOffset),
      fd_out: liveDescriptor(environment, int32(out)),
      offset_out: nullPointer(outOffset),
      length: int32(length),
      flags: int32(flags),
    },
    result: "exact",
  };
};
