import { assert, assertEquals } from "@std/assert";
import { CallbackDevice } from "../link/callback_device.ts";
import { seededRandom } from "../random.ts";
import { Stack } from "../stack.ts";
import { IpAddress } from "../wire/address.ts";
import { set16 } from "../wire/bytes.ts";
import { internetChecksum, pseudoHeaderSum } from "../wire/checksum.ts";
import { fillChecksum } from "../wire/tcp.ts";
import { MSG_DONTWAIT } from "../../abi/socket_constants.ts";
import type { TcpSock } from "./state.ts";
import { insideOldTcp } from "../tcp_old.ts";

const LOCAL = IpAddress.parse("192.0.2.1");
const REMOTE = IpAddress.parse("192.0.2.2");

/** An IPv4 packet around a TCP segment whose checksum is filled in. */
function wrap(tcp: Uint8Array): Uint8Array {
  const packet = new Uint8Array(20 + tcp.length);
  packet[0] = 0x45;
  set16(packet, 2, packet.length);
  packet[8] = 64;
  packet[9] = 6;
  REMOTE.write(packet, 12);
  LOCAL.write(packet, 16);
  set16(packet, 10, internetChecksum(packet, 0, 20));
  packet.set(tcp, 20);
  fillChecksum(packet, 20, packet.length, pseudoHeaderSum(REMOTE, LOCAL, 6, tcp.length));
  return packet;
}

/** A host with listeners and clients, and every sequence number it sent lately. */
class Victim {
  readonly stack: Stack;
  readonly device: CallbackDevice;
  readonly sent: Uint8Array[] = [];
  readonly socks: TcpSock[] = [];
  now = 0;

  constructor(readonly random: () => number) {
    this.stack = new Stack({ seed: 5 });
    this.device = new CallbackDevice({
      transmit: (packet) => {
        this.sent.push(packet.view().slice());
        if (this.sent.length > 50) this.sent.shift();
      },
    });
    this.stack.addDevice(this.device);
    this.stack.addAddress(this.device, "192.0.2.1/24");
  }

  pick(n: number): number {
    return this.random() % n;
  }

  /** Numbers close to those in use, so that segments get past the first checks. */
  number(offset: number): number {
    const packet = this.sent.length === 0 ? undefined : this.sent[this.pick(this.sent.length)];
    if (packet === undefined || packet.length < 40 || this.pick(8) === 0) return this.random();
    const at = 20 + offset;
    const base = ((packet[at]! << 24) | (packet[at + 1]! << 16) | (packet[at + 2]! << 8) | packet[at + 3]!) >>> 0;
    return (base + this.pick(4000) - 1000) >>> 0;
  }

  options(): number[] {
    const out: number[] = [];
    const add = (...bytes: number[]) => out.push(...bytes.map((byte) => byte & 0xff));
    const wide = (value: number) => add(value >>> 24, value >>> 16, value >>> 8, value);
    for (let left = this.pick(4); left > 0 && out.length < 28; left--) {
      switch (this.pick(9)) {
        case 0:
          add(2, 4, this.random(), this.random());
          break;
        case 1:
          add(3, 3, this.random());
          break;
        case 2:
          add(4, 2);
          break;
        case 3:
          add(5, 10);
          wide(this.number(4));
          wide(this.number(4));
          break;
        case 4:
          add(8, 10);
          wide(this.random() % 1000);
          wide(this.number(24));
          break;
        case 5:
          add(34, 2 + 2 * this.pick(5));
          break;
        case 6:
          add(1);
          break;
        case 7:
          add(this.random(), this.random());
          break;
        default:
          add(0);
      }
    }
    while (out.length & 3) out.push(1);
    return out.slice(0, 40);
  }

  segment(): Uint8Array {
    const options = this.options();
    const data = this.pick(3) === 0 ? this.pick(1400) : 0;
    const tcp = new Uint8Array(20 + options.length + data);
    set16(tcp, 0, 1000 + this.pick(6));
    const port = this.sent.length > 0 && this.pick(2) === 0 ? this.sent[this.pick(this.sent.length)]! : undefined;
    set16(tcp, 2, port === undefined ? 80 + this.pick(3) : (port[20]! << 8) | port[21]!);
    if (port !== undefined) set16(tcp, 0, (port[22]! << 8) | port[23]!);
    const seq = this.number(8);
    const ack = this.number(4);
    for (let i = 0; i < 4; i++) {
      tcp[4 + i] = seq >>> (24 - 8 * i);
      tcp[8 + i] = ack >>> (24 - 8 * i);
    }
    tcp[12] = ((20 + options.length) / 4) << 4;
    const flags = [0x02, 0x10, 0x10, 0x18, 0x11, 0x12, 0x04, 0x14, 0x30, 0xd0, this.random() & 0xff];
    tcp[13] = flags[this.pick(flags.length)]!;
    set16(tcp, 14, this.pick(3) === 0 ? this.pick(4) : this.random() & 0xffff);
    set16(tcp, 18, this.random() & 0xffff);
    tcp.set(options, 20);
    return tcp;
  }

  program(): void {
    const tcp = insideOldTcp(this.stack);
    const sock = this.socks[this.pick(Math.max(1, this.socks.length))];
    switch (this.pick(9)) {
      case 0: {
        if (this.socks.length > 20) break;
        const listener = tcp.create(2);
        listener.setsockopt(1, 2, Uint8Array.of(1, 0, 0, 0));
        if (listener.bind({ address: LOCAL, port: 80 + this.pick(3) }) < 0) listener.close();
        else {
          listener.listen(this.pick(4));
          this.socks.push(listener);
        }
        break;
      }
      case 1: {
        if (this.socks.length > 20) break;
        const client = tcp.create(2);
        client.connect({ address: REMOTE, port: 1000 + this.pick(6) });
        this.socks.push(client);
        break;
      }
      case 2: {
        const child = sock?.accept();
        if (child !== undefined && typeof child !== "number") this.socks.push(child as TcpSock);
        break;
      }
      case 3:
        sock?.sendmsg({ data: new Uint8Array(this.pick(20000)), flags: MSG_DONTWAIT });
        break;
      case 4:
        sock?.recvmsg({ length: this.pick(5000), flags: MSG_DONTWAIT });
        break;
      case 5:
        sock?.shutdown(this.pick(3));
        break;
      case 6:
        if (sock !== undefined && this.pick(4) === 0) {
          sock.close();
          this.socks.splice(this.socks.indexOf(sock), 1);
        }
        break;
      case 7:
        sock?.poll();
        sock?.getsockopt(6, 11, 280);
        break;
      default:
        this.now += this.pick(3) === 0 ? this.pick(3_000_000) : this.pick(2000);
        this.stack.runUntil(this.now);
    }
  }
}

Deno.test("random segments and calls: nothing is thrown, counters add up, memory is given back", () => {
  for (let seed = 1; seed <= 6; seed++) {
    const victim = new Victim(seededRandom(seed));
    for (let i = 0; i < 6000; i++) {
      if (victim.pick(3) === 0) victim.program();
      else {
        const tcp = victim.segment();
        if (victim.pick(50) === 0) tcp[13 + victim.pick(7)]! ^= 1 << victim.pick(8);
        victim.stack.receive(victim.device, wrap(tcp));
      }
      for (const sk of victim.socks) check(sk);
    }
    for (const sk of victim.socks.splice(0)) sk.close();
    victim.stack.runUntil(victim.now + 3000e6);
    const tcp = insideOldTcp(victim.stack);
    assertEquals(tcp.ehash.size, 0, `seed ${seed}: connections left`);
    assertEquals(tcp.timewait_count, 0, `seed ${seed}: TIME-WAIT left`);
    assertEquals(tcp.orphan_count, 0, `seed ${seed}: orphans left`);
    assertEquals(tcp.bind_table.size, 0, `seed ${seed}: ports left`);
    assertEquals(victim.stack.net.mib.get("Tcp.CurrEstab"), 0, `seed ${seed}: CurrEstab`);
  }
});

/** Changes a packet somewhere in its TCP header or options, and makes its checksum right again. */
function mutate(packet: Uint8Array, random: () => number): Uint8Array {
  const copy = packet.slice();
  const pick = (n: number) => random() % n;
  const header = (copy[32]! >> 4) * 4;
  const near = (at: number) => {
    const old = ((copy[at]! << 24) | (copy[at + 1]! << 16) | (copy[at + 2]! << 8) | copy[at + 3]!) >>> 0;
    const value = (old + pick(6000) - 3000) >>> 0;
    for (let i = 0; i < 4; i++) copy[at + i] = value >>> (24 - 8 * i);
  };
  switch (pick(7)) {
    case 0:
      near(24);
      break;
    case 1:
      near(28);
      break;
    case 2:
      copy[33]! ^= 1 << pick(8);
      break;
    case 3:
      set16(copy, 34, pick(2) === 0 ? pick(3) : random() & 0xffff);
      break;
    case 4:
      if (header > 20) copy[40 + pick(header - 20)]! = random() & 0xff;
      break;
    case 5:
      if (header > 32) near(20 + 20 + 4 * pick((header - 24) / 4));
      break;
    default:
      set16(copy, 38, random() & 0xffff);
      copy[33]! |= 0x20;
  }
  const source = IpAddress.from(copy, 12, 4);
  fillChecksum(copy, 20, copy.length, pseudoHeaderSum(source, IpAddress.from(copy, 16, 4), 6, copy.length - 20));
  return copy;
}

Deno.test("connections whose segments are changed on the way: nothing is thrown, counters add up", () => {
  let established = 0;
  let recoveries = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(seed);
    const stacks = [new Stack({ seed }), new Stack({ seed: seed + 50 })];
    const wire: { to: number; packet: Uint8Array }[] = [];
    const devices = stacks.map((_, i) =>
      new CallbackDevice({
        gso_max_size: seed % 2 === 0 ? 65536 : 0,
        transmit: (packet) => {
          const octets = packet.view().slice();
          if (random() % 20 === 0) return;
          wire.push({ to: 1 - i, packet: octets });
          if (random() % 5 === 0) wire.push({ to: 1 - i, packet: mutate(octets, random) });
          if (random() % 10 === 0 && wire.length > 1) wire.push(wire.shift()!);
        },
      })
    );
    stacks.forEach((stack, i) => {
      stack.addDevice(devices[i]!);
      stack.addAddress(devices[i]!, `192.0.2.${i + 1}/24`);
    });
    const listener = insideOldTcp(stacks[1]!).create(2);
    listener.bind({ address: REMOTE, port: 80 });
    listener.listen(10);
    const socks: TcpSock[] = [listener];
    let now = 0;
    for (let i = 0; i < 2500; i++) {
      if (socks.length < 12 && random() % 60 === 0) {
        const client = insideOldTcp(stacks[0]!).create(2);
        client.connect({ address: REMOTE, port: 80 });
        socks.push(client);
      }
      const child = listener.accept();
      if (typeof child !== "number") {
        socks.push(child);
        established++;
      }
      const at = 1 + random() % Math.max(1, socks.length - 1);
      const sock = socks[at];
      switch (random() % 6) {
        case 0:
        case 1:
          sock?.sendmsg({ data: new Uint8Array(random() % 30000), flags: MSG_DONTWAIT | (random() % 9 === 0 ? 1 : 0) });
          break;
        case 2:
          sock?.recvmsg({ length: random() % 40000, flags: MSG_DONTWAIT | (random() % 9 === 0 ? 1 : 0) });
          break;
        case 3:
          if (random() % 12 === 0) sock?.shutdown(random() % 3);
          break;
        case 4:
          if (sock !== undefined && random() % 12 === 0) {
            sock.close();
            socks.splice(at, 1);
          }
          break;
      }
      for (let left = random() % 20; left > 0 && wire.length > 0; left--) {
        const { to, packet } = wire.shift()!;
        stacks[to]!.receive(devices[to]!, packet);
      }
      now += random() % (random() % 10 === 0 ? 1_000_000 : 3000);
      for (const stack of stacks) stack.runUntil(now);
      for (const sk of socks) check(sk);
    }
    for (const sk of socks) sk.close();
    for (const stack of stacks) {
      const { mib } = stack.net;
      recoveries += mib.get("TcpExt.TCPSackRecovery");
      stack.runUntil(now + 3000e6);
      const tcp = insideOldTcp(stack);
      assertEquals(
        [tcp.ehash.size, tcp.timewait_count, tcp.orphan_count, tcp.bind_table.size],
        [0, 0, 0, 0],
        `seed ${seed}`,
      );
      assertEquals(mib.get("Tcp.CurrEstab"), 0, `seed ${seed}: CurrEstab`);
    }
  }
  assert(established > 50, `only ${established} connections came about`);
  assert(recoveries > 20, `only ${recoveries} recoveries`);
});

/** What must hold of every socket at every moment. */
function check(sk: TcpSock): void {
  let packets = 0;
  let sacked = 0;
  let lost = 0;
  let retrans = 0;
  let queued = 0;
  for (let skb = sk.rtx_queue.head; skb !== undefined; skb = skb.next) {
    packets += skb.gso_segs;
    if (skb.sacked & 1) sacked += skb.gso_segs;
    if (skb.sacked & 2) retrans += skb.gso_segs;
    if (skb.sacked & 4) lost += skb.gso_segs;
    queued += skb.truesize;
  }
  for (let skb = sk.write_queue.head; skb !== undefined; skb = skb.next) queued += skb.truesize;
  assertEquals(sk.packets_out, packets, "packets_out");
  if (sk.rx_opt.sack_ok) assertEquals(sk.sacked_out, sacked, "sacked_out");
  assertEquals(sk.lost_out, lost, "lost_out");
  assertEquals(sk.retrans_out, retrans, "retrans_out");
  assertEquals(sk.sk_wmem_queued, queued, "sk_wmem_queued");
  let held = 0;
  for (let skb = sk.receive_queue.head; skb !== undefined; skb = skb.next) held += skb.truesize;
  for (let skb = sk.out_of_order_queue.head; skb !== undefined; skb = skb.next) held += skb.truesize;
  assertEquals(sk.sk_rmem_alloc, held, "sk_rmem_alloc");
  assert(sk.snd_cwnd >= 1, "snd_cwnd");
  assert(sk.sk_rmem_alloc <= sk.sk_rcvbuf + 200_000, "receive queue is bounded");
}
