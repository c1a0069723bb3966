/**
 * The terms on which a sender sends: what the handshake agreed on, what program, route and settings say.
 *
 * @module
 */
import { TIMESTAMP_TICK, timestampAt } from "../timestamps.ts";
import type { SenderParts } from "./parts.ts";

/** The part of a sender that looks such things up. */
export abstract class SenderTerms {
  /** Terms of the sender that is made of `parts`. */
  constructor(protected readonly parts: SenderParts) {}

  get sackPermitted(): boolean {
    return this.parts.negotiated.sack;
  }

  get timestamps(): boolean {
    return this.parts.negotiated.timestamps;
  }

  timestampNow(): number {
    return timestampAt(this.parts.endpoint.net.now, this.parts.negotiated.timestampOffset);
  }

  readonly timestampTick = TIMESTAMP_TICK;

  get handshake(): boolean {
    return this.parts.host.handshake;
  }

  get thinLinearTimeouts(): boolean {
    return this.parts.settings.thinLinearTimeouts || this.parts.config.thin_linear_timeouts.value !== 0;
  }

  get rtoMin(): number {
    const route = this.parts.path.route();
    const ofRoute = typeof route === "number" ? undefined : route.metrics.rto_min;
    return ofRoute ?? (this.parts.settings.rtoMin || this.parts.config.rto_min_us.value);
  }

  get rtoMax(): number {
    return this.parts.settings.rtoMax || this.parts.config.rto_max_ms.value * 1000;
  }

  get initialWindow(): number {
    const route = this.parts.path.route();
    return typeof route === "number" ? 0 : route.metrics.initcwnd ?? 0;
  }

  get userTimeout(): number {
    return this.parts.settings.userTimeout;
  }
}
