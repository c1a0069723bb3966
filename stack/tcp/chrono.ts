/**
 * How long sending was limited by what (`tcpi_busy_time`, `tcpi_rwnd_limited`, `tcpi_sndbuf_limited`).
 *
 * @module
 */
import { TCP_CHRONO_BUSY } from "./constants.ts";
import type { TcpSock } from "./state.ts";

function set(sk: TcpSock, type: number): void {
  const { chrono } = sk;
  const now = sk.net.now;
  if (chrono.type > 0) chrono.stat[chrono.type - 1]! += now - chrono.start;
  chrono.start = now;
  chrono.type = type;
}

/** Starts a kind of limit; a stronger one that is in force goes on. */
export function tcp_chrono_start(sk: TcpSock, type: number): void {
  if (type > sk.chrono.type) set(sk, type);
}

/** Ends a kind of limit: back to busy while anything is queued. */
export function tcp_chrono_stop(sk: TcpSock, type: number): void {
  if (sk.rtx_queue.empty && sk.write_queue.empty) set(sk, 0);
  else if (type === sk.chrono.type) set(sk, TCP_CHRONO_BUSY);
}
