/** What can be said about system calls without making them: names, argument counts and types, symbols, descriptors. */
import { nearest } from "./diagnostics.ts";
import { symbolNames } from "./symbols.ts";
import type { Dialect, Expression, Script, Span, SystemCallAction } from "./syntax.ts";

/**
 * Argument kinds: I integer, F script descriptor, E `...`, N `...` or an address, A as N or an integer, B buffer (`...`, NULL or 0), L list,
 * S string, M msghdr, X epoll event, V anything.
 */
interface CallSpec {
  readonly args: string;
  /** Fewest arguments, if the last ones may be left out. */
  readonly least?: number;
  /** The result names a new descriptor; `fresh` if the name must not be in use. */
  readonly makes?: "fresh" | "any";
}

const CALLS: Readonly<Record<string, CallSpec>> = {
  socket: { args: "AII", makes: "fresh" },
  bind: { args: "FNE" },
  listen: { args: "FI" },
  accept: { args: "FNE", makes: "any" },
  connect: { args: "FAE" },
  read: { args: "FBI" },
  write: { args: "FBI" },
  readv: { args: "FLI" },
  writev: { args: "FLI" },
  recv: { args: "FBII" },
  send: { args: "FBII" },
  recvfrom: { args: "FBIINE" },
  sendto: { args: "FBIIAE" },
  sendmsg: { args: "FMI" },
  recvmsg: { args: "FMI" },
  fcntl: { args: "FII", least: 2 },
  ioctl: { args: "FIV", least: 2 },
  close: { args: "F" },
  shutdown: { args: "FI" },
  getsockopt: { args: "FIIVL" },
  setsockopt: { args: "FIIVI" },
  poll: { args: "LII" },
  open: { args: "SI", makes: "fresh" },
  sendfile: { args: "FFLI" },
  epoll_create: { args: "I", makes: "fresh" },
  epoll_ctl: { args: "FIFX" },
  epoll_wait: { args: "FXII" },
  pipe: { args: "L" },
  splice: { args: "FVFVII" },
  cap_set: { args: "III" },
  psp_rx_assoc: { args: "FL" },
  psp_tx_assoc: { args: "FI" },
};

/** The system calls that packetdrill knows. */
export const SYSTEM_CALLS: readonly string[] = Object.keys(CALLS);

/** A call as it is written, as `bind(fd, ..., ...)`; undefined for a name that is none. */
export function callSignature(name: string): string | undefined {
  return Object.hasOwn(CALLS, name) ? `${name}${describe(CALLS[name]!)}` : undefined;
}

/** Where a finding goes: message in packetdrill's words, hint in ours. */
export type Report = (span: Span, message: string, hint?: string) => void;

/** The descriptors of a script as far as they can be followed. */
export class DescriptorTable {
  /** Whether every event before is known: else nothing can be said of a descriptor. */
  constructor(readonly complete: boolean) {}

  readonly open = new Set<number>();
}

/** Check one call and follow its descriptors. */
export function checkCall(script: Script, call: SystemCallAction, table: DescriptorTable, report: Report): void {
  const spec = Object.hasOwn(CALLS, call.name) ? CALLS[call.name] : undefined;
  const inCall: Report = (span, message, hint) => report(span, `runtime error in ${call.name} call: ${message}`, hint);
  if (spec === undefined) {
    const guess = nearest(call.name, SYSTEM_CALLS);
    report(
      call.nameSpan,
      `Unknown system call: '${call.name}'`,
      guess === undefined ? undefined : `did you mean ${guess}?`,
    );
    return;
  }
  const { length } = call.args;
  const most = spec.args.length;
  if (length > most || length < (spec.least ?? most)) {
    inCall(call.span, `Expected ${most} args but got ${length}`, `${call.name} takes ${describe(spec)}`);
  }
  const { interfaces } = script.header;
  const known = {
    dialect: script.dialect,
    interfaces: new Set(["tun0", "eth0", ...interfaces.map(({ name }) => name)]),
  };
  call.args.forEach((argument, i) => checkArgument(known, argument, spec.args[i] ?? "V", table, inCall));
  if (call.result.kind !== "integer") {
    const hint = "a result is a literal number; -D symbols are replaced by one";
    inCall(call.result.span, `Bad type; actual: ${call.result.kind} expected: integer`, hint);
  }
  if (call.errno !== undefined && call.errno.value === undefined) {
    inCall(call.errno.span, `unknown symbol: '${call.errno.name}'`, suggest(call.errno.name, script.dialect));
  }
  if (call.blockingEnd_us !== undefined && call.name === "splice") {
    inCall(call.span, "splice cannot be a blocking call");
  }
  checkShapes(call, inCall);
  follow(call, spec, table, inCall);
}

function describe(spec: CallSpec): string {
  const names: Record<string, string> = {
    F: "fd",
    E: "...",
    N: "...",
    A: "...",
    B: "...",
    L: "[…]",
    S: '"…"',
    M: "{msg_…}",
    X: "{events=…}",
  };
  return `(${[...spec.args].map((kind) => names[kind] ?? "value").join(", ")})`;
}

function suggest(name: string, dialect: Dialect): string {
  const guess = nearest(name, symbolNames(dialect));
  return guess === undefined ? "write its number, or define it with -D" : `did you mean ${guess}?`;
}

/** What names in arguments may stand for. */
interface KnownNames {
  readonly dialect: Dialect;
  /** Interfaces, which stand for their numbers. */
  readonly interfaces: ReadonlySet<string>;
}

function checkArgument(
  known: KnownNames,
  value: Expression,
  kind: string,
  table: DescriptorTable,
  report: Report,
): void {
  checkSymbols(known, value, report);
  const actual = value.kind;
  const isInteger = actual === "integer" || actual === "word" ||
    (actual === "binary_expression" && value.operator === "|");
  const wrong = (expected: string): void =>
    report(value.span, `Bad type; actual: ${actual} expected: ${expected}`, undefined);
  switch (kind) {
    case "F":
      if (!isInteger) wrong("integer");
      else checkDescriptor(value, table, report);
      break;
    case "I":
      if (!isInteger) wrong("integer");
      else checkRange(value, report);
      break;
    case "E":
      if (actual !== "ellipsis") wrong("ellipsis");
      break;
    case "N":
      if (actual !== "ellipsis" && !isAddress(value)) wrong("ellipsis");
      break;
    case "A":
      if (actual !== "ellipsis" && !isAddress(value) && !isInteger) wrong("ellipsis");
      break;
    case "B":
      if (actual !== "ellipsis" && !isZero(value)) report(value.span, "Expected ... or NULL for buffer");
      break;
    case "L":
      if (actual !== "list") wrong("list");
      break;
    case "S":
      if (actual !== "string") wrong("string");
      break;
    case "M":
      if (actual !== "msghdr") wrong("msghdr");
      break;
    case "X":
      if (actual !== "epollev") wrong("epollev");
      break;
    default:
  }
}

function isAddress({ kind }: Expression): boolean {
  return kind === "socket_address" || kind === "sockaddr_in";
}

function isZero(value: Expression): boolean {
  return (value.kind === "integer" || value.kind === "word") && value.value === 0;
}

function checkRange(value: Expression, report: Report): void {
  if (value.kind === "integer" && (value.value < -(2 ** 31) || value.value > 2 ** 32 - 1)) {
    report(value.span, `Value out of range for 32-bit integer: ${value.bits}`);
  }
}

function checkDescriptor(value: Expression, table: DescriptorTable, report: Report): void {
  if (table.complete && value.kind === "integer" && !table.open.has(value.value)) {
    const known = [...table.open].join(", ");
    const hint = known === "" ? "no descriptor is open here" : `open here: ${known}`;
    report(value.span, `unable to find fd with script fd ${value.value}`, hint);
  }
}

/** Every name and string inside an expression. */
function checkSymbols(known: KnownNames, value: Expression, report: Report): void {
  switch (value.kind) {
    case "word":
      if (value.value === undefined && !known.interfaces.has(value.name)) {
        report(value.span, `unknown symbol: '${value.name}'`, suggest(value.name, known.dialect));
      }
      break;
    case "socket_address":
      if (value.scope !== undefined && !known.interfaces.has(value.scope)) {
        report(value.span, `there is no interface '${value.scope}'`, "// interface: tun1 10.1.0.1/24 in the header");
      }
      break;
    case "string":
      if (value.problem !== undefined) report(value.span, value.problem, "escapes are \\f \\n \\r \\t \\v and \\xHH");
      break;
    default:
      for (const child of children(value)) checkSymbols(known, child, report);
  }
}

/** The expressions directly inside an expression. */
export function children(value: Expression): readonly Expression[] {
  const some = (...list: (Expression | undefined)[]): Expression[] => list.filter((child) => child !== undefined);
  switch (value.kind) {
    case "binary_expression":
      return [value.left, value.right];
    case "list":
      return value.elements;
    case "sockaddr_in":
      return [value.family];
    case "iovec":
      return [value.base];
    case "msghdr":
      return some(value.name, value.iov, value.flags, value.control);
    case "packet_info":
      return some(value.interfaceIndex, value.local, value.address);
    case "cmsg":
      return [value.level, value.type, value.data];
    case "pollfd":
      return some(value.fd, value.events, value.revents);
    case "epollev":
      return [value.events, value.data];
    case "sock_extended_err":
      return [value.errno, value.origin, value.type, value.code, value.info, value.data];
    default:
      return [];
  }
}

/** Counts that must agree with lists, and values that only some forms have. */
function checkShapes(call: SystemCallAction, report: Report): void {
  const [, second, third, fourth, fifth] = call.args;
  const count = (value: Expression | undefined): number | undefined =>
    value?.kind === "integer" ? value.value : undefined;
  switch (call.name) {
    case "readv":
    case "writev": {
      const wanted = count(third);
      if (second?.kind === "list" && wanted !== undefined && wanted !== second.elements.length) {
        report(second.span, `iov_count ${wanted} does not match ${second.elements.length}-element iovec array`);
      }
      break;
    }
    case "poll": {
      const fds = call.args[0];
      const wanted = count(second);
      if (fds?.kind === "list" && wanted !== undefined && wanted !== fds.elements.length) {
        report(fds.span, `nfds ${wanted} does not match ${fds.elements.length}-element pollfd array`);
      }
      break;
    }
    case "sendmsg":
    case "recvmsg":
      if (second?.kind !== "msghdr") break;
      if (second.iovLength !== second.iov.elements.length) {
        report(
          second.iov.span,
          `msg_iovlen ${second.iovLength} does not match ${second.iov.elements.length}-element iovec array`,
        );
      }
      if (call.name === "sendmsg" && !isZero(second.flags)) {
        report(second.flags.span, "sendmsg ignores msg_flags field in msghdr", "write msg_flags=0");
      }
      break;
    case "getsockopt":
      checkGetsockopt(fourth, fifth, report);
      break;
    default:
  }
}

function checkGetsockopt(value: Expression | undefined, length: Expression | undefined, report: Report): void {
  const first = length?.kind === "list" ? length.elements[0] : undefined;
  const len = first?.kind === "integer" ? first.value : undefined;
  if (value === undefined || len === undefined) return;
  if (value.kind === "list" && len !== 4) {
    report(value.span, `Unsupported getsockopt optlen: ${len}`, "[value] is 4 bytes");
  } else if (!["list", "string", "gre", "in6_addr", "tcp_function_set"].includes(value.kind)) {
    report(value.span, `unsupported getsockopt value type: ${value.kind}`, "[number], a string, or inet6_addr(…)");
  }
}

function follow(call: SystemCallAction, spec: CallSpec, table: DescriptorTable, report: Report): void {
  const result = call.result.kind === "integer" ? call.result.value : -1;
  if (spec.makes !== undefined && result >= 0) {
    if (table.complete && spec.makes === "fresh" && table.open.has(result)) {
      report(call.result.span, `duplicate fd ${result} in script`);
    }
    table.open.add(result);
  }
  if (call.name === "pipe" && call.args[0]?.kind === "list" && result >= 0) {
    for (const end of call.args[0].elements) {
      if (end.kind !== "integer") continue;
      if (table.complete && table.open.has(end.value)) report(end.span, `duplicate fd ${end.value} in script`);
      table.open.add(end.value);
    }
  }
  const first = call.args[0];
  if (call.name === "close" && first?.kind === "integer") table.open.delete(first.value);
}
