/**
 * IPv4 address conflict detection (RFC 5227): an address is probed before it is used, announced, and defended.
 *
 * @module
 */
import type { Net } from "../net.ts";
import type { Timer } from "../timers.ts";
import { IpAddress, MacAddress } from "../wire/address.ts";
import * as arp from "../wire/arp.ts";
import type { Arp } from "./arp.ts";
import type { NetDevice } from "./device.ts";

// RFC 5227 section 1.1, times in µs.
const PROBE_WAIT_US = 1_000_000;
const PROBE_NUM = 3;
const PROBE_MIN_US = 1_000_000;
const PROBE_MAX_US = 2_000_000;
const ANNOUNCE_WAIT_US = 2_000_000;
const ANNOUNCE_NUM = 2;
const ANNOUNCE_INTERVAL_US = 2_000_000;
const MAX_CONFLICTS = 10;
const RATE_LIMIT_INTERVAL_US = 60_000_000;
const DEFEND_INTERVAL_US = 10_000_000;

/** What became of a claim: the address is ours, somebody has it, or it was ours and is given up. */
export type ClaimOutcome = "claimed" | "conflict" | "lost";

/** An address that is being claimed, or was. */
interface Claim {
  readonly device: NetDevice;
  readonly address: IpAddress;
  readonly timer: Timer;
  readonly done: (outcome: ClaimOutcome) => void;
  phase: "probing" | "announcing" | "held";
  left: number;
  defended_us: number;
}

/** See the module. */
export class AddressConflicts {
  private readonly claims = new Map<string, Claim>();
  /** Conflicts found while probing, by device: after many of them addresses are tried slowly. */
  private readonly conflicts = new Map<NetDevice, number>();

  /** Looks at what ARP hears. */
  constructor(private readonly net: Net, private readonly arp: Arp) {
    arp.addWatcher((device, packet) => this.heard(device, packet));
  }

  /** Claims an address; `done` is told what becomes of it, more than once if it is lost later. RFC5227-2.1-probe */
  claim(device: NetDevice, address: IpAddress, done: (outcome: ClaimOutcome) => void): void {
    const key = keyOf(device, address);
    this.release(device, address);
    const timer = this.net.timers.create(`claim ${address}`, () => this.next(claim));
    const claim: Claim = { device, address, timer, done, phase: "probing", left: PROBE_NUM, defended_us: -Infinity };
    this.claims.set(key, claim);
    const slowly = (this.conflicts.get(device) ?? 0) >= MAX_CONFLICTS ? RATE_LIMIT_INTERVAL_US : 0;
    timer.arm(this.net.now + slowly + this.between(0, PROBE_WAIT_US));
  }

  /** Holds an address without asking: it is defended from now on. */
  hold(device: NetDevice, address: IpAddress, lost: () => void): void {
    this.claim(device, address, lost);
    const claim = this.claims.get(keyOf(device, address))!;
    claim.timer.cancel();
    claim.phase = "held";
  }

  /** Gives an address up. */
  release(device: NetDevice, address: IpAddress): void {
    const key = keyOf(device, address);
    this.claims.get(key)?.timer.cancel();
    this.claims.delete(key);
  }

  private next(claim: Claim): void {
    const { device, address, timer } = claim;
    if (claim.phase === "probing") {
      if (claim.left === 0) {
        claim.phase = "announcing";
        claim.left = ANNOUNCE_NUM;
        this.conflicts.delete(device);
        claim.done("claimed");
      } else {
        claim.left--;
        this.probe(device, address);
        const wait = claim.left === 0 ? ANNOUNCE_WAIT_US : this.between(PROBE_MIN_US, PROBE_MAX_US);
        return timer.arm(this.net.now + wait);
      }
    }
    claim.left--;
    this.arp.announce(device, address);
    if (claim.left > 0) timer.arm(this.net.now + ANNOUNCE_INTERVAL_US);
    else claim.phase = "held";
  }

  /** RFC5227-2.1.1-spa-zero, RFC5227-2.1.1-tha-zero, RFC5227-2.1.1-tpa: a request from nowhere. */
  private probe(device: NetDevice, address: IpAddress): void {
    this.arp.send(device, {
      operation: arp.ARPOP_REQUEST,
      senderProtocol: IpAddress.ANY4,
      targetProtocol: address,
      to: MacAddress.BROADCAST.bytes,
    });
  }

  private heard(device: NetDevice, packet: arp.ArpPacket): void {
    if (this.claims.size === 0 || device.address === undefined || packet.senderHardware.matches(device.address, 0)) {
      return;
    }
    const sender = this.claims.get(keyOf(device, packet.senderProtocol));
    if (sender !== undefined) return sender.phase === "probing" ? this.conflict(sender) : this.defend(sender);
    // Somebody else probes for the same address at the same time.
    const target = this.claims.get(keyOf(device, packet.targetProtocol));
    const probe = packet.operation === arp.ARPOP_REQUEST && packet.senderProtocol.isUnspecified;
    if (target?.phase === "probing" && probe) this.conflict(target);
  }

  private conflict(claim: Claim): void {
    this.release(claim.device, claim.address);
    this.conflicts.set(claim.device, (this.conflicts.get(claim.device) ?? 0) + 1);
    claim.done("conflict");
  }

  /** RFC5227-2.4-b-defend, RFC5227-2.4-b-second: it is said once more whose it is; to whom insists soon after, it is left. */
  private defend(claim: Claim): void {
    if (this.net.now < claim.defended_us + DEFEND_INTERVAL_US) {
      this.release(claim.device, claim.address);
      return claim.done("lost");
    }
    claim.defended_us = this.net.now;
    this.arp.announce(claim.device, claim.address);
  }

  private between(low: number, high: number): number {
    return low + Math.floor((high - low) * this.net.random() / 0x1_0000_0000);
  }
}

function keyOf(device: NetDevice, address: IpAddress): string {
  return `${device.ifindex} ${address}`;
}
