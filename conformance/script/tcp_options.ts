/** TCP options: their bytes on the wire. The grammar is in `parse_tcp_options.ts`. */
import {
  TCPOPT_ACCECN0,
  TCPOPT_ACCECN0_MAGIC,
  TCPOPT_ACCECN1,
  TCPOPT_ACCECN1_MAGIC,
  TCPOPT_AO,
  TCPOPT_EOL,
  TCPOPT_EXP,
  TCPOPT_FASTOPEN,
  TCPOPT_FASTOPEN_MAGIC,
  TCPOPT_MD5SIG,
  TCPOPT_MPTCP,
  TCPOPT_MSS,
  TCPOPT_NOP,
  TCPOPT_SACK,
  TCPOPT_SACK_PERM,
  TCPOPT_TIMESTAMP,
  TCPOPT_WINDOW,
} from "../../stack/wire/tcp_options.ts";
import type { MptcpOption, TcpOption, Wildcard } from "./syntax.ts";

/** What an option must look like: octets, and which of them count. */
export interface OptionPattern {
  /** Kind and length included; zeros where a wildcard or a value that is found out later stands. */
  readonly bytes: Uint8Array;
  /** As long as {@link bytes}: the bits of each octet that are compared. */
  readonly compared: Uint8Array;
  /** More octets may follow. */
  readonly anyLength: boolean;
}

/** The kind of an option; of raw octets, the first one. */
export function optionKind(option: TcpOption): number {
  return optionPattern(option).bytes.at(0) ?? 0;
}

/** Bytes of an option, kind and length included. Wildcards, a TS `val ...` and `md5 valid` give zeros. */
export function encodeTcpOption(option: TcpOption): Uint8Array {
  return optionPattern(option).bytes;
}

/** Whether an option stands for more than one row of octets. */
export function hasWildcard(option: TcpOption): boolean {
  switch (option.kind) {
    case "md5":
      return option.digest === "*";
    case "timestamp":
      return option.ecr === "*" || (option.val === undefined && option.ecrCompared);
    case "mptcp":
      return false;
    default: {
      const { compared, anyLength } = optionPattern(option);
      return anyLength || compared.includes(0);
    }
  }
}

/** The pattern of an option. MPTCP's that hang on keys have those octets uncompared: `mptcp.ts` of the timeline knows them. */
export function optionPattern(option: TcpOption): OptionPattern {
  const pattern = new PatternBuilder();
  switch (option.kind) {
    case "eol":
      return pattern.octets(TCPOPT_EOL).done();
    case "nop":
      return pattern.octets(TCPOPT_NOP).done();
    case "mss":
      return pattern.head(TCPOPT_MSS).number(option.value, 2).done();
    case "wscale":
      return pattern.head(TCPOPT_WINDOW).number(option.shift, 1).done();
    case "sackOK":
      return pattern.head(TCPOPT_SACK_PERM).done();
    case "sack":
      pattern.head(TCPOPT_SACK);
      if (option.blocks === "*") return pattern.any().done();
      for (const { left, right } of option.blocks) pattern.number(left, 4).number(right, 4);
      return pattern.done();
    case "timestamp":
      return pattern.head(TCPOPT_TIMESTAMP).number(option.val ?? "*", 4).number(option.ecr, 4).done();
    case "md5":
      return option.digest === undefined
        ? pattern.head(TCPOPT_MD5SIG).data(new Uint8Array(16)).done()
        : pattern.head(TCPOPT_MD5SIG).data(option.digest).done();
    case "fastopen":
      if (!option.experimental) return pattern.head(TCPOPT_FASTOPEN).data(option.cookie).done();
      return pattern.head(TCPOPT_EXP).number(TCPOPT_FASTOPEN_MAGIC, 2).data(option.cookie).done();
    case "accecn":
      if (option.experimental) {
        pattern.head(TCPOPT_EXP).number(option.order === 0 ? TCPOPT_ACCECN0_MAGIC : TCPOPT_ACCECN1_MAGIC, 2);
      } else pattern.head(option.order === 0 ? TCPOPT_ACCECN0 : TCPOPT_ACCECN1);
      for (const counter of option.counters) pattern.number(counter, 3);
      return pattern.done();
    case "ao":
      return pattern.head(TCPOPT_AO).number(option.keyId, 1).number(option.rnextKeyId, 1).data(option.mac).done();
    case "generic":
      return pattern.head(option.optionKind).data(option.data).done();
    case "experimental":
      return pattern.head(TCPOPT_EXP).number(option.experiment, 2).data(option.data).done();
    case "mptcp":
      return mptcpPattern(pattern.head(TCPOPT_MPTCP), option).done();
    case "bytes":
      return pattern.data(option.data).raw();
  }
}

/** What an MPTCP option says by itself: subtype, flags, lengths and plain numbers. */
function mptcpPattern(pattern: PatternBuilder, option: MptcpOption): PatternBuilder {
  const key = (value: bigint | undefined) => pattern.wide(value ?? "*", 8);
  switch (option.subtype) {
    case "capable":
      pattern.octets(option.version, option.flags);
      for (const { value } of option.keys) key(value);
      return option.dataLength === undefined ? pattern : pattern.number(option.dataLength, 2);
    case "join-syn":
      pattern.octets(0x10 | (option.backup ? 1 : 0)).number(option.addressId ?? "*", 1);
      return pattern.number(option.token.kind === "value" ? option.token.value : "*", 4).number("*", 4);
    case "join-syn-ack":
      pattern.octets(0x10 | (option.backup ? 1 : 0)).number(option.addressId ?? "*", 1);
      return pattern.wide("*", 8).number("*", 4);
    case "join-ack":
      return pattern.octets(0x10, 0).wide("*", 20);
    case "dss": {
      const { ack, dsn } = option;
      const flags = (ack === undefined ? 0 : 1) | (ack?.width === 8 ? 2 : 0) | (dsn === undefined ? 0 : 4) |
        (dsn?.width === 8 ? 8 : 0) | (option.fin ? 16 : 0);
      pattern.octets(0x20, flags);
      if (ack !== undefined) pattern.wide("*", ack.width);
      if (dsn === undefined) return pattern;
      pattern.wide("*", dsn.width).number(option.ssn ?? "*", 4).number(option.length ?? "*", 2);
      return option.checksum ? pattern.number("*", 2) : pattern;
    }
    case "add-address":
      pattern.octets(0x30 | (option.echo ? 1 : 0)).number(option.addressId ?? "*", 1);
      pattern.wide("*", option.family === 4 ? 4 : 16);
      if (option.port !== undefined) pattern.number(option.port, 2);
      return option.echo ? pattern : pattern.wide("*", 8);
    case "remove-address":
      return pattern.octets(0x40, ...option.ids);
    case "prio":
      pattern.octets(0x50 | (option.backup ? 1 : 0));
      return option.addressId === undefined ? pattern : pattern.octets(option.addressId);
    case "fail":
      return pattern.octets(0x60, 0).wide(option.dsn, 8);
    case "fastclose":
      pattern.octets(0x70, 0);
      return key(option.key?.value);
    case "reset":
      return pattern.octets(0x80, option.reason);
  }
}

/** Octets one after another, with what counts of them. */
class PatternBuilder {
  readonly #bytes: number[] = [];
  readonly #compared: number[] = [];
  #anyLength = false;
  #hasLength = false;

  octets(...values: readonly number[]): this {
    for (const value of values) {
      this.#bytes.push(value & 255);
      this.#compared.push(0xff);
    }
    return this;
  }

  /** Kind, and the length that {@link done} fills in. */
  head(kind: number): this {
    this.#hasLength = true;
    return this.octets(kind, 0);
  }

  number(value: Wildcard<number>, length: number): this {
    return this.wide(value === "*" ? "*" : BigInt(value), length);
  }

  wide(value: Wildcard<bigint>, length: number): this {
    for (let i = length - 1; i >= 0; i--) {
      this.#bytes.push(value === "*" ? 0 : Number((value >> BigInt(8 * i)) & 255n));
      this.#compared.push(value === "*" ? 0 : 0xff);
    }
    return this;
  }

  data(value: Wildcard<Uint8Array>): this {
    return value === "*" ? this.any() : this.octets(...value);
  }

  any(): this {
    this.#anyLength = true;
    return this;
  }

  done(): OptionPattern {
    if (this.#hasLength) this.#bytes[1] = this.#bytes.length;
    return this.raw();
  }

  raw(): OptionPattern {
    return {
      bytes: Uint8Array.from(this.#bytes),
      compared: Uint8Array.from(this.#compared),
      anyLength: this.#anyLength,
    };
  }
}

/** Bytes of a whole list, in order. */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  return Uint8Array.from(options.flatMap((option) => [...encodeTcpOption(option)]));
}
