/**
 * `/proc/net/tcp` and `/proc/net/tcp6` of a simulated world: listeners, connections, handshakes, TIME-WAIT.
 *
 * @module
 */
import type { IpAddress } from "../../../../stack/wire/address.ts";
import { socketRows } from "./socket_rows.ts";
import type { ShellWorld } from "./world.ts";

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
const HEADER6 =
  "  sl  local_address                         remote_address                        st tx_queue rx_queue " +
  "tr tm->when retrnsmt   uid  timeout inode";

/** An address as words of the machine, little endian, in upper-case hexadecimal. */
function hexAddress(address: IpAddress | undefined, octets: 4 | 16): string {
  const bytes = address === undefined
    ? new Uint8Array(octets)
    : octets === 16
    ? address.toV4Mapped().bytes
    : address.bytes;
  let text = "";
  for (let word = 0; word < octets; word += 4) {
    for (let i = 3; i >= 0; i--) text += bytes[word + i]!.toString(16).toUpperCase().padStart(2, "0");
  }
  return text;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/** The file's text. Timers, owner and inode are 0: the world has one user and no inodes. */
export function procNetTcp(world: ShellWorld, family: 4 | 6): string {
  const octets = family === 4 ? 4 : 16;
  const rows = socketRows(world).filter((row) => row.protocol === "tcp" && row.version === family);
  const lines = rows.map((row, i) =>
    `${String(i).padStart(4)}: ${hexAddress(row.local, octets)}:${hex(row.localPort, 4)} ` +
    `${hexAddress(row.remote, octets)}:${hex(row.remotePort, 4)} ${hex(row.state, 2)} ` +
    `${hex(row.sent, 8)}:${hex(row.received, 8)} 00:00000000 00000000     0        0 0`
  );
  return [family === 4 ? HEADER : HEADER6, ...lines].join("\n") + "\n";
}
