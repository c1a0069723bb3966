/**
 * The error queue of a socket (`sk_error_queue`): extended errors, zero-copy completions and transmit timestamps, read
 * with `MSG_ERRQUEUE`.
 *
 * @module
 */
import { IpAddress } from "../wire/address.ts";
import { timespec } from "../../abi/memory.ts";
import { SOCKADDR_IN6_SIZE, SOCKADDR_IN_SIZE } from "../../abi/sockaddr.ts";
import { sockaddrIn, sockaddrIn6 } from "./sockaddr.ts";
import {
  AF_INET6,
  MSG_ERRQUEUE,
  MSG_TRUNC,
  SCM_TIMESTAMPING,
  SCM_TIMESTAMPING_OPT_STATS,
  SO_EE_CODE_ZEROCOPY_COPIED,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_EE_ORIGIN_ZEROCOPY,
  SOL_IP,
  SOL_IPV6,
  SOL_SOCKET,
} from "../../abi/socket_constants.ts";
import { EAGAIN, ENOMEM, ENOMSG } from "../../abi/errno.ts";
import { IP_RECVERR, IPV6_RECVERR } from "../../abi/ip_constants.ts";
import type { ReceiveOutcome, SocketAddress } from "./sock.ts";
import type { ControlMessage } from "../../abi/control_message.ts";
import { EXTENDED_ERROR_SIZE, putExtendedError } from "../../abi/extended_error.ts";

const NOTHING = new Uint8Array(0);
/** What an entry costs beside its octets: `SKB_TRUESIZE(0)`. */
const OVERHEAD = 576;

/** One entry, after `struct sock_exterr_skb`. */
export interface ErrorQueueEntry {
  readonly ee_errno: number;
  /** `SO_EE_ORIGIN_*`. */
  readonly ee_origin: number;
  readonly ee_type: number;
  ee_code: number;
  readonly ee_info: number;
  ee_data: number;
  /** Who reported it (`SO_EE_OFFENDER`). */
  readonly offender?: IpAddress | undefined;
  /** Where the packet went that the error is about; becomes `msg_name`. */
  readonly destination?: SocketAddress | undefined;
  /** Octets of the packet that the error is about. */
  readonly payload: Uint8Array;
  /** Software timestamp, µs since the epoch, given as SCM_TIMESTAMPING. */
  readonly timestamp_us?: number | undefined;
  /** Netlink attributes given as SCM_TIMESTAMPING_OPT_STATS instead of a payload. */
  readonly opt_stats?: Uint8Array | undefined;
}

/** What the queue needs to know of its socket. */
export interface ErrorQueueOwner {
  readonly family: number;
  /** Octets that the queue may hold. */
  readonly buffers: { readonly rcvbuf: number };
  /** The pending error that the next call returns, positive. */
  sk_err: number;
  /** `sk_error_report`: wakes who waits. */
  error_report(): void;
}

/** A bounded queue of {@link ErrorQueueEntry}. */
export class ErrorQueue {
  private readonly entries: ErrorQueueEntry[] = [];
  private memory = 0;

  /** The queue of `owner`. */
  constructor(private readonly owner: ErrorQueueOwner) {}

  /** Whether nothing is queued. */
  get empty(): boolean {
    return this.entries.length === 0;
  }

  /** Number of entries. */
  get length(): number {
    return this.entries.length;
  }

  /** Octets charged to it. */
  get size(): number {
    return this.memory;
  }

  /** Queues an entry and reports it (`sock_queue_err_skb`): 0, or -ENOMEM when the receive buffer is full. */
  queue(entry: ErrorQueueEntry): number {
    const size = OVERHEAD + entry.payload.length + (entry.opt_stats?.length ?? 0);
    if (this.memory + size >= this.owner.buffers.rcvbuf) return -ENOMEM;
    this.memory += size;
    this.entries.push(entry);
    this.owner.error_report();
    return 0;
  }

  /** Drops everything. */
  purge(): void {
    this.entries.length = 0;
    this.memory = 0;
  }

  /**
   * Queues the completion of the `MSG_ZEROCOPY` calls numbered `low` to `high`, merged with the last one when it
   * continues it (`msg_zerocopy_put_abort`, `__msg_zerocopy_callback`). `copied`: the octets were copied after all.
   */
  queueZerocopy(low: number, high: number, copied: boolean): number {
    const code = copied ? SO_EE_CODE_ZEROCOPY_COPIED : 0;
    const tail = this.entries.at(-1);
    if (
      tail !== undefined && tail.ee_origin === SO_EE_ORIGIN_ZEROCOPY && tail.ee_code === code &&
      ((tail.ee_data + 1) >>> 0) === low
    ) {
      tail.ee_data = high;
      this.owner.error_report();
      return 0;
    }
    return this.queue({
      ee_errno: 0,
      ee_origin: SO_EE_ORIGIN_ZEROCOPY,
      ee_type: 0,
      ee_code: code,
      ee_info: low,
      ee_data: high,
      payload: NOTHING,
    });
  }

  /**
   * Queues a transmit timestamp (`__skb_complete_tx_timestamp`). `kind` is `SCM_TSTAMP_*`, `key` the counter of
   * `SOF_TIMESTAMPING_OPT_ID` (0 without it), `timestamp_us` since the epoch.
   */
  queueTimestamp(
    kind: number,
    key: number,
    timestamp_us: number,
    content: { readonly payload?: Uint8Array; readonly opt_stats?: Uint8Array } = {},
  ): number {
    return this.queue({
      ee_errno: ENOMSG,
      ee_origin: SO_EE_ORIGIN_TIMESTAMPING,
      ee_type: 0,
      ee_code: 0,
      ee_info: kind,
      ee_data: key,
      payload: content.payload ?? NOTHING,
      opt_stats: content.opt_stats,
      timestamp_us,
    });
  }

  /** Takes the oldest entry; the pending error becomes that of the next ICMP error (`sock_dequeue_err_skb`). */
  dequeue(): ErrorQueueEntry | undefined {
    const entry = this.entries.shift();
    if (entry === undefined) return undefined;
    this.memory -= OVERHEAD + entry.payload.length + (entry.opt_stats?.length ?? 0);
    const next = this.entries[0];
    const nextIsIcmp = next !== undefined && isIcmp(next);
    if (nextIsIcmp) this.owner.sk_err = next.ee_errno;
    else if (isIcmp(entry)) this.owner.sk_err = 0;
    if (next !== undefined) this.owner.error_report();
    return entry;
  }

  /**
   * `recvmsg` with `MSG_ERRQUEUE` (`inet_recv_error`): the quoted octets, a timestamp where there is one, and
   * IP_RECVERR or IPV6_RECVERR with the offender. -EAGAIN when empty.
   */
  receive(length: number): ReceiveOutcome {
    const entry = this.dequeue();
    if (entry === undefined) return { result: -EAGAIN, data: NOTHING, flags: 0, control: [] };
    const whole = entry.opt_stats ?? entry.payload;
    const copied = Math.min(whole.length, length);
    const control: ControlMessage[] = [];
    if (entry.timestamp_us !== undefined) {
      const times = new Uint8Array(48);
      times.set(timespec(entry.timestamp_us), 0);
      control.push({ level: SOL_SOCKET, type: SCM_TIMESTAMPING, data: times });
      if (entry.opt_stats !== undefined) {
        control.push({ level: SOL_SOCKET, type: SCM_TIMESTAMPING_OPT_STATS, data: entry.opt_stats });
      }
    }
    control.push(this.recverr(entry));
    return {
      result: copied,
      data: whole.subarray(0, copied),
      flags: MSG_ERRQUEUE | (whole.length > length ? MSG_TRUNC : 0),
      from: entry.destination,
      control,
    };
  }

  private recverr(entry: ErrorQueueEntry): ControlMessage {
    const six = this.owner.family === AF_INET6;
    const data = new Uint8Array(EXTENDED_ERROR_SIZE + (six ? SOCKADDR_IN6_SIZE : SOCKADDR_IN_SIZE));
    putExtendedError(data, entry);
    if (entry.offender !== undefined) {
      const offender = { address: entry.offender, port: 0 };
      data.set(six ? sockaddrIn6(offender) : sockaddrIn(offender), EXTENDED_ERROR_SIZE);
    }
    return six ? { level: SOL_IPV6, type: IPV6_RECVERR, data } : { level: SOL_IP, type: IP_RECVERR, data };
  }
}

function isIcmp(entry: ErrorQueueEntry): boolean {
  return entry.ee_origin === SO_EE_ORIGIN_ICMP || entry.ee_origin === SO_EE_ORIGIN_ICMP6;
}
