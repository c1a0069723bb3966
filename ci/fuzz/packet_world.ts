/**
 * A stack with a program on it and a peer that means no good.
 *
 * @module
 */
import { AF_INET, AF_INET6 } from "../../abi/socket_constants.ts";
import { CallbackDevice } from "../../stack/link/callback_device.ts";
import { Stack } from "../../stack/stack.ts";
import { encodeSockaddr } from "../../stack/inet/sockaddr.ts";
import type { SystemCallOutcome, SystemCallRequest } from "../../abi/system_call.ts";
import { Dice } from "./dice.ts";
import { LOCAL4, LOCAL6, PacketMaker, PORTS, REMOTE4, REMOTE6 } from "./packets.ts";
import { Talk } from "./talks.ts";

const STREAM = 1 | 0x800;
const DATAGRAM = 2 | 0x800;
const RAW = 3 | 0x800;
/** Connections that the program keeps. */
const MOST_CONNECTIONS = 300;
/** A packet in so many is followed by something that the program does. */
const PROGRAM = 8;
/** After this everything that timers hold is over, µs. */
const END_US = 2_000_000_000;

/** How long one packet took. */
export interface Cost {
  readonly ms: number;
  readonly kind: string;
  /** The packet, and how many came before it. */
  readonly packet: Uint8Array;
  readonly before: number;
}

/** One stack, its program and its peer. */
export class PacketWorld {
  readonly #dice: Dice;
  readonly #stack: Stack;
  readonly #device: CallbackDevice;
  readonly #talk = new Talk();
  readonly #maker: PacketMaker;
  readonly #listeners: number[] = [];
  readonly #datagrams: number[] = [];
  readonly #connections: number[] = [];
  /** The slowest packet. */
  slowest: Cost = { ms: 0, kind: "", packet: new Uint8Array(0), before: 0 };
  #steps = 0;
  /** Packets that the stack sent. */
  sent = 0;
  /** How often a call came to what: what the program got to. */
  readonly calls = new Map<string, number>();

  constructor(seed: number) {
    this.#dice = new Dice(seed);
    this.#maker = new PacketMaker(this.#dice, this.#talk);
    const forward = this.#dice.below(2);
    this.#stack = new Stack({
      seed,
      sysctl: {
        "net.ipv4.ip_forward": forward,
        "net.ipv6.conf.all.forwarding": forward,
        "net.ipv4.conf.all.accept_source_route": this.#dice.below(2),
        "net.ipv4.tcp_ecn": this.#dice.below(3),
        "net.ipv4.tcp_fastopen": this.#dice.pick([1, 3, 0x603]),
        "net.ipv4.tcp_syncookies": this.#dice.below(3),
        "net.ipv4.ipfrag_low_thresh": 100_000,
        "net.ipv4.ipfrag_high_thresh": 200_000,
        "net.ipv6.ip6frag_low_thresh": 100_000,
        "net.ipv6.ip6frag_high_thresh": 200_000,
      },
    });
    this.#device = new CallbackDevice({
      transmit: (packet) => {
        this.sent++;
        this.#talk.note(packet.view().slice());
      },
    });
    this.#stack.addDevice(this.#device);
    this.#stack.addAddress(this.#device, "192.0.2.1/24");
    this.#stack.addAddress(this.#device, "2001:db8::1/64");
    this.#open();
  }

  #call(request: SystemCallRequest): SystemCallOutcome | undefined {
    const call = this.#stack.sockets.call(request);
    const { outcome } = call;
    const key = `${request.name} ${outcome === undefined ? "waits" : outcome.result < 0 ? outcome.errno : "done"}`;
    this.calls.set(key, (this.calls.get(key) ?? 0) + 1);
    // Nothing is left to wait: the sockets do not block, and who lingers is not waited for.
    if (outcome === undefined) call.cancel();
    return outcome;
  }

  #socket(domain: number, type: number, protocol: number, port?: number): number {
    const fd = this.#call({ name: "socket", domain, type, protocol })!.result;
    this.#set(fd, 41, 26, 1);
    if (port === undefined) return fd;
    const address = encodeSockaddr(domain, { address: domain === AF_INET ? LOCAL4 : LOCAL6, port });
    this.#call({ name: "bind", fd, address, length: address.length });
    return fd;
  }

  #set(fd: number, level: number, option: number, value: number): void {
    const bytes = new Uint8Array(Int32Array.of(value).buffer);
    this.#call({ name: "setsockopt", fd, level, option, value: bytes, length: 4 });
  }

  #open(): void {
    for (const domain of [AF_INET, AF_INET6]) {
      for (const port of PORTS) {
        const listener = this.#socket(domain, STREAM, 6, port);
        this.#call({ name: "listen", fd: listener, backlog: this.#dice.pick([0, 5, 1000]) });
        if (this.#dice.once(2)) this.#set(listener, 6, 23, 5);
        this.#listeners.push(listener);
        const datagram = this.#socket(domain, DATAGRAM, 17, port);
        this.#set(datagram, domain === AF_INET ? 0 : 41, domain === AF_INET ? 11 : 25, 1);
        this.#datagrams.push(datagram);
      }
      this.#datagrams.push(this.#socket(domain, RAW, domain === AF_INET ? 1 : 58));
    }
  }

  /** One packet comes in, and time goes on. Returns how long the stack took for it, ms. */
  step(): number {
    const dice = this.#dice;
    const packet = this.#maker.next();
    const kept = packet.slice();
    const before = performance.now();
    this.#stack.receive(this.#device, packet);
    this.#stack.runUntil(this.#stack.net.now);
    const ms = performance.now() - before;
    if (ms > this.slowest.ms) {
      this.slowest = { ms, kind: this.#maker.kind, packet: kept, before: this.#steps };
    }
    this.#steps++;
    if (dice.once(PROGRAM)) this.#act();
    const elapsed = dice.once(2) ? 0 : dice.once(50) ? dice.below(3_000_000) : dice.below(1000);
    this.#stack.runUntil(this.#stack.net.now + elapsed);
    return ms;
  }

  #act(): void {
    const dice = this.#dice;
    const fd = this.#connections[dice.below(this.#connections.length)];
    const roll = dice.below(12);
    if (roll < 3) return this.#accept();
    if (roll === 3) return this.#receive(dice.pick(this.#datagrams), dice.pick([0, 0x2000, 0x20]));
    if (roll === 4) return this.#connect();
    if (fd === undefined) return;
    if (roll < 7) this.#receive(fd, dice.pick([0, 0, 1, 2, 0x2000]));
    else if (roll < 10) {
      const data = new Uint8Array(dice.pick([1, 100, 1460, 5000, 40_000]));
      const flags = dice.pick([0x4040, 0x4040, 0x4041, 0xc040]);
      this.#call({ name: "sendto", fd, data, length: data.length, flags, address: null, address_length: 0 });
    } else if (roll === 10) this.#option(fd);
    else this.#end(fd);
  }

  #accept(): void {
    const child = this.#call({ name: "accept", fd: this.#dice.pick(this.#listeners), flags: 0x800 });
    if (child !== undefined && child.result >= 0) this.#take(child.result);
  }

  #take(fd: number): void {
    if (this.#connections.length >= MOST_CONNECTIONS) this.#end(this.#connections[this.#dice.below(MOST_CONNECTIONS)]!);
    if (this.#connections.length < MOST_CONNECTIONS) this.#connections.push(fd);
    else this.#call({ name: "close", fd });
  }

  #receive(fd: number, flags: number): void {
    const lengths = [this.#dice.pick([0, 10, 1000, 100_000])];
    this.#call({ name: "recvmsg", fd, lengths, name_length: 128, control_length: 256, flags: flags | 0x40 });
  }

  #connect(): void {
    const six = this.#dice.once(2);
    const domain = six ? AF_INET6 : AF_INET;
    const fd = this.#socket(domain, STREAM, 6);
    if (fd < 0) return;
    const port = 1024 + this.#dice.below(2000);
    const address = encodeSockaddr(domain, { address: six ? REMOTE6 : REMOTE4, port });
    this.#call({ name: "connect", fd, address, length: address.length });
    this.#take(fd);
  }

  #option(fd: number): void {
    const [level, option, value] = this.#dice.pick(
      [[6, 1, 1], [6, 3, 1], [6, 3, 0], [1, 8, 2000], [1, 7, 2000], [1, 9, 1], [6, 4, 1], [1, 10, 1], [
        6,
        12,
        0,
      ]] as const,
    );
    this.#set(fd, level, option, value);
  }

  #end(fd: number): void {
    const how = this.#dice.below(5);
    if (how < 2) return void this.#call({ name: "shutdown", fd, how: this.#dice.below(3) });
    if (how === 2) {
      const value = new Uint8Array(Int32Array.of(1, 0).buffer);
      this.#call({ name: "setsockopt", fd, level: 1, option: 13, value, length: 8 });
    }
    this.#call({ name: "close", fd });
    this.#connections.splice(this.#connections.indexOf(fd), 1);
  }

  /** Closes everything and lets all timers run out. Throws if something is left. */
  end(): void {
    this.#stack.sockets.closeAll();
    this.#stack.runUntil(this.#stack.net.now + END_US);
    const { frags4, frags6 } = this.#stack.ip;
    if (frags4.memory !== 0 || frags6.memory !== 0) {
      throw new Error(`fragments are left: ${frags4.memory} and ${frags6.memory} octets`);
    }
  }
}
