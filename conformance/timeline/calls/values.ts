/**
 * Evaluating the arguments of system calls.
 *
 * @module
 */
import type { Expression, GreHeader, ListExpression } from "../../script/syntax.ts";
import * as mpls from "../../../stack/wire/mpls.ts";
import { greHeader } from "../build_ip.ts";
import { CallError } from "../failure.ts";

/** `Bad type; …`, as packetdrill words it. */
export function badType(actual: Expression, expected: Expression["kind"]): CallError {
  return new CallError(`Bad type; actual: ${actual.kind} expected: ${expected}`);
}

/** A name that stands for no number, and what to do about it. */
export function unknownSymbol(name: string): string {
  return `unknown symbol: '${name}'; write its number, or define it: -D ${name}=…`;
}

/** The value of an integer, a symbol, or several joined by `|`. */
export function evaluate(expression: Expression): number {
  switch (expression.kind) {
    case "integer":
      return expression.value;
    case "word":
      if (expression.value === undefined) throw new CallError(unknownSymbol(expression.name));
      return expression.value;
    case "binary_expression":
      if (expression.operator !== "|") throw badType(expression, "integer");
      return Number(BigInt.asIntN(64, BigInt(evaluate(expression.left)) | BigInt(evaluate(expression.right))));
    default:
      throw badType(expression, "integer");
  }
}

/** A 32-bit argument, reduced to signed. */
export function int32(expression: Expression): number {
  const value = evaluate(expression);
  if (value < -0x80000000 || value > 0xffffffff) {
    throw new CallError(`Value out of range for 32-bit integer: ${value}`);
  }
  return value | 0;
}

/** A 64-bit value, exact for literals. */
export function bits64(expression: Expression): bigint {
  return BigInt.asUintN(64, expression.kind === "integer" ? expression.bits : BigInt(evaluate(expression)));
}

/** Throws unless the argument is `...`. */
export function ellipsis(expression: Expression): void {
  if (expression.kind !== "ellipsis") throw badType(expression, "ellipsis");
}

/** Whether a buffer argument is a buffer (`...`) rather than a null pointer. */
export function buffer(expression: Expression): boolean {
  if (expression.kind === "ellipsis") return true;
  if ((expression.kind === "integer" || expression.kind === "word") && evaluate(expression) === 0) return false;
  throw new CallError("Expected ... or NULL for buffer");
}

/** The elements of a list. */
export function list(expression: Expression): ListExpression["elements"] {
  if (expression.kind !== "list") throw badType(expression, "list");
  return expression.elements;
}

/** The one element of a list such as `[1]`. */
export function single(expression: Expression): Expression {
  const elements = list(expression);
  if (elements.length !== 1) throw new CallError(`Expected [<integer>] but got multiple elements`);
  return elements[0]!;
}

/** Bytes of a string argument. */
export function string(expression: Expression): Uint8Array {
  if (expression.kind !== "string") throw badType(expression, "string");
  if (expression.bytes === undefined) throw new CallError(expression.problem ?? "bad string");
  return expression.bytes;
}

/** A GRE header as `setsockopt` takes it. */
export function greBytes(gre: GreHeader): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set(greHeader({ ...gre, flags: gre.flags }, 0));
  return bytes;
}

/** A label stack as `setsockopt` takes it. */
export function mplsBytes(entries: readonly mpls.MplsEntry[]): Uint8Array {
  return mpls.emit(entries);
}

/** Most octets of one call: a script must not fill memory. */
const MAX_DATA = 1 << 28;
const FEW_ZEROS = new Uint8Array(1 << 16);

/** Throws for more octets than the buffers of a call may have. A negative length is for the stack to refuse. */
export function checkSize(length: number): void {
  if (length > MAX_DATA) throw new CallError(`buffers above ${MAX_DATA} bytes are not supported`);
}

/** So many zero octets, none for a negative length. Nobody may write to them. */
export function zeros(length: number): Uint8Array {
  checkSize(length);
  return length > FEW_ZEROS.length ? new Uint8Array(length) : FEW_ZEROS.subarray(0, Math.max(0, length));
}
