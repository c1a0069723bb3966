/**
 * What packetdrill does once a script has passed: close descriptors, and reset the connections at both ends.
 *
 * @module
 */
import { IPPROTO_TCP } from "../../abi/socket_constants.ts";
import * as tcp from "../../stack/wire/tcp.ts";
import { pseudoHeaderSum } from "../../stack/wire/checksum.ts";
import { buildIp } from "./build_ip.ts";
import type { RunContext } from "./context.ts";
import { framed } from "./link.ts";
import type { ScriptSocket } from "./sockets.ts";

interface Reset {
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly window: number;
}

/** Closes every descriptor, newest first, and resets each TCP connection whose addresses are known. */
export function tearDown(run: RunContext): void {
  const { sockets, session, config } = run;
  session.endTrace?.();
  for (const socket of sockets.sockets) {
    if (socket.fd !== undefined && !socket.closed) {
      // Nobody waits for it: what lingers is ended with the world.
      session.call({ name: "close", fd: socket.fd.live }).settled.catch(() => {});
      sockets.descriptors.delete(socket.fd.script);
      socket.closed = true;
    }
    if (config.no_cleanup) continue;
    const reset = run.nplab ? nplabReset(socket) : resetFor(socket);
    if (reset !== undefined) injectReset(run, socket, reset);
  }
}

function resetFor(socket: ScriptSocket): Reset | undefined {
  if (socket.protocol !== IPPROTO_TCP || socket.localPort === 0 || socket.remotePort === 0) return undefined;
  const flags = tcp.RST | tcp.ACK;
  const { lastInjected, lastSniffed } = socket;
  if (lastInjected !== undefined && lastInjected.flags & tcp.ACK) {
    return { flags, seq: behind(lastInjected), ack: lastInjected.ack, window: lastInjected.window };
  }
  if (lastSniffed !== undefined && lastSniffed.flags & tcp.ACK) {
    return { flags, seq: lastSniffed.ack, ack: lastSniffed.seq, window: 0 };
  }
  return { flags, seq: 0, ack: ((lastSniffed?.seq ?? 0) + 1) >>> 0, window: 0 };
}

function nplabReset(socket: ScriptSocket): Reset | undefined {
  if (socket.protocol !== IPPROTO_TCP || socket.state === "new" || socket.state === "passive-listening") {
    return undefined;
  }
  if (socket.localPort === 0 || socket.remotePort === 0) return undefined;
  const { lastInjected, lastSniffed } = socket;
  if (lastSniffed !== undefined) {
    return lastSniffed.flags & tcp.ACK
      ? { flags: tcp.RST, seq: lastSniffed.ack, ack: 0, window: 0 }
      : { flags: tcp.RST | tcp.ACK, seq: 0, ack: behind(lastSniffed), window: 0 };
  }
  return lastInjected === undefined ? undefined : { flags: tcp.RST, seq: behind(lastInjected), ack: 0, window: 0 };
}

/** The sequence number after a segment. */
function behind(segment: { readonly flags: number; readonly seq: number; readonly length: number }): number {
  const syn = segment.flags & tcp.SYN ? 1 : 0;
  const fin = segment.flags & tcp.FIN ? 1 : 0;
  return (segment.seq + segment.length + syn + fin) >>> 0;
}

function injectReset(run: RunContext, socket: ScriptSocket, reset: Reset): void {
  const source = socket.remoteIp;
  const destination = socket.localIp;
  if (source === undefined || destination === undefined) return;
  const payload = tcp.emit({
    sourcePort: socket.remotePort,
    destinationPort: socket.localPort,
    sequenceNumber: reset.seq,
    acknowledgmentNumber: reset.ack,
    flags: reset.flags,
    window: reset.window,
  });
  tcp.fillChecksum(payload, 0, payload.length, pseudoHeaderSum(source, destination, IPPROTO_TCP, payload.length));
  const bytes = buildIp({ source, destination, protocol: IPPROTO_TCP, payload, info: undefined, fragment: undefined });
  const through = socket.interface ?? run.interfaces.usual;
  const packet = { bytes: framed(bytes, run.interfaces.ends(through)), interface: through };
  run.session.inject(packet);
  run.options.onPacket?.("inbound", packet, run.session.now());
}
