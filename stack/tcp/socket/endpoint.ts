/**
 * What a TCP socket is made of; the calls on it are in the files beside.
 *
 * @module
 */
import { IPPROTO_TCP, SOCK_STREAM } from "../../../abi/socket_constants.ts";
import { InetSock } from "../../inet/inet_sock.ts";
import { type FamilyTables, operationsFor } from "../../inet/af_ops.ts";
import type { BindTable } from "../../inet/ports.ts";
import type { SocketAddress } from "../../inet/sock.ts";
import type { Connection, ConnectionHandler } from "../connection/connection.ts";
import type { TcpContext } from "../context.ts";
import type { Listener } from "../open/listener.ts";
import { TCP_TABLES, type TcpOperations } from "../open/operations.ts";
import type { Family } from "../../wire/address.ts";
import type { SynCookies } from "../open/syn_cookies.ts";
import { TcpSettings } from "../settings.ts";
import { SignatureKeys } from "../signature.ts";
import { SentMarks } from "./sent_marks.ts";

/** What the socket's own call to `connect` has come to. */
export type Progress = "unconnected" | "connecting" | "connected";

/** What all sockets of one stack are made from. */
export interface SocketServices {
  readonly context: TcpContext;
  readonly handler: ConnectionHandler;
  readonly cookies: SynCookies;
}

/** What a Fast Open has to say in its SYN. */
export interface FastOpenPlan {
  /** The cookie; empty to ask for one; `undefined` for no option. */
  readonly cookie: Uint8Array | undefined;
  readonly experimental: boolean;
  /** Text goes without a cookie. */
  readonly bare: boolean;
  /** MSS that the peer announced last, 0 for unknown. */
  readonly mss: number;
  /** MSS that the path carries. */
  readonly pathMss: number;
}

/** A TCP socket's state. */
export abstract class TcpEndpoint extends InetSock {
  readonly settings: TcpSettings = new TcpSettings();
  readonly marks: SentMarks;
  /** Keys that segments are signed with. */
  readonly keys: SignatureKeys = new SignatureKeys();
  /** The connection, from `connect` or the listener's handshake on; it stays when it has ended. */
  connection: Connection | undefined = undefined;
  /** The listener, while it listens. */
  listener: Listener | undefined = undefined;
  progress: Progress = "unconnected";
  /** TCP_FASTOPEN_CONNECT: `connect` has put off the SYN to the first write. */
  deferred: SocketAddress | undefined = undefined;
  /** Headers of the SYN, for TCP_SAVED_SYN. */
  savedSyn: Uint8Array | undefined = undefined;
  /** The four-tuple was one in TIME-WAIT: where its numbers go on. */
  reusedSequence: number | undefined = undefined;
  /** There was a connection once: reading its rest gives an end, not an error. */
  wasConnected = false;
  /** A write had to wait for room. */
  wantsSpace = false;

  /** An unbound socket of `family`. */
  constructor(readonly services: SocketServices, family: number) {
    super(services.context, family, SOCK_STREAM, IPPROTO_TCP);
    const { config } = services.context;
    this.buffers.sndbuf = config.wmem.vector[1]!;
    this.buffers.rcvbuf = config.rmem.vector[1]!;
    this.marks = new SentMarks(this);
  }

  protected override get family_tables(): FamilyTables<TcpOperations> {
    return TCP_TABLES;
  }

  override operations_for(family: Family): TcpOperations {
    return operationsFor(this.family_tables, this.family, family);
  }

  override get ports(): BindTable {
    return this.services.context.ports;
  }

  /** Begins the handshake; with Fast Open, `text` goes with the SYN. `-EINPROGRESS` or another error. */
  abstract open(address: SocketAddress, plan: FastOpenPlan | undefined, text: Uint8Array | undefined): number;
  /** Makes the connection of this socket, whose addresses are set. */
  abstract makeConnection(iss: number): Connection;
  /** Another socket of the same kind, for a child of a listener. */
  abstract spawn(): TcpEndpoint;
}
