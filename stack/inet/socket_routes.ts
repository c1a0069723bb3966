/**
 * The routes that a socket remembers: to its peer, and of what comes from there.
 *
 * @module
 */
import type { PacketBuffer, PacketRoute } from "../buffer.ts";
import type { Route } from "../ip/interface.ts";

/** See the module. */
export class SocketRoutes {
  /** To the peer (`sk_dst_cache`); it may be out of date. */
  output: Route | undefined = undefined;
  /** Of what comes from the peer (`sk_rx_dst`); it may be out of date. */
  input: PacketRoute | undefined = undefined;

  /** The route to the peer if it may still be used. */
  check(): Route | undefined {
    if (this.output !== undefined && !this.output.isValid()) this.output = undefined;
    return this.output;
  }

  /** The route of a packet from the peer, if it came in as those before it. */
  of({ device }: PacketBuffer): PacketRoute | undefined {
    const { input } = this;
    return input !== undefined && input.input === device && input.isValid() ? input : undefined;
  }
}
