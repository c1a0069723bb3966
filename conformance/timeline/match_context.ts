/**
 * What matching a live packet with a script packet works on.
 *
 * @module
 */
import { type OptionPlace } from "../../stack/wire/tcp_options.ts";
import type { ScriptConfig } from "../script/options.ts";
import type { LivePacket } from "./live.ts";
import type { MptcpConnection } from "./mptcp.ts";
import type { ScriptSocket } from "./sockets.ts";

/** What matching depends on beyond the two packets. */
export interface MatchContext {
  readonly config: ScriptConfig;
  readonly socket: ScriptSocket;
  readonly extended: boolean;
  readonly nplab: boolean;
  /** Ports that the script packet names are compared; packetdrill does not. */
  readonly ports: boolean;
  readonly mptcp: MptcpConnection;
  /** Kinds of TCP options that the script names, which packetdrill may not know. */
  readonly optionKinds: ReadonlySet<number>;
}

/** A live packet with its header in script numbers. */
export interface MappedPacket {
  readonly live: LivePacket;
  /** Octets up to the payload, a copy for TCP. */
  readonly header: Uint8Array;
  /** Options of a TCP segment. */
  readonly options: readonly OptionPlace[];
}
