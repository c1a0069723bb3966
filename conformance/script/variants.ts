/** The three variants in which packetdrill's own driver, `run_all.py`, runs a script, and what it passes for each. */
import type { IpVersion } from "./syntax.ts";

/** A variant's command line. */
export interface Variant {
  /** Its `--ip_version`. */
  readonly ipVersion: IpVersion;
  /** `run_all.py`'s name for it. */
  readonly driverName: string;
  /** Options by name, without dashes. */
  readonly options: Readonly<Record<string, string>>;
  /** `-D` definitions: `run_all.py`'s, and the one that only the Linux selftests' driver has (`TFO_COOKIE_ZERO`). */
  readonly definitions: Readonly<Record<string, string>>;
}

const IPV4_OPTIONS = {
  local_ip: "192.168.0.1",
  gateway_ip: "192.168.0.1",
  netmask_ip: "255.255.0.0",
  remote_ip: "192.0.2.1",
};

/** All variants, by `--ip_version`. */
export const VARIANTS: Readonly<Record<IpVersion, Variant>> = {
  "ipv4": {
    ipVersion: "ipv4",
    driverName: "ipv4",
    options: { ip_version: "ipv4", ...IPV4_OPTIONS, send_omit_free: "" },
    definitions: {
      TFO_COOKIE: "3021b9d889017eeb",
      TFO_COOKIE_ZERO: "b7c12350a90dc8f5",
      CODE: "host_unreachable",
      CMSG_LEVEL_IP: "SOL_IP",
      CMSG_TYPE_RECVERR: "IP_RECVERR",
    },
  },
  "ipv4-mapped-ipv6": {
    ipVersion: "ipv4-mapped-ipv6",
    driverName: "ipv4-mapped-v6",
    options: { ip_version: "ipv4-mapped-ipv6", ...IPV4_OPTIONS, send_omit_free: "" },
    definitions: {
      TFO_COOKIE: "3021b9d889017eeb",
      TFO_COOKIE_ZERO: "b7c12350a90dc8f5",
      CODE: "host_unreachable",
      CMSG_LEVEL_IP: "SOL_IPV6",
      CMSG_TYPE_RECVERR: "IPV6_RECVERR",
    },
  },
  "ipv6": {
    ipVersion: "ipv6",
    driverName: "ipv6",
    options: {
      ip_version: "ipv6",
      mtu: "1520",
      local_ip: "fd3d:0a0b:17d6::1",
      gateway_ip: "fd3d:0a0b:17d6:8888::1",
      remote_ip: "fd3d:fa7b:d17d::1",
      send_omit_free: "",
    },
    definitions: {
      TFO_COOKIE: "c1d1e9742a47a9bc",
      TFO_COOKIE_ZERO: "82af1a8f9a205c34",
      CMSG_LEVEL_IP: "SOL_IPV6",
      CMSG_TYPE_RECVERR: "IPV6_RECVERR",
    },
  },
};

/** All `--ip_version`s in the driver's order. */
export const IP_VERSIONS: readonly IpVersion[] = ["ipv4", "ipv6", "ipv4-mapped-ipv6"];

/**
 * The variants in which the driver runs a file of that name: `…v6.pkt` as ipv6 only, `…v4.pkt` not as ipv6.
 * A script's header (`// variants:`) can narrow it further.
 */
export function variantsOf(path: string): IpVersion[] {
  if (path.endsWith("v6.pkt")) return ["ipv6"];
  if (path.endsWith("v4.pkt")) return ["ipv4", "ipv4-mapped-ipv6"];
  return [...IP_VERSIONS];
}
