/**
 * Packet storage with headroom, after Linux's `sk_buff`.
 *
 * @module
 */
import type { IpAddress } from "./wire/address.ts";
import type { ReceivedOptions } from "./wire/ipv4_option_area.ts";

/** Room kept in front of a transport header for IP options, extension headers and a link header, in octets. */
export const MAX_HEADER = 160;

/** Whether a checksum still has to be looked at: `none` verify it, `unnecessary` the device did, `partial` the device will fill it in. */
export type ChecksumState = "none" | "unnecessary" | "partial";

/** To whom a packet is addressed, by link layer or by route (`skb->pkt_type`). */
export type PacketType = "host" | "broadcast" | "multicast" | "otherhost" | "loopback";

/** Sizes of storage that is used again, octets: a packet of the usual MTU, and the largest aggregate. */
const POOLED_SIZES = [2048, 66_048] as const;
/** Most octets that wait to be used again, per size. */
const POOL_LIMIT = 1 << 19;
const pools: readonly Uint8Array[][] = POOLED_SIZES.map(() => []);
const RELEASED = new Uint8Array(0);

/** Zeroed storage of at least `size` octets. */
function storage(size: number): Uint8Array {
  const index = size <= POOLED_SIZES[0] ? 0 : 1;
  // Between the sizes, and for tiny packets, a fitting piece of its own is cheaper than clearing a large one.
  if (size < 512 || size > POOLED_SIZES[1] || size * 2 < POOLED_SIZES[index]!) return new Uint8Array(size);
  const bytes = pools[index]!.pop();
  if (bytes === undefined) return new Uint8Array(POOLED_SIZES[index]!);
  bytes.fill(0, 0, size);
  return bytes;
}

/** A packet's device, as far as who looks at the packet asks. */
export interface PacketDevice {
  /** Interface name, e.g. `tun0`. */
  readonly name: string;
  /** Interface index, from 1. */
  readonly ifindex: number;
  /** Largest IP packet it sends, octets. */
  readonly mtu: number;
  /** `IFF_*` flags. */
  readonly flags: number;
  /** Its link-layer address: then packets carry an Ethernet header. Absent on links without such. */
  readonly address: Uint8Array | undefined;
}

/** A packet's route, as far as who is handed the packet asks. */
export interface PacketRoute {
  /** What kind of destination it leads to: `local`, `broadcast` … */
  readonly type: string;
  /** The address of this host that answers come from. */
  readonly source: IpAddress;
  /** Of what comes in: the device that it comes in on. */
  readonly input: PacketDevice | undefined;
  /** Whether it may still be used. */
  isValid(): boolean;
}

/**
 * One packet. Valid octets are `bytes[data … tail)`; headers are pushed in front and pulled off as a packet climbs or
 * descends. Fields carry Linux's names where Linux has them.
 */
export class PacketBuffer {
  /** The storage. Octets before `data` are headroom, octets from `tail` on are tailroom. */
  bytes: Uint8Array;
  /** Index of the first valid octet. */
  data: number;
  /** Index after the last valid octet. */
  tail: number;
  /** Index of the link header, or -1. */
  mac_header: number = -1;
  /** Index of the IP header, or -1. */
  network_header: number = -1;
  /** Index of the transport header, or -1. */
  transport_header: number = -1;
  /** IP version of the packet once known. */
  family: 4 | 6 = 4;
  /** Transport protocol number (IPv4 protocol, IPv6 upper-layer next header) once known. */
  protocol = 0;
  /** The device it came from or leaves through. */
  device: PacketDevice | undefined = undefined;
  /** Destination cache entry (`skb_dst`). */
  route: PacketRoute | undefined = undefined;
  /** TOS octet or traffic class of the received header. */
  tos = 0;
  /** TTL or hop limit of the received header. */
  ttl = 0;
  /** Largest fragment that a reassembled datagram came in, 0 when it was whole (`IPCB(skb)->frag_max_size`). */
  frag_max_size = 0;
  /** Checksum state. */
  ip_summed: ChecksumState = "none";
  /** Payload octets per segment of an aggregate; 0 when the packet is no aggregate. */
  gso_size = 0;
  /** `SO_PRIORITY` of the sender, classifies in queueing disciplines. */
  priority = 0;
  /** `SO_MARK` of the sender or set by a hook. */
  mark = 0;
  /** To whom it is addressed. */
  pkt_type: PacketType = "host";
  /**
   * IPv4 options found on the way in (`IPCB(skb)->opt`), `undefined` when there are none.
   *
   * @internal
   */
  opt: ReceivedOptions | undefined = undefined;
  /** IPv6: offset from the IP header of the next-header octet that names what `data` is at (`IP6CB(skb)->nhoff`). */
  nhoff = 0;
  /** Fragmenting is allowed though DF is set (`skb->ignore_df`). */
  ignore_df = false;
  /** A multicast that its sender wants to hear itself where it is a member (`IP_MULTICAST_LOOP`). */
  mc_loop = true;
  /** Forwarded by this host (`IPSKB_FORWARDED`). */
  forwarded = false;
  /** Flow hash of the sender (`skb->hash`, `sk_txhash`), 0 when there is none. */
  hash = 0;
  /** Stack time of arrival, µs. */
  timestamp_us = 0;

  /** The storage is this packet's alone and came from {@link PacketBuffer.allocate}. */
  private pooled = false;

  /** Wraps storage whose octets `[data, tail)` are valid. */
  constructor(bytes: Uint8Array, data = 0, tail: number = bytes.length) {
    this.bytes = bytes;
    this.data = data;
    this.tail = tail;
  }

  /** A buffer of `length` zero octets behind `headroom` octets. */
  static allocate(length: number, headroom: number = MAX_HEADER): PacketBuffer {
    const packet = new PacketBuffer(storage(headroom + length), headroom, headroom + length);
    packet.pooled = true;
    return packet;
  }

  /** Number of valid octets. */
  get length(): number {
    return this.tail - this.data;
  }

  /** Octets free in front of `data`. */
  get headroom(): number {
    return this.data;
  }

  /** Opens `count` octets in front and returns the new `data`; storage grows when the headroom is too small. */
  push(count: number): number {
    if (count > this.data) this.expandHead(count + MAX_HEADER - this.data);
    this.data -= count;
    return this.data;
  }

  /** Drops `count` octets in front and returns the new `data`. The caller has checked the length. */
  pull(count: number): number {
    this.data += count;
    return this.data;
  }

  /** Whether at least `count` octets are valid (`pskb_may_pull`; buffers are linear). */
  mayPull(count: number): boolean {
    return this.tail - this.data >= count;
  }

  /** Cuts the valid octets to `length` if there are more (`pskb_trim`). */
  trim(length: number): void {
    if (this.length > length) this.tail = this.data + length;
  }

  /** The valid octets, as a view. */
  view(): Uint8Array {
    return this.bytes.subarray(this.data, this.tail);
  }

  /** An independent copy, metadata included. */
  copy(): PacketBuffer {
    const copy = new PacketBuffer(this.bytes.slice(), this.data, this.tail);
    copy.mac_header = this.mac_header;
    copy.network_header = this.network_header;
    copy.transport_header = this.transport_header;
    copy.family = this.family;
    copy.protocol = this.protocol;
    copy.device = this.device;
    copy.route = this.route;
    copy.tos = this.tos;
    copy.ttl = this.ttl;
    copy.frag_max_size = this.frag_max_size;
    copy.ip_summed = this.ip_summed;
    copy.gso_size = this.gso_size;
    copy.priority = this.priority;
    copy.mark = this.mark;
    copy.pkt_type = this.pkt_type;
    copy.opt = this.opt;
    copy.nhoff = this.nhoff;
    copy.ignore_df = this.ignore_df;
    copy.mc_loop = this.mc_loop;
    copy.forwarded = this.forwarded;
    copy.hash = this.hash;
    copy.timestamp_us = this.timestamp_us;
    return copy;
  }

  /**
   * Gives the storage back to be used again. For who was handed the packet and is done with it, as a device that has
   * copied it; nobody is obliged to. The packet is empty from then on.
   */
  release(): void {
    const { bytes } = this;
    this.bytes = RELEASED;
    this.data = this.tail = 0;
    if (!this.pooled) return;
    this.pooled = false;
    const index = POOLED_SIZES.findIndex((size) => size === bytes.length);
    if (index >= 0 && (pools[index]!.length + 1) * bytes.length <= POOL_LIMIT) pools[index]!.push(bytes);
  }

  /** Moves the octets to larger storage, with `by` octets more in front. */
  private expandHead(by: number): void {
    this.pooled = false;
    const grown = new Uint8Array(this.bytes.length + by);
    grown.set(this.bytes, by);
    this.bytes = grown;
    this.data += by;
    this.tail += by;
    if (this.mac_header >= 0) this.mac_header += by;
    if (this.network_header >= 0) this.network_header += by;
    if (this.transport_header >= 0) this.transport_header += by;
  }
}
