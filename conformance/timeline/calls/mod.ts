/**
 * The system calls that scripts can make, by name.
 *
 * @module
 */
import type { SystemCallAction } from "../../script/syntax.ts";
import { UnsupportedError } from "../../targets/target.ts";
import { CallError } from "../failure.ts";
import * as events from "./events.ts";
import * as messages from "./messages.ts";
import * as options from "./options.ts";
import type { CallEnvironment, CallHandler, PreparedCall } from "./prepared.ts";
import * as sockets from "./sockets.ts";
import * as transfer from "./transfer.ts";

export { type CallEnvironment, expectedResult, judgeResult, type PreparedCall } from "./prepared.ts";

const HANDLERS: ReadonlyMap<string, CallHandler> = new Map([
  ["socket", sockets.socket],
  ["bind", sockets.bind],
  ["listen", sockets.listen],
  ["accept", sockets.accept],
  ["connect", sockets.connect],
  ["close", sockets.close],
  ["shutdown", sockets.shutdown],
  ["pipe", sockets.pipe],
  ["open", sockets.open],
  ["cap_set", sockets.capSet],
  ["read", transfer.read],
  ["write", transfer.write],
  ["readv", transfer.readv],
  ["writev", transfer.writev],
  ["recv", transfer.recv],
  ["recvfrom", transfer.recvfrom],
  ["send", transfer.send],
  ["sendto", transfer.sendto],
  ["sendfile", transfer.sendfile],
  ["splice", transfer.splice],
  ["sendmsg", messages.sendmsg],
  ["recvmsg", messages.recvmsg],
  ["fcntl", options.fcntl],
  ["ioctl", options.ioctl],
  ["getsockopt", options.getsockopt],
  ["setsockopt", options.setsockopt],
  ["poll", events.poll],
  ["epoll_create", events.epollCreate],
  ["epoll_ctl", events.epollCtl],
  ["epoll_wait", events.epollWait],
]);

/** Calls that packetdrill has and netproof has not, with what they would need. */
const MISSING: ReadonlyMap<string, string> = new Map([
  ["psp_rx_assoc", "PSP, which packetdrill itself runs between two machines only"],
  ["psp_tx_assoc", "PSP, which packetdrill itself runs between two machines only"],
]);

/** Evaluates the arguments of a call, just before it is made. Throws {@link CallError}. */
export function prepareCall(action: SystemCallAction, environment: CallEnvironment): PreparedCall {
  const handler = HANDLERS.get(action.name);
  if (handler !== undefined) return handler(action, environment);
  const missing = MISSING.get(action.name);
  if (missing !== undefined) throw new UnsupportedError(missing);
  throw new CallError(`Unknown system call: '${action.name}'`);
}
