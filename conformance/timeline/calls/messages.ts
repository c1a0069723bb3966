/**
 * `sendmsg` and `recvmsg`.
 *
 * @module
 */
import type { Expression, MsghdrExpression } from "../../script/syntax.ts";
import { CallError } from "../failure.ts";
import { compareControl, controlSize, encodeControl } from "./control.ts";
import { compareAddress } from "./addresses.ts";
import { argumentCount, type CallHandler, liveDescriptor } from "./prepared.ts";
import { connecting } from "./sockets.ts";
import { iovec } from "./transfer.ts";
import { badType, int32, list, zeros } from "./values.ts";

/** Room for a source address. */
const NAME_LENGTH = 128;

function header(expression: Expression): MsghdrExpression {
  if (expression.kind !== "msghdr") throw badType(expression, "msghdr");
  return expression;
}

function lengths(message: MsghdrExpression): number[] {
  return iovec(
    message.iov,
    message.iovLength,
    (count, elements) => `msg_iovlen ${count} does not match ${elements}-element iovec array`,
  );
}

/** `sendmsg(fd, {msg_name(...)=..., msg_iov(n)=[…], msg_flags=0[, msg_control=[…]]}, flags)`. */
export const sendmsg: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [fd, message, flags] = action.args as [Expression, Expression, Expression];
  const script = int32(fd);
  const live = liveDescriptor(environment, script);
  const msg = header(message);
  if (int32(msg.flags) !== 0) throw new CallError("sendmsg ignores msg_flags field in msghdr");
  const control = msg.control === undefined ? null : encodeControl(list(msg.control));
  const peer = connecting(environment, script, msg.name ?? { kind: "ellipsis", span: message.span });
  return {
    request: {
      name: "sendmsg",
      fd: live,
      address: peer.address,
      data: lengths(msg).map(zeros),
      control,
      flags: int32(flags),
    },
    result: "exact",
  };
};

/** `recvmsg(fd, {…}, flags)`: `msg_flags` and `msg_control` are what must come out. */
export const recvmsg: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [fd, message, flags] = action.args as [Expression, Expression, Expression];
  const msg = header(message);
  const expectedFlags = int32(msg.flags);
  const control = msg.control === undefined ? [] : list(msg.control);
  return {
    request: {
      name: "recvmsg",
      fd: liveDescriptor(environment, int32(fd)),
      lengths: lengths(msg),
      name_length: NAME_LENGTH,
      control_length: controlSize(control),
      flags: int32(flags),
    },
    result: "exact",
    finish: (outcome) => {
      const hex = (value: number) => `0x${(value >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
      // A call that failed leaves the field as it was passed: what the script has there.
      const actual = outcome.result < 0 ? expectedFlags : outcome.msg_flags ?? 0;
      if (actual !== expectedFlags) {
        throw new CallError(`Expected msg_flags ${hex(expectedFlags)} but got ${hex(actual)}`);
      }
      if (msg.name !== undefined && outcome.result >= 0) compareAddress("msg_name", msg.name, outcome.address);
      const came = outcome.result < 0 ? new Uint8Array(0) : outcome.control ?? new Uint8Array(0);
      compareControl(control, came, environment);
    },
  };
};
