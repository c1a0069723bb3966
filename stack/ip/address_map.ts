/**
 * Maps from addresses that lie in packets to values, without making an address object per packet.
 *
 * @module
 */
import { type Family, hashBytes, IpAddress } from "../wire/address.ts";
import { get32 } from "../wire/bytes.ts";

interface Entry<T> {
  readonly address: IpAddress;
  value: T;
  next: Entry<T> | undefined;
}

/** A map keyed by addresses of one family, in the order of insertion of their hashes; the hash is keyed by a secret. */
export class AddressMap<T> {
  private readonly buckets = new Map<number, Entry<T>>();
  private count = 0;

  /** An empty map; `seed` keys the hash so that no peer can choose colliding addresses. */
  constructor(private readonly family: Family, private readonly seed = 0) {}

  /** Number of entries. */
  get size(): number {
    return this.count;
  }

  /** The value for the address at `bytes[offset]`. */
  get(bytes: Uint8Array, offset: number): T | undefined {
    let entry = this.buckets.get(this.hash(bytes, offset));
    while (entry !== undefined && !entry.address.matches(bytes, offset)) entry = entry.next;
    return entry?.value;
  }

  /** The value for an address object. */
  getAddress(address: IpAddress): T | undefined {
    return this.get(address.bytes, 0);
  }

  /** Sets the value for an address. */
  set(address: IpAddress, value: T): void {
    const hash = this.hash(address.bytes, 0);
    const head = this.buckets.get(hash);
    for (let entry = head; entry !== undefined; entry = entry.next) {
      if (entry.address.equals(address)) {
        entry.value = value;
        return;
      }
    }
    this.buckets.set(hash, { address, value, next: head });
    this.count++;
  }

  /** Removes an address; whether it was there. */
  delete(address: IpAddress): boolean {
    const hash = this.hash(address.bytes, 0);
    let previous: Entry<T> | undefined;
    for (let entry = this.buckets.get(hash); entry !== undefined; previous = entry, entry = entry.next) {
      if (!entry.address.equals(address)) continue;
      if (previous !== undefined) previous.next = entry.next;
      else if (entry.next !== undefined) this.buckets.set(hash, entry.next);
      else this.buckets.delete(hash);
      this.count--;
      return true;
    }
    return false;
  }

  /** Removes everything that hashed first, one bucket: for caches that are full. */
  evictOldest(): void {
    for (const [hash, head] of this.buckets) {
      for (let entry: Entry<T> | undefined = head; entry !== undefined; entry = entry.next) this.count--;
      this.buckets.delete(hash);
      return;
    }
  }

  /** Removes all. */
  clear(): void {
    this.buckets.clear();
    this.count = 0;
  }

  /** Every value. */
  *values(): Generator<T> {
    for (const head of this.buckets.values()) {
      for (let entry: Entry<T> | undefined = head; entry !== undefined; entry = entry.next) yield entry.value;
    }
  }

  /** Every address. */
  *keys(): Generator<IpAddress> {
    for (const head of this.buckets.values()) {
      for (let entry: Entry<T> | undefined = head; entry !== undefined; entry = entry.next) yield entry.address;
    }
  }

  private hash(bytes: Uint8Array, offset: number): number {
    return this.family === 4 ? get32(bytes, offset) : hashBytes(bytes, offset, 16, this.seed);
  }
}
