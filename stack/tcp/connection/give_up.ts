/**
 * When a connection is given up (RFC 9293 section 3.8.3).
 *
 * @module
 */
import { TCP_SYN_SENT } from "../../../abi/tcp_constants.ts";
import type { Deviations } from "../../deviations.ts";
import type { TcpConfig } from "../config.ts";
import type { TcpSettings } from "../settings.ts";

/** What the decision needs of a connection. */
export interface GivingUp {
  readonly state: number;
  readonly handshake: boolean;
  readonly settings: TcpSettings;
  readonly context: {
    readonly config: TcpConfig;
    readonly net: { readonly now: number };
    readonly deviations: Deviations;
  };
  readonly endpoint: { readonly sock_dead: boolean; sk_dst_reset(): void };
  readonly sender: { readonly rtoMin: number; readonly rtoMax: number };
  readonly opening: {
    /** When the SYN was sent first, µs. */
    readonly openedAt: number;
    /** A child of Fast Open in SYN-RECEIVED. */
    readonly fastOpenChild: boolean;
  };
  timeOut(): void;
}

/** The first timeout of a SYN, µs. */
const FIRST_TIMEOUT = 1_000_000;
/** R2 of a SYN is at least this long (RFC 9293 section 3.8.3), µs. */
const SYN_PATIENCE = 180_000_000;
/** `net.ipv4.tcp_syn_retries` as it is by default: fewer are somebody's wish. */
const USUAL_SYN_RETRIES = 6;
/** Timeouts after which a closed socket's connection is given up, when the setting says 0. */
const ORPHAN_RETRIES = 8;

/** A retransmission timeout is due, the `timeouts`-th in a row was the last: goes on, or gives up and tells the program. */
export function mayContinue(connection: GivingUp, timeouts: number, since: number | undefined): boolean {
  const { settings, context: { config, net, deviations }, endpoint } = connection;
  const elapsed = since === undefined ? 0 : net.now - since;
  // RFC9293-3.10.8-user-timeout
  if (settings.userTimeout > 0 && since !== undefined && elapsed >= settings.userTimeout) return giveUp(connection);
  if (connection.handshake) {
    // RFC9293-MUST-22; RFC9293-MUST-23's three minutes are a matter of the setting.
    if (connection.state !== TCP_SYN_SENT) {
      return timeouts >= (settings.synCount || config.synack_retries.value) ? giveUp(connection) : true;
    }
    const retries = settings.synCount || config.syn_retries.value;
    const byRetries = backoffTime(retries, FIRST_TIMEOUT, connection.sender.rtoMax);
    // RFC9293-MUST-23: unless the program said otherwise.
    const patient = !deviations.shortSynPatience && settings.synCount === 0 && retries >= USUAL_SYN_RETRIES;
    const limit = patient ? Math.max(byRetries, SYN_PATIENCE) : byRetries;
    return net.now - connection.opening.openedAt >= limit ? giveUp(connection) : true;
  }
  // RFC9293-MUST-20: at R1 IP is asked for another way.
  // RFC9293-SHLD-9
  if (timeouts >= config.retries1.value) endpoint.sk_dst_reset();
  if (settings.userTimeout > 0) return true;
  // RFC9293-SHLD-11: R2 is a time, that of so many timeouts each twice the one before.
  const retries = endpoint.sock_dead ? config.orphan_retries.value || ORPHAN_RETRIES : config.retries2.value;
  if (timeouts < retries && endpoint.sock_dead) return true;
  const first = deviations.rtoMinimum ? connection.sender.rtoMin : Math.max(connection.sender.rtoMin, FIRST_TIMEOUT);
  if (elapsed < backoffTime(retries, first, connection.sender.rtoMax)) return true;
  return giveUp(connection);
}

/** A zero-window probe is due and `probes` were not answered: goes on, or gives up. */
export function mayProbe(connection: GivingUp, probes: number, since: number): boolean {
  const { settings, context: { config, net }, endpoint } = connection;
  if (settings.userTimeout > 0) {
    return probes > 0 && net.now - since >= settings.userTimeout ? giveUp(connection) : true;
  }
  const most = endpoint.sock_dead ? config.orphan_retries.value || ORPHAN_RETRIES : config.retries2.value;
  return probes >= most ? giveUp(connection) : true;
}

/** How long it takes until the timeout after `retries` doublings from `rtoMin` on is due. */
export function backoffTime(retries: number, rtoMin: number, rtoMax: number): number {
  let total = 0;
  for (let i = 0; i <= retries; i++) total += Math.min(rtoMin * 2 ** i, rtoMax);
  return total;
}

function giveUp(connection: GivingUp): false {
  // RFC9293-3.10.8-user-timeout
  connection.timeOut();
  return false;
}
