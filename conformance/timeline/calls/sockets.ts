/**
 * Calls that make, connect and end sockets.
 *
 * @module
 */
import { decodeSockaddr, encodeFamily } from "../../../abi/sockaddr.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  IPPROTO_DCCP,
  IPPROTO_MPTCP,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  IPPROTO_UDPLITE,
} from "../../../abi/socket_constants.ts";
import { EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from "../../../abi/errno.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import type { SystemCallOutcome } from "../../../abi/system_call.ts";
import type { Expression, SystemCallAction } from "../../script/syntax.ts";
import { CallError, CallFault } from "../failure.ts";
import type { ScriptSocket } from "../sockets.ts";
import { addressArgument, compareAddress } from "./addresses.ts";
import {
  argumentCount,
  bindDescriptor,
  type CallEnvironment,
  type CallHandler,
  expectedResult,
  liveDescriptor,
} from "./prepared.ts";
import { badType, ellipsis, int32 } from "./values.ts";

/** `socket(domain, type, protocol)`. */
export const socket: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [domain, type, protocol] = action.args as [Expression, Expression, Expression];
  const family = domain.kind === "ellipsis"
    ? environment.config.ip_version === "ipv4" ? AF_INET : AF_INET6
    : int32(domain);
  const proto = int32(protocol);
  return {
    request: { name: "socket", domain: family, type: int32(type), protocol: proto },
    result: "descriptor",
    lacking: (outcome) => lackingProtocol(action, proto, outcome),
    finish: (outcome, expected) => {
      if (outcome.result < 0) return;
      bindDescriptor(environment, expected, outcome.result);
      // On the wire MPTCP is TCP.
      environment.sockets.add(proto === IPPROTO_MPTCP ? IPPROTO_TCP : proto).fd = {
        script: expected,
        live: outcome.result,
      };
    },
  };
};

/** Protocols that a kernel may be built without. */
const OPTIONAL_PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [IPPROTO_DCCP, "DCCP"],
  [IPPROTO_SCTP, "SCTP"],
  [IPPROTO_UDPLITE, "UDP-Lite"],
  [IPPROTO_MPTCP, "MPTCP"],
]);

/** A protocol that the stack has not got says nothing about how it does the ones that it has. */
function lackingProtocol(action: SystemCallAction, protocol: number, outcome: SystemCallOutcome): string | undefined {
  const name = OPTIONAL_PROTOCOLS.get(protocol);
  const refused = [EPROTONOSUPPORT, EINVAL, ESOCKTNOSUPPORT].includes(outcome.errno);
  if (name === undefined || outcome.result >= 0 || !refused || expectedResult(action) < 0) return undefined;
  return `${name} sockets, which the target does not have`;
}

/** `bind(fd, ..., ...)`: to the configured local address and port unless the script has others. */
export const bind: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [fd, address, length] = action.args as [Expression, Expression, Expression];
  const live = liveDescriptor(environment, int32(fd));
  ellipsis(length);
  const { sockets, config } = environment;
  const written = addressArgument(environment, address, { ip: sockets.localIp, port: config.bind_port });
  const { bytes, port } = written;
  const ip = written.any ? sockets.localIp : written.ip;
  return {
    request: { name: "bind", fd: live, address: bytes, length: bytes.length },
    result: "exact",
    finish: (outcome) => {
      const own = sockets.byDescriptor(int32(fd));
      if (outcome.result < 0 || own === undefined) return;
      own.bound = { ip, port };
      if (own.protocol === IPPROTO_TCP) return;
      own.waits = true;
      own.localIp ??= ip;
      if (own.localPort === 0) own.localPort = port;
    },
  };
};

/** `listen(fd, backlog)`. */
export const listen: CallHandler = (action, environment) => {
  argumentCount(action, 2);
  const [fd, backlog] = action.args as [Expression, Expression];
  const script = int32(fd);
  return {
    request: { name: "listen", fd: liveDescriptor(environment, script), backlog: int32(backlog) },
    result: "exact",
    finish: () => {
      const listening = environment.sockets.byDescriptor(script);
      if (listening !== undefined) listening.state = "passive-listening";
    },
  };
};

/** `accept(fd, ..., ...)`: the newest connection whose handshake is under way or done gets the descriptor. */
export const accept: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [fd, address, length] = action.args as [Expression, Expression, Expression];
  ellipsis(length);
  return {
    request: { name: "accept", fd: liveDescriptor(environment, int32(fd)), flags: 0 },
    result: "descriptor",
    finish: (outcome, expected) => {
      if (outcome.result < 0) return;
      compareAddress("peer's address", address, outcome.address);
      const child = acceptedConnection(environment, outcome);
      child.fd = { script: expected, live: outcome.result };
      environment.sockets.descriptors.set(expected, outcome.result);
    },
  };
};

function acceptedConnection(environment: CallEnvironment, outcome: SystemCallOutcome): ScriptSocket {
  const open = environment.sockets.sockets.filter((one) =>
    one.state === "passive-synack-sent" || one.state === "passive-synack-acked" ||
    (environment.nplab && one.state === "passive-packet-received")
  );
  const [newest] = open;
  if (newest === undefined) {
    throw new CallFault("unable to find socket matching accept() call; expect the SYN-ACK of its connection before");
  }
  const { address } = outcome;
  const peer = address === undefined ? undefined : decodeSockaddr(address);
  if (peer === undefined) throw new CallError("accept() gave no peer address");
  const ip = new IpAddress(peer.address).unmapped();
  // packetdrill looks at the newest one only, and stops if that is another than was accepted.
  const child =
    open.find((one) => one.fd === undefined && one.remotePort === peer.port && one.remoteIp?.equals(ip) === true) ??
      newest;
  if (child.remoteIp?.equals(ip) !== true || child.remotePort !== peer.port) {
    throw new CallError(
      `accept() gave the connection of ${ip} port ${peer.port}, but the newest connection is that of ` +
        `${child.remoteIp} port ${child.remotePort}`,
    );
  }
  return child;
}

/** What a call that connects does to its socket. */
export interface Connecting {
  readonly address: Uint8Array | null;
  readonly length: number;
}

/**
 * The address argument of `connect` and `sendto`: `...` or an address family. Marks a new socket as connecting, which has
 * to be done before the call is made.
 */
export function connecting(environment: CallEnvironment, fd: number, address: Expression): Connecting {
  const { config, sockets, nplab } = environment;
  const own = sockets.byDescriptor(fd);
  const isFamily = address.kind !== "ellipsis" && address.kind !== "socket_address" && address.kind !== "sockaddr_in";
  if (isFamily) {
    const bytes = encodeFamily(int32(address));
    return { address: bytes, length: bytes.length };
  }
  const peer = nplab && sockets.underTest?.state === "passive-packet-received" ? sockets.underTest : undefined;
  const usual = { ip: peer?.remoteIp ?? sockets.remoteIp, port: peer?.remotePort ?? config.connect_port };
  const { ip, port, bytes } = addressArgument(environment, address, usual);
  if (own?.state === "new") own.connect(ip, port);
  return { address: bytes, length: bytes.length };
}

/** `connect(fd, ..., ...)`, or with an address family as second argument. */
export const connect: CallHandler = (action, environment) => {
  argumentCount(action, 3);
  const [fd, address, length] = action.args as [Expression, Expression, Expression];
  const script = int32(fd);
  const live = liveDescriptor(environment, script);
  if (environment.nplab && environment.sockets.byDescriptor(script)?.state !== "new") {
    throw new CallError("socket is not new");
  }
  ellipsis(length);
  const isFamily = address.kind === "integer" || address.kind === "word";
  const disconnects = isFamily && int32(address) === AF_UNSPEC;
  return {
    request: { name: "connect", fd: live, ...connecting(environment, script, address) },
    result: "exact",
    finish: (outcome) => {
      if (disconnects && outcome.result >= 0) environment.sockets.byDescriptor(script)?.disconnect();
    },
  };
};

/** `close(fd)`. The name is free again, even if the call failed as the script says. */
export const close: CallHandler = (action, environment) => {
  argumentCount(action, 1);
  const script = int32(action.args[0]!);
  return {
    request: { name: "close", fd: liveDescriptor(environment, script) },
    result: "exact",
    finish: () => {
      const own = environment.sockets.byDescriptor(script);
      if (own !== undefined) own.closed = true;
      environment.sockets.descriptors.delete(script);
    },
  };
};

/** `shutdown(fd, how)`. */
export const shutdown: CallHandler = (action, environment) => {
  argumentCount(action, 2);
  const [fd, how] = action.args as [Expression, Expression];
  return {
    request: { name: "shutdown", fd: liveDescriptor(environment, int32(fd)), how: int32(how) },
    result: "exact",
  };
};

/** `pipe([a, b])`: binds both names. */
export const pipe: CallHandler = (action, environment) => {
  argumentCount(action, 1);
  const ends = action.args[0]!;
  if (ends.kind !== "list") throw badType(ends, "list");
  if (ends.elements.length !== 2) throw new CallError("Expected two file descriptors");
  const [a, b] = [int32(ends.elements[0]!), int32(ends.elements[1]!)];
  return {
    request: { name: "pipe" },
    result: "exact",
    finish: (outcome) => {
      if (outcome.result < 0 || outcome.fds === undefined) return;
      bindDescriptor(environment, a, outcome.fds[0]);
      bindDescriptor(environment, b, outcome.fds[1]);
    },
  };
};

/** `open("path", flags)`. */
export const open: CallHandler = (action, environment) => {
  argumentCount(action, 2);
  const [path, flags] = action.args as [Expression, Expression];
  if (path.kind !== "string") throw badType(path, "string");
  if (path.bytes === undefined) throw new CallError(path.problem ?? "bad string");
  return {
    request: { name: "open", path: new TextDecoder().decode(path.bytes), flags: int32(flags) },
    result: "descriptor",
    finish: (outcome, expected) => {
      if (outcome.result >= 0) bindDescriptor(environment, expected, outcome.result);
    },
  };
};

/** `cap_set(set, capability, operation)`. */
export const capSet: CallHandler = (action) => {
  argumentCount(action, 3);
  const [set, capability, operation] = action.args as [Expression, Expression, Expression];
  return {
    request: { name: "cap_set", set: int32(set), capability: int32(capability), operation: int32(operation) },
    result: "descriptor",
  };
};
