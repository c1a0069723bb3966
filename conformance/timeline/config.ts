/**
 * The settings of one run: packetdrill's options (section "Options" of the language reference), resolved.
 *
 * @module
 */
import type { IpVersion, WorldOptions } from "../targets/target.ts";

/** All options with their values in effect. Times are µs. */
export interface ScriptConfig {
  readonly ipVersion: IpVersion;
  /** Local port of every `bind`. */
  readonly bindPort: number;
  /** Remote port of every `connect`. */
  readonly connectPort: number;
  readonly localIp: string;
  /** Prefix length of {@link localIp}, by `--netmask_ip`; 48 for IPv6. */
  readonly localPrefixLength: number;
  readonly remoteIp: string;
  /** Prefix that is routed to the device. */
  readonly remotePrefixLength: number;
  readonly gatewayIp: string;
  readonly mtu: number;
  /** Mbit/s, 0 leaves it. */
  readonly speed: number;
  /** GSO hint of injected TCP packets, 0 for none. */
  readonly mss: number;
  readonly toleranceUsecs: number;
  readonly tolerancePercent: number;
  /** 0: the value of outbound timestamps is not checked. */
  readonly tcpTsTickUsecs: number;
  readonly tcpTsEcrScaled: boolean;
  readonly strictSegments: boolean;
  readonly nonFatalPacket: boolean;
  readonly nonFatalSyscall: boolean;
  readonly sendOmitFree: boolean;
  readonly isAnyip: boolean;
  /** Commands to run before the script, each with `sh -c`. */
  readonly initScripts: readonly string[];
  readonly codeCommand: string;
}

/** The world that a script with this configuration wants; `cwd` is the working directory of its commands. */
export function worldOptions(config: ScriptConfig, cwd: string): WorldOptions {
  return {
    ipVersion: config.ipVersion,
    localIp: config.localIp,
    localPrefixLength: config.localPrefixLength,
    remoteIp: config.remoteIp,
    remotePrefixLength: config.remotePrefixLength,
    gatewayIp: config.gatewayIp,
    mtu: config.mtu,
    speed: config.speed,
    anyIp: config.isAnyip,
    sendOmitFree: config.sendOmitFree,
    cwd,
  };
}
