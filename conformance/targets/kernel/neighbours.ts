/**
 * Tells the kernel its neighbours' link-layer addresses (rtnetlink(7)).
 *
 * @module
 */

import { AF_INET, AF_INET6 } from "../../../abi/socket_constants.ts";
import { attribute, concat, NetlinkSocket, NLM_F } from "../../../host/netlink.ts";
import { type IpAddress, MacAddress } from "../../../stack/wire/address.ts";

const RTM_NEWNEIGH = 28;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NUD_PERMANENT = 0x80;
/** `struct ndmsg`. */
const NDMSG = 12;
const NDM_FAMILY = 0;

/** Under each of the addresses there is `mac`, for good, on the interface with this index. */
export function addNeighbours(ifindex: number, addresses: readonly IpAddress[], mac: string): void {
  using socket = new NetlinkSocket(0);
  for (const address of addresses) {
    const header = new Uint8Array(NDMSG);
    const view = new DataView(header.buffer);
    header[NDM_FAMILY] = address.family === 4 ? AF_INET : AF_INET6;
    view.setInt32(4, ifindex, true);
    view.setUint16(8, NUD_PERMANENT, true);
    const lladdr = attribute(NDA_LLADDR, MacAddress.parse(mac).bytes);
    const body = concat(header, attribute(NDA_DST, address.bytes), lladdr);
    socket.request(RTM_NEWNEIGH, NLM_F.CREATE | NLM_F.REPLACE, body, `add neighbour ${address}`);
  }
}
