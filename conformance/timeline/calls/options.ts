/**
 * `getsockopt`, `setsockopt`, `fcntl` and `ioctl`.
 *
 * @module
 */
import { getInt, int, ints } from "../../../abi/memory.ts";
import { toHex } from "../../../stack/wire/bytes.ts";
import type { Expression } from "../../script/syntax.ts";
import { CallError, CallFault } from "../failure.ts";
import { argumentCount, type CallHandler, liveDescriptor } from "./prepared.ts";
import { checkSize, greBytes, int32, list, mplsBytes, single, string } from "./values.ts";

/** `fcntl(fd, command[, argument])`. */
export const fcntl: CallHandler = (action, environment) => {
  argumentCount(action, 2, 3);
  const [fd, command, argument] = action.args as [Expression, Expression, Expression | undefined];
  return {
    request: {
      name: "fcntl",
      fd: liveDescriptor(environment, int32(fd)),
      command: int32(command),
      argument: argument === undefined ? 0 : int32(argument),
    },
    result: "exact",
  };
};

/** `ioctl(fd, command)` and `ioctl(fd, command, [value])`: the value is what must come out. */
export const ioctl: CallHandler = (action, environment) => {
  argumentCount(action, 2, 3);
  const [fd, command, value] = action.args as [Expression, Expression, Expression | undefined];
  const expected = value === undefined ? undefined : int32(single(value));
  return {
    request: {
      name: "ioctl",
      fd: liveDescriptor(environment, int32(fd)),
      command: int32(command),
      argument: expected === undefined ? null : 0,
    },
    result: "exact",
    finish: (outcome) => {
      if (expected === undefined) return;
      const actual = outcome.data === undefined || outcome.data.length < 4 ? 0 : getInt(outcome.data);
      if (actual !== expected) throw new CallError(`Bad ioctl optval: expected: ${expected} actual: ${actual}`);
    },
  };
};

/** `getsockopt(fd, level, option, value, [length])`. The value is compared even if the call failed as the script says. */
export const getsockopt: CallHandler = (action, environment) => {
  argumentCount(action, 5);
  const [fd, level, option, value, lengthList] = action.args as [
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  const length = optionSize(single(lengthList));
  const compare = valueComparison(value, length);
  return {
    request: {
      name: "getsockopt",
      fd: liveDescriptor(environment, int32(fd)),
      level: int32(level),
      option: int32(option),
      length,
    },
    result: "exact",
    finish: (outcome) => {
      const failed = outcome.result < 0;
      const actualLength = failed ? length : outcome.data?.length ?? 0;
      if (actualLength !== length) {
        throw new CallError(`Bad getsockopt optlen: expected: ${length} actual: ${actualLength}`);
      }
      compare(failed ? new Uint8Array(Math.max(0, length)) : outcome.data ?? new Uint8Array(0));
    },
  };
};

function optionSize(expression: Expression): number {
  const size = int32(expression);
  checkSize(size);
  return size;
}

function valueComparison(value: Expression, length: number): (actual: Uint8Array) => void {
  const differ = (expected: string, actual: string) =>
    new CallError(`Bad getsockopt optval: expected: ${expected} actual: ${actual}`);
  switch (value.kind) {
    case "list": {
      const expected = int32(single(value));
      return (actual) => {
        if (length !== 4) throw new CallFault(`Unsupported getsockopt optlen: ${length}; [value] has 4 bytes`);
        if (getInt(actual) !== expected) throw differ(String(expected), String(getInt(actual)));
      };
    }
    case "string": {
      const expected = string(value);
      return (actual) => {
        const text = (bytes: Uint8Array) => `'${new TextDecoder("latin1").decode(bytes)}'`;
        if (expected.length !== actual.length || expected.some((byte, i) => byte !== actual[i])) {
          throw differ(text(expected), text(actual));
        }
      };
    }
    case "gre":
      return bytesComparison(greBytes(value.gre), differ);
    case "in6_addr":
      return bytesComparison(value.bytes, differ);
    default:
      throw new CallError(`unsupported getsockopt value type: ${value.kind}`);
  }
}

function bytesComparison(
  expected: Uint8Array,
  differ: (expected: string, actual: string) => CallError,
): (actual: Uint8Array) => void {
  return (actual) => {
    if (toHex(expected) !== toHex(actual)) throw differ(toHex(expected), toHex(actual));
  };
}

/** `setsockopt(fd, level, option, value, length)`. */
export const setsockopt: CallHandler = (action, environment) => {
  argumentCount(action, 5);
  const [fd, level, option, value, length] = action.args as [
    Expression,
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  return {
    request: {
      name: "setsockopt",
      fd: liveDescriptor(environment, int32(fd)),
      level: int32(level),
      option: int32(option),
      value: optionValue(value),
      length: optionSize(length),
    },
    result: "exact",
  };
};

function optionValue(value: Expression): Uint8Array {
  switch (value.kind) {
    case "list":
      return list(value).length === 1 ? int(int32(single(value))) : ints(...list(value).map(int32));
    case "string":
      return string(value);
    case "linger":
      return ints(value.onoff, value.linger);
    case "gre":
      return greBytes(value.gre);
    case "in6_addr":
      return value.bytes;
    case "mpls_stack":
      return mplsBytes(value.entries);
    case "tcp_function_set": {
      // struct tcp_function_set: a name of 32 octets and a count.
      const bytes = new Uint8Array(36);
      bytes.set(new TextEncoder().encode(value.name).subarray(0, 31));
      bytes.set(int(value.pcbcnt), 32);
      return bytes;
    }
    default:
      throw new CallError(`unsupported value type: ${value.kind}`);
  }
}
