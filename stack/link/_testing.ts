/** For tests on Ethernet: a stack alone on a link, played against by hand. */
import { ICMP_ECHO } from "../../abi/icmp_constants.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { IpAddress, MacAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import { concatBytes } from "../wire/bytes.ts";
import * as ethernet from "../wire/ethernet.ts";
import * as icmpv4 from "../wire/icmpv4.ts";
import * as ipv4 from "../wire/ipv4.ts";
import { CallbackDevice } from "./callback_device.ts";

/** The stack's MAC address. */
export const OURS: MacAddress = MacAddress.parse("02:00:00:00:00:01");
/** The other end's. */
export const THEIRS: MacAddress = MacAddress.parse("02:00:00:00:00:02");

/** Settings of a stack that does not speak IPv6. */
export const WITHOUT_IPV6: Readonly<Record<string, number>> = {
  "net.ipv6.conf.all.disable_ipv6": 1,
  "net.ipv6.conf.default.disable_ipv6": 1,
};

/** A frame that a stack sent. */
export interface Sent {
  readonly time_us: number;
  readonly frame: Uint8Array;
}

/** A stack with one Ethernet device, `eth0`. */
export class EthernetBench {
  readonly stack: Stack;
  readonly device: CallbackDevice;
  readonly sent: Sent[] = [];

  /** A stack whose `eth0` has `addresses`; without IPv6, which would have things to say itself, unless it is asked for. */
  constructor(addresses: readonly string[], options: StackOptions = {}, ipv6 = false) {
    this.stack = new Stack(ipv6 ? options : { ...options, sysctl: { ...WITHOUT_IPV6, ...options.sysctl } });
    this.device = new CallbackDevice({
      name: "eth0",
      address: OURS,
      transmit: (packet) => this.sent.push({ time_us: this.stack.net.now, frame: packet.view().slice() }),
    });
    this.stack.addDevice(this.device);
    for (const address of addresses) this.stack.addAddress(this.device, address);
  }

  /** Takes what was sent since. */
  take(): Sent[] {
    return this.sent.splice(0);
  }

  /** Gives the stack a frame. */
  receive(to: MacAddress, type: number, payload: Uint8Array, from: MacAddress = THEIRS): void {
    const frame = concatBytes(ethernet.emit({ destination: to, source: from, etherType: type }), payload);
    this.stack.receive(this.device, frame);
    this.stack.poll(this.stack.net.now);
  }

  /** Gives it an ARP packet from {@link THEIRS}. */
  arp(operation: number, sender: string, target: string, to = MacAddress.BROADCAST, hardware = THEIRS): void {
    const octets = arp.emit({
      operation,
      senderHardware: hardware,
      senderProtocol: IpAddress.parse(sender),
      targetHardware: operation === arp.ARPOP_REPLY ? OURS : MacAddress.ZERO,
      targetProtocol: IpAddress.parse(target),
    });
    this.receive(to, ethernet.ETH_P_ARP, octets, hardware);
  }

  /** What was sent, in words. */
  words(): string[] {
    return this.take().map(({ time_us, frame }) => `${time_us / 1000} ${frameWords(frame)}`);
  }
}

/** A frame in words. */
export function frameWords(frame: Uint8Array): string {
  const { header, payloadOffset } = ethernet.parse(frame);
  const to = header.destination.isBroadcast
    ? "all"
    : header.destination.equals(THEIRS)
    ? "them"
    : header.destination.key;
  const tag = header.tags.map(({ vid }) => ` vlan ${vid}`).join("");
  if (header.etherType === ethernet.ETH_P_ARP) {
    return `${to}${tag} ${arp.format(arp.parse(frame, payloadOffset).header)}`;
  }
  if (header.etherType === ethernet.ETH_P_IP) {
    const source = ipv4.source(frame, payloadOffset);
    return `${to}${tag} ${source} > ${ipv4.destination(frame, payloadOffset)} protocol ${
      ipv4.protocol(frame, payloadOffset)
    }`;
  }
  return `${to}${tag} 0x${header.etherType.toString(16)}`;
}

/** An IPv4 echo request. */
export function echoRequest(source: string, destination: string): Uint8Array {
  const message = new Uint8Array(icmpv4.HEADER_LENGTH);
  icmpv4.setType(message, 0, ICMP_ECHO);
  icmpv4.fillChecksum(message, 0, message.length);
  const header = ipv4.emit({
    source: IpAddress.parse(source),
    destination: IpAddress.parse(destination),
    protocol: 1,
    timeToLive: 64,
  }, message.length);
  return concatBytes(header, message);
}
