/**
 * Settings that an interface has beside those of all interfaces.
 *
 * @module
 */
import type { Net } from "./net.ts";
import type { Setting } from "./sysctl.ts";

/** A per-interface setting with its `all` counterpart. */
export class ConfPair {
  private readonly all: Setting;
  private readonly own: Setting;

  /** The setting `leaf` of the interface `name` in `tree` (`net.ipv4.conf`, `net.ipv6.conf`). */
  constructor(net: Net, tree: string, name: string, leaf: string) {
    this.all = net.sysctl.entry(`${tree}.all.${leaf}`);
    this.own = net.sysctl.entry(`${tree}.${name}.${leaf}`);
  }

  /** `IN_DEV_ANDCONF` */
  get and(): boolean {
    return this.all.value !== 0 && this.own.value !== 0;
  }

  /** `IN_DEV_ORCONF` */
  get or(): boolean {
    return this.all.value !== 0 || this.own.value !== 0;
  }

  /** `IN_DEV_MAXCONF` */
  get max(): number {
    return Math.max(this.all.value, this.own.value);
  }

  /** The smaller of both. */
  get min(): number {
    return Math.min(this.all.value, this.own.value);
  }

  /** The interface's own. */
  get value(): number {
    return this.own.value;
  }
}
