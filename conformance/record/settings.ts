/**
 * The settings of the local stack that its packets tell of.
 *
 * @module
 */
import type { TcpOptionsReceived } from "../../stack/wire/tcp_options.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import * as ipv4 from "../../stack/wire/ipv4.ts";
import * as ipv6 from "../../stack/wire/ipv6.ts";
import type { Conversation, Happening } from "./conversation.ts";
import { synOptions, type Track } from "./track.ts";

/** What a script sets before it begins. */
export interface Settings {
  /** Options of the script, without dashes. */
  readonly options: readonly string[];
  /** `NAME=VALUE`, as sysctl takes them. */
  readonly sysctl: readonly string[];
  /** What can't be set, or not told. */
  readonly doubts: readonly string[];
}

const USUAL_MTU = 1500;
const MAX_MTU = 65535;
/** The buffer whose largest size gives a shift of 0; shifted by one more bit, so is the size. */
const BUFFER_OF_SHIFT_0 = 49152;
/** Linux's sizes of the other two. */
const RECEIVE_BUFFER = "4096 131072";
/** The default of `net.core.rmem_max` counts, too, and leads to this shift. */
const LEAST_SHIFT = 2;

/** Finds out. */
export function settingsOf({ happenings }: Conversation, { agreement, steps }: Track): Settings {
  const options: string[] = [];
  const sysctl: string[] = [];
  const doubts: string[] = [];
  const [first] = happenings;
  const local = synOptions(happenings, "local");
  const remote = synOptions(happenings, "remote");
  if (first === undefined || local === undefined) return { options, sysctl, doubts };
  const offered = first.from === "local" ? undefined : remote;
  const overhead = (first.what.family === 4 ? ipv4.MIN_HEADER_LENGTH : ipv6.HEADER_LENGTH) + tcp.MIN_HEADER_LENGTH;
  const mtu = Math.min(MAX_MTU, (agreement.localMss ?? USUAL_MTU - overhead) + overhead);
  // In IPv6, scripts have an MTU of their own unless they say otherwise.
  if (mtu !== USUAL_MTU || first.what.family === 6) options.push(`mtu=${mtu}`);
  const aggregated = steps.some(({ from, segment }) =>
    from === "remote" && (segment?.length ?? 0) > agreement.fullSize
  );
  if (aggregated) options.push(`mss=${agreement.fullSize}`);
  const lacks = (has: (options: TcpOptionsReceived) => boolean) =>
    !has(local) && (offered === undefined || has(offered));
  if (lacks(({ saw_tstamp }) => saw_tstamp)) sysctl.push("net.ipv4.tcp_timestamps=0");
  if (lacks(({ sack_ok }) => sack_ok)) sysctl.push("net.ipv4.tcp_sack=0");
  if (lacks(({ wscale_ok }) => wscale_ok)) sysctl.push("net.ipv4.tcp_window_scaling=0");
  if (local.wscale_ok) {
    if (local.snd_wscale < LEAST_SHIFT) doubts.push(`what makes the shift of the window ${local.snd_wscale}`);
    else sysctl.push(`net.ipv4.tcp_rmem="${RECEIVE_BUFFER} ${BUFFER_OF_SHIFT_0 * 2 ** local.snd_wscale}"`);
  }
  const ecn = ecnSetting(happenings);
  if (ecn !== undefined) sysctl.push(`net.ipv4.tcp_ecn=${ecn}`);
  if (local.md5_offset >= 0) doubts.push("the key of the MD5 signatures");
  if (local.ao_offset >= 0) doubts.push("the keys of TCP-AO");
  if (local.foc_offset >= 0) doubts.push("Fast Open: the cookie, and how it was asked for");
  if (local.mptcp_offset >= 0) doubts.push("MPTCP: keys and subflows");
  return { options, sysctl, doubts };
}

const ECN_SETUP = tcp.ECE | tcp.CWR;

/** `net.ipv4.tcp_ecn`, where the SYNs tell that it is not the default, 2. */
function ecnSetting(happenings: readonly Happening[]): number | undefined {
  const synOf = (end: Happening["from"]) =>
    happenings.find(({ from, what }) => from === end && what.kind === "segment" && (what.flags & tcp.SYN) !== 0)?.what;
  const [local, remote] = [synOf("local"), synOf("remote")];
  if (local?.kind !== "segment") return undefined;
  if (happenings[0]!.from === "local") {
    if ((local.flags & ECN_SETUP) !== ECN_SETUP) return undefined;
    return (local.flags & tcp.AE) !== 0 ? 3 : 1;
  }
  const asked = remote?.kind === "segment" && (remote.flags & ECN_SETUP) === ECN_SETUP;
  return asked && (local.flags & (ECN_SETUP | tcp.AE)) === 0 ? 0 : undefined;
}
