/**
 * Options of sockets as tables: what each is called, what its value is, which values it takes, how it is read and set.
 *
 * @module
 */
import { getInt, int } from "../../abi/memory.ts";
import { EINVAL, ENOPROTOOPT } from "../../abi/errno.ts";

/**
 * What an option's value is.
 *
 * - `int`: four octets; fewer are an error.
 * - `loose int`: fewer than four octets count as 0.
 * - `octet or int`: fewer than four octets are one octet, and a small value is read as one where there is no room for more.
 */
export type IntType = "int" | "loose int" | "octet or int";

/** What all options have in common. `S` is the socket, as far as the option asks. */
interface AnyOption<S> {
  /** Its name in C. */
  readonly name: string;
  /** 0, or the `-errno` of a socket that does not have this option: for both directions, and looked at first. */
  readonly allowed?: (socket: S) => number;
}

/** An option whose value is a number. */
export interface IntOption<S> extends AnyOption<S> {
  readonly type: IntType;
  /** Values that may be set, both ends counted; absent for any. */
  readonly range?: readonly [number, number];
  /** Octets that a value must have at least; only of interest for the types that take fewer than four. */
  readonly least?: number;
  /** Absent: it can only be set. */
  readonly get?: (socket: S) => number;
  /** Sets a value in range, that `length` octets gave: nothing or 0, or `-errno`. Absent: it can only be read. */
  readonly set?: (socket: S, value: number, length: number) => number | void;
}

/** An option whose value is octets: a structure, a string, a list. */
export interface OctetsOption<S> extends AnyOption<S> {
  readonly type: "octets";
  /** The value, which the table cuts to `length` octets, or `-errno`. */
  readonly get?: (socket: S, length: number) => Uint8Array | number;
  /** Nothing or 0, or `-errno`. */
  readonly set?: (socket: S, value: Uint8Array) => number | void;
}

/** One option. */
export type SocketOption<S> = IntOption<S> | OctetsOption<S>;

/** How a level treats what no option of it explains. */
export interface LevelRules {
  /** The error for too short a value of an option that is not known, or can't be set. */
  readonly shortUnknown: number;
  /** A negative length is an error; else it is room enough. */
  readonly checksLength: boolean;
}

/** The options of one level. */
export class OptionTable<S> {
  private readonly options: ReadonlyMap<number, SocketOption<S>>;

  /** A table of options whose numbers are the constants of their names. */
  constructor(
    numbers: Readonly<Record<string, unknown>>,
    options: readonly SocketOption<S>[],
    private readonly rules: LevelRules,
  ) {
    this.options = new Map(options.map((option) => {
      const number = numbers[option.name];
      if (typeof number !== "number") throw new TypeError(`there is no constant ${option.name}`);
      return [number, option];
    }));
  }

  /** Every option with its number. */
  entries(): IterableIterator<[number, SocketOption<S>]> {
    return this.options.entries();
  }

  /** Sets an option: 0 or `-errno`. */
  setOption(socket: S, number: number, value: Uint8Array): number {
    const option = this.options.get(number);
    if (option?.set === undefined) {
      if (value.length < 4) return this.rules.shortUnknown;
      return option?.allowed?.(socket) || -ENOPROTOOPT;
    }
    if (option.type !== "octets") return setInt(option, option.set, socket, value);
    const refused = option.allowed?.(socket) ?? 0;
    return refused === 0 ? option.set(socket, value) ?? 0 : refused;
  }

  /** The value of an option, cut to `length` octets, or `-errno`. */
  getOption(socket: S, number: number, length: number): Uint8Array | number {
    if (length < 0 && this.rules.checksLength) return -EINVAL;
    const option = this.options.get(number);
    const refused = option?.allowed?.(socket) ?? 0;
    if (refused !== 0) return refused;
    if (option?.get === undefined) return -ENOPROTOOPT;
    if (option.type === "octets") {
      const value = option.get(socket, length);
      return typeof value === "number" || length < 0 ? value : value.subarray(0, length);
    }
    const value = option.get(socket);
    return option.type === "octet or int" ? narrow(value, length) : cut(int(value), length);
  }
}

function cut(value: Uint8Array, length: number): Uint8Array {
  return length < 0 ? value : value.subarray(0, length);
}

/** A small value fits an octet when the program gave room for less than an `int`. */
export function narrow(value: number, length: number): Uint8Array {
  if (length < 4 && length > 0 && value >= 0 && value <= 255) return Uint8Array.of(value);
  return cut(int(value), length);
}

/** A number from four octets, or from the first of fewer. */
export function octetOrInt(value: Uint8Array): number {
  return value.length >= 4 ? getInt(value) : value.at(0) ?? 0;
}

function setInt<S>(
  option: IntOption<S>,
  set: NonNullable<IntOption<S>["set"]>,
  socket: S,
  value: Uint8Array,
): number {
  if (option.type === "int" ? value.length < 4 : value.length < (option.least ?? 0)) return -EINVAL;
  const refused = option.allowed?.(socket) ?? 0;
  if (refused !== 0) return refused;
  const number = value.length >= 4 ? getInt(value) : option.type === "octet or int" ? octetOrInt(value) : 0;
  if (option.range !== undefined && (number < option.range[0] || number > option.range[1])) return -EINVAL;
  return set(socket, number, value.length) ?? 0;
}

/** Names of the fields of `T` that are of type `V`. */
export type FieldsOf<T, V> = { [K in keyof T]-?: T[K] extends V ? (V extends T[K] ? K : never) : never }[keyof T];

/** An option that is a switch and nothing else: kept in a field of `holder`. */
export function flagIn<S, T>(
  name: string,
  holder: (socket: S) => T,
  field: FieldsOf<T, boolean>,
  more: Pick<IntOption<S>, "range" | "least" | "allowed"> & { readonly type?: IntType } = {},
): IntOption<S> {
  return flag(
    name,
    (socket) => holder(socket)[field] as boolean,
    (socket, on) => {
      Object.assign(holder(socket) as object, { [field]: on });
    },
    more,
  );
}

/** An option that is a number and nothing else: kept in a field of `holder`. */
export function numberIn<S, T>(
  name: string,
  holder: (socket: S) => T,
  field: FieldsOf<T, number>,
  more: Pick<IntOption<S>, "range" | "least" | "allowed"> & { readonly type?: IntType } = {},
): IntOption<S> {
  return {
    type: "int",
    ...more,
    name,
    get: (socket) => holder(socket)[field] as number,
    set: (socket, value) => {
      Object.assign(holder(socket) as object, { [field]: value });
    },
  };
}

/** An option that is a switch. */
export function flag<S>(
  name: string,
  get: (socket: S) => boolean,
  set: (socket: S, on: boolean) => number | void,
  more: Pick<IntOption<S>, "range" | "least" | "allowed"> & { readonly type?: IntType } = {},
): IntOption<S> {
  return {
    type: "int",
    ...more,
    name,
    get: (socket) => Number(get(socket)),
    set: (socket, value) => set(socket, value !== 0),
  };
}

/** An option that can only be read. */
export function constant<S>(name: string, get: (socket: S) => number): IntOption<S> {
  return { type: "int", name, get };
}
