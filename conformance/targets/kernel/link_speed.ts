/**
 * The link speed that a device claims (`--speed`), through the ethtool ioctl.
 *
 * @module
 */

import { SIOCETHTOOL } from "../../../abi/ioctl_constants.ts";
import { AF_INET } from "../../../abi/socket_constants.ts";
import { check } from "../../../host/errno.ts";
import { addressOf, close, ioctl, must } from "../../../host/syscall.ts";

const SOCK_DGRAM_CLOEXEC = 0o2000002;
const ETHTOOL_GSET = 1;
const ETHTOOL_SSET = 2;
const IFNAMSIZ = 16;
const IFREQ_SIZE = 40;
/** `struct ethtool_cmd`, with the offsets used here. */
const ETHTOOL_CMD_SIZE = 44;
const SPEED = 12;
const SPEED_HIGH = 28;

/** Sets the speed of a device in this thread's network namespace, Mbit/s. Throws a `SystemError`. */
export function setLinkSpeed(device: string, speed: number): void {
  const settings = new Uint8Array(ETHTOOL_CMD_SIZE);
  const view = new DataView(settings.buffer);
  const ifreq = new Uint8Array(IFREQ_SIZE);
  new TextEncoder().encodeInto(device, ifreq);
  new DataView(ifreq.buffer).setBigUint64(IFNAMSIZ, addressOf(settings), true);
  const fd = must("socket", AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  try {
    view.setUint32(0, ETHTOOL_GSET, true);
    check(ioctl(fd, SIOCETHTOOL, ifreq), `reading the link speed of ${device}`);
    view.setUint32(0, ETHTOOL_SSET, true);
    view.setUint16(SPEED, speed & 0xffff, true);
    view.setUint16(SPEED_HIGH, speed >>> 16, true);
    check(ioctl(fd, SIOCETHTOOL, ifreq), `setting the link speed of ${device}`, `${speed} Mbit/s`);
  } finally {
    close(fd);
  }
}
