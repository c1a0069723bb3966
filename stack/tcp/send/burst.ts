/**
 * How much goes to the device at once: several segments in one packet that the device cuts (TSO).
 *
 * @module
 */
import type { NetDevice } from "../../link/device.ts";
import type { TcpConfig } from "../config.ts";

/** Largest text of one packet that the device cuts: its IP length field has 16 bits. */
const LARGEST_BURST = 65_535 - 320;

/** What the choice depends on. */
export interface BurstRequest {
  readonly mss: number;
  /** Octets per second, `Infinity` when not known. */
  readonly pacingRate: number;
  /** Least round-trip time, µs; `Infinity` when not known. */
  readonly minRtt: number;
  /** Least segments that the congestion control asks for, 0 for none. */
  readonly least: number;
}

/** Most octets of text that one packet may carry to the device. */
export function deviceLimit(device: NetDevice, mss: number): number {
  // Where the device cuts nothing, software does just before it: a burst still passes all floors as one packet.
  const most = device.gso_max_size > 0 ? Math.min(device.gso_max_size - 320, LARGEST_BURST) : LARGEST_BURST;
  return Math.max(most, mss);
}

/**
 * Segments of one burst: what leaves in a millisecond at the pacing rate (`net.ipv4.tcp_min_tso_segs`,
 * `net.ipv4.tcp_tso_rtt_log`: more for a peer that is near), never fewer than the settings say nor more than the device takes.
 */
export function burstSegments(device: NetDevice, config: TcpConfig, request: BurstRequest): number {
  const { mss } = request;
  let octets = request.pacingRate === Infinity ? LARGEST_BURST : request.pacingRate / 1024;
  const shift = config.tso_rtt_log.value;
  if (shift > 0 && request.minRtt !== Infinity) {
    octets += (device.gso_max_size || 65_536) / 2 ** Math.min(Math.floor(request.minRtt / 2 ** shift), 31);
  }
  const least = request.least > 0 ? request.least : config.min_tso_segs.value;
  const most = Math.max(Math.floor(deviceLimit(device, mss) / mss), 1);
  return Math.min(Math.max(Math.floor(octets / mss), least), most);
}
