/**
 * Addresses that scripts write in calls: what the stack is given, and comparing what it gives.
 *
 * @module
 */
import { decodeSockaddr, encodeSockaddrIn, encodeSockaddrIn6 } from "../../../abi/sockaddr.ts";
import { AF_INET } from "../../../abi/socket_constants.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import type { Expression } from "../../script/syntax.ts";
import { UnsupportedError } from "../../targets/target.ts";
import { CallError } from "../failure.ts";
import type { CallEnvironment } from "./prepared.ts";
import { badType, int32 } from "./values.ts";

/** An address and a port, as a script has them. */
export interface Endpoint {
  readonly ip: IpAddress;
  readonly port: number;
}

/** An address argument. */
export interface AddressArgument extends Endpoint {
  /** As the call takes it. */
  readonly bytes: Uint8Array;
  /** `*`: any address. */
  readonly any: boolean;
}

/** The `sockaddr` of an address as the run's sockets take it. */
export function socketAddress(environment: CallEnvironment, address: IpAddress, port: number, scope = 0): Uint8Array {
  return environment.config.ip_version === "ipv4"
    ? encodeSockaddrIn(address.unmapped().bytes, port)
    : encodeSockaddrIn6(address.toV4Mapped().bytes, port, 0, scope);
}

/** What an address argument says; `usual`: what `...`, and what is left out, stands for. */
export function addressArgument(
  environment: CallEnvironment,
  expression: Expression,
  usual: Endpoint,
): AddressArgument {
  if (expression.kind === "sockaddr_in") {
    if (int32(expression.family) !== AF_INET) throw new CallError("sa_family of an IPv4 address is AF_INET");
    const ip = IpAddress.parse(expression.address);
    const { port } = expression;
    return { ip, port, any: ip.isUnspecified, bytes: encodeSockaddrIn(ip.bytes, port) };
  }
  if (expression.kind !== "ellipsis" && expression.kind !== "socket_address") throw badType(expression, "ellipsis");
  const written = expression.kind === "ellipsis" ? undefined : expression;
  const port = written?.port ?? usual.port;
  if (written?.address === "*") {
    const any = environment.config.ip_version === "ipv4" ? IpAddress.ANY4 : IpAddress.ANY6;
    return { ip: any, port, any: true, bytes: anyAddress(environment, port) };
  }
  const ip = written?.address === undefined ? usual.ip : IpAddress.parse(written.address);
  const scope = written?.scope === undefined ? 0 : scopeOf(environment, written.scope);
  return { ip, port, any: false, bytes: socketAddress(environment, ip, port, scope) };
}

function anyAddress({ config }: CallEnvironment, port: number): Uint8Array {
  return config.ip_version === "ipv4"
    ? encodeSockaddrIn(IpAddress.ANY4.bytes, port)
    : encodeSockaddrIn6(IpAddress.ANY6.bytes, port);
}

function scopeOf({ interfaces }: CallEnvironment, name: string): number {
  const index = interfaces.indexOf(name);
  if (index !== undefined) return index;
  if (!interfaces.has(name)) throw new CallError(`there is no interface ${name}`);
  throw new UnsupportedError("an interface by its number: the target does not tell");
}

/** Compares the address that a call gave with the one that a script has for it, as far as it says. */
export function compareAddress(what: string, expected: Expression, actual: Uint8Array | undefined): void {
  if (expected.kind === "ellipsis") return;
  const came = actual === undefined ? undefined : decodeSockaddr(actual);
  if (came === undefined) throw new CallError(`Expected an address in ${what} but got none`);
  const written = expected.kind === "sockaddr_in" || expected.kind === "socket_address" ? expected : undefined;
  if (written === undefined) throw badType(expected, "socket_address");
  const ip = new IpAddress(came.address).unmapped();
  const wanted = written.address === undefined || written.address === "*" ? ip : IpAddress.parse(written.address);
  const port = written.port ?? came.port;
  if (wanted.equals(ip) && port === came.port) return;
  throw new CallError(`Bad ${what}: expected=${wanted} port ${port} actual=${ip} port ${came.port}`);
}
