/**
 * `struct in_pktinfo` and `struct in6_pktinfo` (ip(7), ipv6(7)) as scripts write and expect them.
 *
 * @module
 */
import { getInt, putInt } from "../../../abi/memory.ts";
import { IpAddress } from "../../../stack/wire/address.ts";
import type { Expression, PacketInfoExpression } from "../../script/syntax.ts";
import { CallError } from "../failure.ts";
import { badType, int32 } from "./values.ts";

/** IPv4: index, local address, destination of the header. */
const IN_PKTINFO = { size: 12, index: 0, local: 4, address: 8 };
/** IPv6: address, index. */
const IN6_PKTINFO = { size: 20, index: 16, address: 0 };

/** Octets of the structure. */
export function packetInfoSize({ family }: PacketInfoExpression): number {
  return family === 4 ? IN_PKTINFO.size : IN6_PKTINFO.size;
}

/** The structure; an address of `...` is zero. */
export function encodePacketInfo(info: PacketInfoExpression): Uint8Array {
  const layout = info.family === 4 ? IN_PKTINFO : IN6_PKTINFO;
  const bytes = new Uint8Array(layout.size);
  putInt(bytes, layout.index, int32(info.interfaceIndex));
  const put = (expression: Expression | undefined, at: number) => {
    const address = expression === undefined ? undefined : addressOf(expression, info.family);
    if (address !== undefined) bytes.set(address.bytes, at);
  };
  put(info.address, layout.address);
  if (info.family === 4) put(info.local, IN_PKTINFO.local);
  return bytes;
}

/** Compares what came in control message `i` with what a script expects; `...` is any. */
export function comparePacketInfo(info: PacketInfoExpression, i: number, data: Uint8Array): void {
  const layout = info.family === 4 ? IN_PKTINFO : IN6_PKTINFO;
  if (info.interfaceIndex.kind !== "ellipsis") {
    const wanted = int32(info.interfaceIndex);
    const came = getInt(data, layout.index);
    if (wanted !== came) throw new CallError(`Bad ifindex in cmsg ${i}: expected=${wanted} actual=${came}`);
  }
  const compare = (field: string, expression: Expression | undefined, at: number) => {
    const wanted = expression === undefined ? undefined : addressOf(expression, info.family);
    const came = IpAddress.from(data, at, info.family);
    if (wanted === undefined || wanted.equals(came)) return;
    throw new CallError(`Bad ${field} in cmsg ${i}: expected=${wanted} actual=${came}`);
  };
  if (info.family === 4) compare("spec_dst", info.local, IN_PKTINFO.local);
  compare("addr", info.address, layout.address);
}

function addressOf(expression: Expression, family: 4 | 6): IpAddress | undefined {
  if (expression.kind === "ellipsis") return undefined;
  if (expression.kind !== "socket_address") throw badType(expression, "socket_address");
  if (expression.address === "*") return family === 4 ? IpAddress.ANY4 : IpAddress.ANY6;
  const address = IpAddress.parse(expression.address ?? "");
  return family === 6 ? address.toV4Mapped() : address;
}
