/**
 * The names that a script may use for numbers, with Linux's values: all that a program and the kernel agree on, of which
 * packetdrill knows a part. A script of packetdrill's cannot have used the others, so nothing changes its meaning.
 */
import * as capability from "../../abi/capability_constants.ts";
import * as file from "../../abi/file_constants.ts";
import * as icmp from "../../abi/icmp_constants.ts";
import * as ioctl from "../../abi/ioctl_constants.ts";
import * as ip from "../../abi/ip_constants.ts";
import * as socket from "../../abi/socket_constants.ts";
import * as tcp from "../../abi/tcp_constants.ts";

/** Names that packetdrill knows and Linux's headers do not have, or have in other letters. */
const OWN: Readonly<Record<string, number>> = {
  NULL: 0,
  EPOLLNVAL: file.POLLNVAL,
  TCP_CA_OPEN: tcp.TCP_CA_Open,
  TCP_CA_DISORDER: tcp.TCP_CA_Disorder,
  TCP_CA_RECOVERY: tcp.TCP_CA_Recovery,
  TCP_CA_LOSS: tcp.TCP_CA_Loss,
  TCP_INFINITE_SSTHRESH: 0x7fffffff,
};

/** Further names that nplab's packetdrill knows on FreeBSD and freebsd-net's test suite uses; FreeBSD's values. */
const NPLAB: Readonly<Record<string, number>> = {
  TCP_NOOPT: 8,
  TCP_KEEPINIT: 128,
  TCP_REMOTE_UDP_ENCAPS_PORT: 71,
  TCP_FUNCTION_BLK: 0x2000,
  TCP_RACK_PACE_MAX_SEG: 1054,
  TCP_RACK_PACE_ALWAYS: 1055,
  TCP_RACK_PACE_RATE_SS: 1119,
  IPV6_USE_MIN_MTU: 42,
};

const SOURCES: readonly Readonly<Record<string, number>>[] = [socket, ip, icmp, tcp, file, ioctl, capability, OWN];

/** Every name of {@link LINUX_SYMBOLS} as often as it is written. */
export const LINUX_NAMES: readonly string[] = SOURCES.flatMap((source) => Object.keys(source));

/** Linux's symbols, and packetdrill's own. */
export const LINUX_SYMBOLS: ReadonlyMap<string, number> = new Map(SOURCES.flatMap((source) => Object.entries(source)));

/** nplab's additions. */
export const NPLAB_SYMBOLS: ReadonlyMap<string, number> = new Map(Object.entries(NPLAB));
