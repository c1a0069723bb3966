/**
 * The options of `SOL_UDP` (udp(7)), and what is behind them.
 *
 * @module
 */
import * as O from "../../abi/ip_constants.ts";
import { EINVAL, ENOPROTOOPT } from "../../abi/errno.ts";
import { flagIn, numberIn, OptionTable } from "../inet/option_table.ts";

/** The state behind the options. */
export class UdpOptions {
  /** What is written waits to become one datagram. */
  corked = false;
  /** No checksums over IPv6 on what is sent; none asked of what comes. */
  no_check6_tx = false;
  no_check6_rx = false;
  /** Octets of each datagram that one write is cut into, 0 for one datagram. */
  gso_size = 0;
  gro_enabled = false;
}

const own = (options: UdpOptions) => options;

/** The options of `SOL_UDP`. */
export const UDP_LEVEL: OptionTable<UdpOptions> = new OptionTable<UdpOptions>(O, [
  flagIn("UDP_CORK", own, "corked"),
  // No encapsulation is known here: only none can be set.
  { type: "int", name: "UDP_ENCAP", get: () => 0, set: (_, value) => value === 0 ? 0 : -ENOPROTOOPT },
  numberIn("UDP_SEGMENT", own, "gso_size", { range: [0, 0xffff] }),
  flagIn("UDP_GRO", own, "gro_enabled"),
  flagIn("UDP_NO_CHECK6_TX", own, "no_check6_tx"),
  flagIn("UDP_NO_CHECK6_RX", own, "no_check6_rx"),
], { shortUnknown: -EINVAL, checksLength: true });
