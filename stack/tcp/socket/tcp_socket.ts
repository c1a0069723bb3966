/**
 * A TCP socket as system calls see it (tcp(7)).
 *
 * @module
 */
import { AF_INET, AF_INET6, SOF_TIMESTAMPING_OPT_ID_TCP } from "../../../abi/socket_constants.ts";
import { SIOCATMARK, SIOCINQ, SIOCOUTQ, SIOCOUTQNSD } from "../../../abi/ioctl_constants.ts";
import {
  EADDRINUSE,
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  ECONNRESET,
  EINPROGRESS,
  EINVAL,
  EISCONN,
  ENOTCONN,
  ENOTTY,
} from "../../../abi/errno.ts";
import { RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK } from "../../inet/inet_sock.ts";
import { SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK } from "../../inet/bind.ts";
import type { ReceiveOutcome, ReceiveRequest, SendMessage, SocketAddress } from "../../inet/sock.ts";
import { PACING_UNLIMITED } from "../../inet/sock_options.ts";
import * as State from "../../../abi/tcp_constants.ts";
import { IpAddress } from "../../wire/address.ts";
import { distance } from "../../wire/seq.ts";
import { abortConnection, closeConnection } from "../connection/closing.ts";
import { Connection } from "../connection/connection.ts";
import { openActively } from "../connection/handshake.ts";
import { Listener } from "../open/listener.ts";
import { prepareConnect } from "./connect.ts";
import { planFastOpen } from "./fast_open.ts";
import { type FastOpenPlan, TcpEndpoint } from "./endpoint.ts";
import { children } from "./children.ts";
import { getTcpOption, setTcpOption } from "./options.ts";
import { pollTcp, wakeWriters } from "./poll.ts";
import { receiveMessage, spliceRead } from "./receive.ts";
import { sendMessage } from "./send.ts";

/** A TCP socket. */
export class TcpSocket extends TcpEndpoint {
  // Opening.

  override connect(address: SocketAddress | undefined): number {
    if (address === undefined) return this.disconnect();
    switch (this.progress) {
      case "connected":
        return -EISCONN;
      case "connecting":
        return this.connectAgain(address);
      default:
        break;
    }
    if (this.sk_state !== State.TCP_CLOSE) return -EISCONN;
    if (this.settings.fastOpenConnect && this.deferred === undefined) {
      const plan = planFastOpen(this, address);
      if (typeof plan === "number") return plan;
      if (plan.cookie !== undefined && (plan.cookie.length > 0 || plan.bare)) {
        this.deferred = address;
        this.progress = "connecting";
        return 0;
      }
      return this.open(address, plan, undefined);
    }
    return this.open(address, undefined, undefined);
  }

  private connectAgain(_address: SocketAddress): number {
    // RFC9293-3.10.1-open-existing
    if (this.deferred !== undefined) return -EISCONN;
    if (this.sk_state === State.TCP_SYN_SENT || this.sk_state === State.TCP_SYN_RECV) return -EALREADY;
    if (this.sk_state === State.TCP_CLOSE) {
      this.progress = "unconnected";
      return this.sock_error() || -ECONNABORTED;
    }
    this.progress = "connected";
    return 0;
  }

  override open(address: SocketAddress, plan: FastOpenPlan | undefined, text: Uint8Array | undefined): number {
    const prepared = prepareConnect(this, address);
    if (prepared < 0) return prepared;
    const connection = this.connection!;
    if (plan !== undefined) {
      connection.opening.fastOpen = {
        cookie: plan.cookie,
        experimental: plan.experimental,
        octets: text?.length ?? 0,
        accepted: false,
        over: plan.cookie === undefined && text === undefined,
        failure: 0,
      };
      if (text !== undefined) {
        const { queue } = connection.sender;
        queue.beginChunk();
        queue.write(text);
        queue.push();
      }
    }
    this.progress = "connecting";
    openActively(connection);
    return -EINPROGRESS;
  }

  override makeConnection(iss: number): Connection {
    const connection = new Connection(this.services.context, this, this.settings, this.services.handler, iss);
    this.connection = connection;
    connection.observer = this.marks;
    this.pacing_changed();
    connection.outbox.sign = this.keys.signer(this.saddr, this.daddr);
    connection.path.signed = connection.outbox.sign !== undefined;
    connection.signatureFits = (segment) => this.keys.fit(segment, this.net.mib);
    return connection;
  }

  override spawn(): TcpSocket {
    return new TcpSocket(this.services, this.family);
  }

  /** `connect` to AF_UNSPEC: the association is dissolved (RFC 9293 ABORT). */
  private disconnect(): number {
    if (this.listener !== undefined) {
      this.listener.close();
      this.listener = undefined;
      this.sk_state = State.TCP_CLOSE;
    }
    // Who cuts a connection off hears of it himself (RFC9293-3.10.5-abort-established); an error that waits already stays.
    const opening = this.sk_state === State.TCP_SYN_SENT;
    const reset = this.connection !== undefined && abortConnection(this.connection);
    if (reset || opening) this.sk_err = ECONNRESET;
    this.connection = undefined;
    this.deferred = undefined;
    this.progress = "unconnected";
    this.sk_shutdown = 0;
    this.sk_err_soft = 0;
    const any = this.family === AF_INET6 ? IpAddress.ANY6 : IpAddress.ANY4;
    this.daddr = any;
    this.dport = 0;
    if ((this.sk_userlocks & SOCK_BINDADDR_LOCK) === 0) this.rcv_saddr = this.saddr = any;
    if ((this.sk_userlocks & SOCK_BINDPORT_LOCK) === 0 && this.num !== 0) {
      this.ports.put(this);
      this.num = 0;
    }
    this.select_af_ops(this.rcv_saddr);
    this.sk_dst_reset();
    return 0;
  }

  override listen(backlog: number): number {
    const limit = this.net.sysctl.getNumber("net.core.somaxconn");
    const bounded = Math.min(backlog >>> 0, limit);
    if (this.listener !== undefined) {
      this.listener.backlog = bounded;
      return 0;
    }
    if (this.sk_state !== State.TCP_CLOSE || this.progress !== "unconnected") return -EINVAL;
    if (this.family !== AF_INET && this.family !== AF_INET6) return -EAFNOSUPPORT;
    const bound = this.autobind();
    if (bound < 0) return -EADDRINUSE;
    this.sk_state = State.TCP_LISTEN;
    // Another may listen at the port already; who listens is judged more strictly.
    if (this.ports.get_port(this, this.num) < 0) {
      this.sk_state = State.TCP_CLOSE;
      return -EADDRINUSE;
    }
    const { context, cookies } = this.services;
    if ((context.config.fastopen.value & 0x400) !== 0 && this.settings.fastOpenQueue === 0) {
      this.settings.fastOpenQueue = bounded;
    }
    this.listener = new Listener(context, children(this), cookies, bounded);
    context.table.listen(this.listener);
    return 0;
  }

  override accept(): TcpSocket | number {
    if (this.listener === undefined) return -EINVAL;
    const error = this.sock_error();
    if (error !== 0) return error;
    const child = this.listener.take();
    if (child === undefined) return -EAGAIN;
    return child.endpoint as TcpSocket;
  }

  // Transferring.

  override sendmsg(message: SendMessage): number {
    return sendMessage(this, message);
  }

  override recvmsg(request: ReceiveRequest): ReceiveOutcome {
    return receiveMessage(this, request);
  }

  /** See `splice`: stops before urgent data. */
  splice_read(length: number): { readonly result: number; readonly data: Uint8Array } {
    return spliceRead(this, length);
  }

  override poll(): number {
    return pollTcp(this);
  }

  override ioctl(command: number): { readonly value: number } | number {
    const { connection } = this;
    switch (command) {
      case SIOCINQ: {
        if (this.sk_state === State.TCP_LISTEN) return -EINVAL;
        return { value: connection === undefined ? 0 : readableNow(connection) };
      }
      case SIOCATMARK: {
        const urgent = connection?.receiver.urgent;
        return {
          value: urgent !== undefined && urgent.state !== "none" && urgent.seq === connection!.receiver.copied ? 1 : 0,
        };
      }
      case SIOCOUTQ:
        if (this.sk_state === State.TCP_LISTEN) return -EINVAL;
        if (connection === undefined || connection.handshake) return { value: 0 };
        return {
          value: distance(connection.sender.queue.writtenEnd, connection.sender.sndUna) +
            (finOutstanding(connection) ? 1 : 0),
        };
      case SIOCOUTQNSD:
        if (this.sk_state === State.TCP_LISTEN) return -EINVAL;
        return { value: connection === undefined || connection.handshake ? 0 : connection.sender.queue.unsent };
      default:
        return -ENOTTY;
    }
  }

  // Closing.

  override shutdown(how: number): number {
    if (how < 0 || how > 2) return -EINVAL;
    const mask = how + 1;
    if (this.listener !== undefined) {
      if ((mask & RCV_SHUTDOWN) === 0) return 0;
      this.stopListening();
      this.progress = "unconnected";
      return 0;
    }
    if (this.sk_state === State.TCP_CLOSE) {
      return -ENOTCONN;
    }
    if (this.sk_state === State.TCP_SYN_SENT) {
      this.disconnect();
      this.progress = "unconnected";
      return 0;
    }
    this.sk_shutdown |= mask;
    // RFC9293-3.10.4-close-finwait, RFC9293-3.6-case1-local
    if ((mask & SEND_SHUTDOWN) !== 0) this.connection?.shutSend();
    this.state_change();
    return 0;
  }

  private stopListening(): void {
    this.listener?.close();
    this.listener = undefined;
    this.sk_state = State.TCP_CLOSE;
    if ((this.sk_userlocks & SOCK_BINDPORT_LOCK) === 0) {
      this.ports.put(this);
      this.num = 0;
    }
  }

  override close(): void {
    if (this.sock_dead) return;
    this.sock_dead = true;
    this.sk_shutdown = SHUTDOWN_MASK;
    this.error_queue.purge();
    if (this.listener !== undefined) this.stopListening();
    if (this.connection === undefined) this.ports.put(this);
    else closeConnection(this.connection);
    this.state_change();
  }

  override closePending(): boolean {
    const { connection } = this;
    if (connection === undefined || !this.so.linger) return false;
    const { state } = connection;
    return state === State.TCP_FIN_WAIT1 || state === State.TCP_CLOSING || state === State.TCP_LAST_ACK;
  }

  // Options, and what they change at once.

  protected override protocol_setsockopt(level: number, name: number, value: Uint8Array): number {
    return setTcpOption(this, level, name, value);
  }

  protected override protocol_getsockopt(level: number, name: number, length: number): Uint8Array | number {
    return getTcpOption(this, level, name, length);
  }

  override keepalive_changed(on: boolean): void {
    const { connection } = this;
    if (connection === undefined || connection.state === State.TCP_CLOSE) return;
    if (on && !this.so.keepalive) {
      this.so.keepalive = true;
      connection.keepAlive.start();
    } else if (!on) {
      connection.keepAlive.stop();
    }
  }

  override write_space(): void {
    wakeWriters(this);
  }

  override timestamping_key(flags: number): number {
    const { connection } = this;
    if (connection === undefined || !(connection.canWrite || connection.state === State.TCP_FIN_WAIT1)) return -EINVAL;
    const { queue, sndUna } = connection.sender;
    return (flags & SOF_TIMESTAMPING_OPT_ID_TCP) !== 0 ? queue.writtenEnd : sndUna;
  }

  override pacing_changed(): void {
    const flow = this.connection?.sender.recovery.flow;
    if (flow === undefined) return;
    flow.maxPacingRate = this.so.max_pacing_rate;
    if (flow.maxPacingRate !== PACING_UNLIMITED) flow.paced = true;
  }
}

/** Octets that the program can read before the next urgent octet. */
function readableNow(connection: Connection): number {
  const { receiver } = connection;
  const { urgent } = receiver;
  if (!urgent.ahead(receiver.copied) || connection.endpoint.so.oobinline) return receiver.readable;
  return receiver.queue.lengthBefore(urgent.seq, receiver.rcvNxt);
}

function finOutstanding(connection: Connection): boolean {
  return connection.sender.queue.finSent && connection.sender.sndUna !== connection.sender.sndNxt;
}
