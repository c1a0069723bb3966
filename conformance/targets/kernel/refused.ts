/**
 * Calls that could reach beyond a script's world: signals to processes, and options whose value holds addresses in the
 * memory of this process. Nothing of the network needs them.
 *
 * @module
 */

import { SOL_IP, SOL_IPV6, SOL_SOCKET } from "../../../abi/socket_constants.ts";
import { F_NOTIFY, F_SETLEASE, F_SETOWN, F_SETOWN_EX, F_SETSIG } from "../../../abi/file_constants.ts";
import type { SystemCallRequest } from "../../../abi/system_call.ts";
import { UnsupportedError } from "../target.ts";

const SIGNAL_COMMANDS: ReadonlySet<number> = new Set([F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY]);
/** `FIOSETOWN`, `SIOCSPGRP`. */
const SIGNAL_REQUESTS: ReadonlySet<number> = new Set([0x8901, 0x8902]);

/** Commands of `fcntl` whose argument is a pointer: locks, owners, hints. */
const POINTER_COMMANDS: ReadonlySet<number> = new Set([5, 6, 7, 15, 16, 17, 36, 37, 38, 1035, 1036, 1037, 1038]);

/** `SO_ATTACH_FILTER` (to get it back counts in instructions, not octets), `SO_ATTACH_BPF`, `SO_ATTACH_REUSEPORT_CBPF`, `…_EBPF`. */
const FILTERS: ReadonlySet<number> = new Set([26, 50, 51, 52]);
/** From here on the options of SOL_IP and SOL_IPV6 are those of packet filters. */
const FIRST_NETFILTER = 64;
/** `MRT_BASE` and what follows are multicast routing's, whose values hold no addresses. */
const FIRST_MROUTE = 200;

function holdsAddresses(level: number, option: number): boolean {
  if (level === SOL_SOCKET) return FILTERS.has(option);
  return (level === SOL_IP || level === SOL_IPV6) && option >= FIRST_NETFILTER && option < FIRST_MROUTE &&
    !IPV6_OPTIONS.has(option);
}

/** `IPV6_TCLASS` to `IPV6_FREEBIND` stand among them. */
const IPV6_OPTIONS: ReadonlySet<number> = new Set([66, 67, 68, 69, 70, 72, 73, 74, 75, 76, 77, 78]);

/** Throws an {@link UnsupportedError} for a call that is not made. */
export function refuse(request: SystemCallRequest): void {
  switch (request.name) {
    case "fcntl":
      if (SIGNAL_COMMANDS.has(request.command) && request.argument !== 0) {
        throw new UnsupportedError(`fcntl command ${request.command}, which has signals sent to processes`);
      }
      return;
    case "ioctl":
      if (SIGNAL_REQUESTS.has(request.command) && request.argument !== null && request.argument !== 0) {
        throw new UnsupportedError(`ioctl 0x${request.command.toString(16)}, which has signals sent to processes`);
      }
      return;
    case "setsockopt":
    case "getsockopt":
      if (holdsAddresses(request.level, request.option)) {
        throw new UnsupportedError(
          `option ${request.option} of level ${request.level}, which holds addresses of memory`,
        );
      }
  }
}

/** The argument of `fcntl` as the kernel may have it: a number is no pointer. */
export function fcntlArgument(command: number, argument: number): number {
  return POINTER_COMMANDS.has(command) ? 0 : argument;
}
