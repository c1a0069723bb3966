/**
 * The packets of a namespace's interfaces, kept as frames of a capture file are.
 *
 * @module
 */
import { type CapturedPacket, PacketSocket } from "../../../host/packet_socket.ts";
import { EPOLL, type Reactor, type Watch } from "../../../host/reactor.ts";
import { type Frame, LINKTYPE_RAW } from "../capture/frame.ts";

/** Octets of a packet that are kept: all headers, and then some. */
const KEPT = 256;
/** Packets that are kept. */
const MAX_PACKETS = 200_000;

/** Captures until disposed. */
export class Capture implements Disposable {
  readonly frames: Frame[] = [];
  /** Packets beyond those that are kept. */
  surplus = 0;
  readonly #sockets: PacketSocket[];
  readonly #watches: Watch[];

  /** Begins, in the namespace of the thread. What goes through `loopback` is seen once, when it comes in. */
  constructor(interfaces: readonly number[], loopback: number, reactor: Reactor) {
    const open = (interfaceIndex: number, ignoreOutgoing: boolean) =>
      new PacketSocket({ interfaceIndex, ignoreOutgoing, receiveBuffer: 32 << 20 });
    this.#sockets = [...interfaces.map((index) => open(index, false)), open(loopback, true)];
    this.#watches = this.#sockets.map((socket, port) =>
      reactor.watch(socket.fd, EPOLL.IN, () => this.#drain(socket, port))
    );
  }

  /** Packets that the kernel had no room for. */
  get lost(): number {
    return this.#sockets.reduce((sum, socket) => sum + socket.statistics().drops, 0);
  }

  /** Takes what waits. */
  drain(): void {
    this.#sockets.forEach((socket, port) => this.#drain(socket, port));
  }

  #drain(socket: PacketSocket, port: number): void {
    for (let packet = socket.receive(); packet !== undefined; packet = socket.receive()) this.#keep(packet, port);
  }

  #keep(packet: CapturedPacket, port: number): void {
    if (this.frames.length === MAX_PACKETS) {
      this.surplus++;
      return;
    }
    this.frames.push({
      offset: this.frames.length,
      time_us: packet.time,
      linkType: LINKTYPE_RAW,
      port,
      bytes: packet.data.slice(0, KEPT),
      length: packet.data.length,
      direction: packet.outgoing ? "sent" : "received",
    });
  }

  /** Stops. The frames stay. */
  [Symbol.dispose](): void {
    for (const watch of this.#watches) watch.close();
    for (const socket of this.#sockets) socket[Symbol.dispose]();
  }
}
