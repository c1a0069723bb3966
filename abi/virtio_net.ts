/**
 * `struct virtio_net_hdr`, which goes before each packet of a TUN device opened with `IFF_VNET_HDR` (tun(4), virtio
 * section 5.1.6), at its place.
 *
 * @module
 */

/** Octets of the structure. */
export const VNET_HEADER_SIZE = 10;

/** Bits of its flags. */
export const VIRTIO_NET_HDR_F = { NEEDS_CSUM: 1, DATA_VALID: 2, RSC_INFO: 4 } as const;

/** Kinds of aggregates. */
export const VIRTIO_NET_HDR_GSO = { NONE: 0, TCPV4: 1, UDP: 3, TCPV6: 4, UDP_L4: 5, ECN: 0x80 } as const;

/** What it says. */
export interface VnetHeader {
  /** {@link VIRTIO_NET_HDR_F} bits. */
  readonly flags: number;
  /** One of {@link VIRTIO_NET_HDR_GSO}. */
  readonly gsoType: number;
  /** Length of the headers that each segment repeats. */
  readonly hdrLen: number;
  /** Payload bytes per segment. */
  readonly gsoSize: number;
  /** Where the checksum starts, with NEEDS_CSUM. */
  readonly csumStart: number;
  /** Where it is stored, from `csumStart` on. */
  readonly csumOffset: number;
}

const FLAGS = 0;
const GSO_TYPE = 1;
const HDR_LEN = 2;
const GSO_SIZE = 4;
const CSUM_START = 6;
const CSUM_OFFSET = 8;

function get(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

function set(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
}

/** {@link VnetHeader.flags} of the header at `at`. */
export function vnetFlags(bytes: Uint8Array, at = 0): number {
  return bytes[at + FLAGS]!;
}

/** {@link VnetHeader.gsoType} of the header at `at`. */
export function vnetGsoType(bytes: Uint8Array, at = 0): number {
  return bytes[at + GSO_TYPE]!;
}

/** {@link VnetHeader.gsoSize} of the header at `at`. */
export function vnetGsoSize(bytes: Uint8Array, at = 0): number {
  return get(bytes, at + GSO_SIZE);
}

/** Reads a header. */
export function getVnetHeader(bytes: Uint8Array, at = 0): VnetHeader {
  return {
    flags: vnetFlags(bytes, at),
    gsoType: vnetGsoType(bytes, at),
    hdrLen: get(bytes, at + HDR_LEN),
    gsoSize: vnetGsoSize(bytes, at),
    csumStart: get(bytes, at + CSUM_START),
    csumOffset: get(bytes, at + CSUM_OFFSET),
  };
}

/** Writes a header. */
export function putVnetHeader(bytes: Uint8Array, at: number, header: VnetHeader): void {
  bytes[at + FLAGS] = header.flags;
  bytes[at + GSO_TYPE] = header.gsoType;
  set(bytes, at + HDR_LEN, header.hdrLen);
  set(bytes, at + GSO_SIZE, header.gsoSize);
  set(bytes, at + CSUM_START, header.csumStart);
  set(bytes, at + CSUM_OFFSET, header.csumOffset);
}

/** Says of the packet behind a header that says nothing that its checksum is to be filled in. */
export function putVnetChecksum(bytes: Uint8Array, at: number, start: number, offset: number): void {
  bytes[at + FLAGS] = VIRTIO_NET_HDR_F.NEEDS_CSUM;
  set(bytes, at + CSUM_START, start);
  set(bytes, at + CSUM_OFFSET, offset);
}

/** Says of the packet behind a header that it is an aggregate. */
export function putVnetSegmentation(bytes: Uint8Array, at: number, type: number, size: number, headers: number): void {
  bytes[at + GSO_TYPE] = type;
  set(bytes, at + GSO_SIZE, size);
  set(bytes, at + HDR_LEN, headers);
}
