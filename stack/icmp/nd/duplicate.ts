/**
 * Duplicate address detection: an address is used when nobody else has it (RFC 4862 section 5.4, RFC 7527).
 *
 * @module
 */
import type { NetDevice } from "../../link/device.ts";
import type { Net } from "../../net.ts";
import type { Timer } from "../../timers.ts";
import { IpAddress } from "../../wire/address.ts";
import type { NdSender } from "./sender.ts";

/** RFC 4861 section 10: the first message of an interface that came up waits for some time up to this, µs. */
const MAX_RTR_SOLICITATION_DELAY_US = 1_000_000;
/** RFC 7527 section 4.1. */
const NONCE_LENGTH = 6;
/** RFC 7527 section 4.2: one's own message that came back makes for more of them. */
const MAX_MULTICAST_SOLICIT = 3;

/** What became of an address. */
export type DadOutcome = "unique" | "duplicate";

/** One address that is tentative. */
export class DuplicateDetection {
  private readonly timer: Timer;
  private left: number;
  private nonce: Uint8Array | undefined = undefined;
  /** One's own message was heard: the link loops it back. */
  private looped = false;

  /** Begins, after a random delay; `done` is told how it ended, once. */
  constructor(
    private readonly net: Net,
    private readonly sender: NdSender,
    readonly device: NetDevice,
    readonly address: IpAddress,
    private readonly done: (outcome: DadOutcome) => void,
  ) {
    this.left = sender.settingsOf(device).dad_transmits.value;
    this.timer = net.timers.create(`dad ${address}`, () => this.next());
    this.timer.arm(net.now + Math.floor(MAX_RTR_SOLICITATION_DELAY_US * net.random() / 0x1_0000_0000));
  }

  private next(): void {
    if (this.left === 0) return this.done("unique");
    this.left--;
    const { device, address, sender, net } = this;
    if (sender.settingsOf(device).enhanced_dad.or) this.nonce = nonce(net);
    const retrans_us = sender.ip.neighbours.table(6)?.parameters(device).retrans_us ?? 0;
    this.timer.arm(net.now + retrans_us);
    // RFC4862-5.4.2-ns
    const destination = address.solicitedNode();
    const ask = { source: IpAddress.ANY6, destination, target: address };
    sender.solicitNeighbour(device, this.nonce === undefined ? ask : { ...ask, nonce: this.nonce });
  }

  /** Somebody else detects the same address; with a nonce it can be told whether that is us. RFC 4862 section 5.4.3 */
  heardSolicitation(nonce: Uint8Array | undefined): void {
    const own = nonce !== undefined && this.nonce?.every((octet, i) => octet === nonce[i]) === true;
    if (!own) return this.stop("duplicate");
    if (!this.looped) this.left += MAX_MULTICAST_SOLICIT;
    this.looped = true;
  }

  /** Somebody has the address. RFC 4862 section 5.4.4 */
  heardAdvertisement(): void {
    // RFC4862-5.4.4-na
    this.stop("duplicate");
  }

  /** Ends it; without an outcome nobody is told. */
  stop(outcome?: DadOutcome): void {
    this.timer.cancel();
    if (outcome !== undefined) this.done(outcome);
  }
}

function nonce(net: Net): Uint8Array {
  return Uint8Array.from({ length: NONCE_LENGTH }, () => net.random() >>> 24);
}
