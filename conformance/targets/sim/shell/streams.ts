/**
 * What commands read from and write to. Texts are byte strings, one character an octet, so that sizes and binary files
 * come out as in the C locale.
 *
 * @module
 */
import { UnsupportedError } from "../../target.ts";
import { readProc, writeProc } from "./proc.ts";
import type { ShellWorld } from "./world.ts";

/** Octets that one command may print. */
const MAX_TEXT = 1 << 26;
/** Arguments that a call takes at once. */
const CHUNK = 8192;

/** Octets as a byte string. */
export function bytesToText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

/** A byte string as octets. */
export function textToBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Text of a script as a byte string. */
export function encodeText(text: string): string {
  // deno-lint-ignore no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text) ? text : bytesToText(new TextEncoder().encode(text));
}

/** A byte string as people read it. */
export function decodeText(text: string): string {
  // deno-lint-ignore no-control-regex -- all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text) ? text : new TextDecoder().decode(textToBytes(text));
}

/** Something to read from, shared by all that read from it. */
export class Input {
  #at = 0;

  /** Reads `text` from its beginning. */
  constructor(readonly text: string) {}

  /** All that is left. */
  rest(): string {
    const rest = this.text.slice(this.#at);
    this.#at = this.text.length;
    return rest;
  }

  /** The next line with its newline, undefined at the end. */
  line(): string | undefined {
    if (this.#at >= this.text.length) return undefined;
    const newline = this.text.indexOf("\n", this.#at);
    const end = newline < 0 ? this.text.length : newline + 1;
    const line = this.text.slice(this.#at, end);
    this.#at = end;
    return line;
  }
}

/** Something to write to. */
export interface Output {
  /** Writes; what was wrong if that failed. */
  write(text: string): string | undefined;
}

/** Keeps what is written. */
export class Collector implements Output {
  text = "";

  write(text: string): undefined {
    this.text += text;
    if (this.text.length > MAX_TEXT) throw new UnsupportedError("a shell command that prints without end");
  }
}

const NOWHERE: Output = { write: () => undefined };

/** Writes to a file that has been opened. */
class FileOutput implements Output {
  constructor(readonly world: ShellWorld, readonly path: string) {}

  write(text: string): string | undefined {
    if (text === "") return undefined;
    return this.world.files.append(this.path, textToBytes(text)) < 0 ? "No space left on device" : undefined;
  }
}

/** Writes settings below /proc and /sys. */
class ProcOutput implements Output {
  constructor(readonly world: ShellWorld, readonly path: string) {}

  write(text: string): string | undefined {
    return writeProc(this.path, text, this.world);
  }
}

/** Opens an absolute path for writing: what was wrong, or the output. */
export function openOutput(path: string, append: boolean, world: ShellWorld): Output | string {
  if (path === "/dev/null") return NOWHERE;
  if (/^\/(proc|sys)\//.test(path)) {
    return readProc(path, world) === undefined ? "No such file or directory" : new ProcOutput(world, path);
  }
  const kind = world.files.kind(path);
  if (kind === "directory") return "Is a directory";
  if (!append || kind === undefined) world.files.write(path, new Uint8Array(0));
  return new FileOutput(world, path);
}

/** Text of a file of the world, undefined if there is none. */
export function readText(path: string, world: ShellWorld): string | undefined {
  const special = readProc(path, world);
  if (special !== undefined) return special;
  const bytes = world.files.read(path);
  return bytes === undefined ? undefined : bytesToText(bytes);
}

/** The open descriptors of a command. */
export class Descriptors {
  readonly #open: ReadonlyMap<number, Input | Output>;

  /** Descriptors by number. */
  constructor(open: ReadonlyMap<number, Input | Output>) {
    this.#open = open;
  }

  /** Standard input, output and error. */
  static standard(input: Input, output: Output, error: Output): Descriptors {
    return new Descriptors(new Map<number, Input | Output>([[0, input], [1, output], [2, error]]));
  }

  /** One descriptor, whatever it is. */
  get(fd: number): Input | Output | undefined {
    return this.#open.get(fd);
  }

  /** The same with one changed, or closed. */
  with(fd: number, what: Input | Output | undefined): Descriptors {
    const open = new Map(this.#open);
    if (what === undefined) open.delete(fd);
    else open.set(fd, what);
    return new Descriptors(open);
  }

  /** Something to read; empty if it is closed or for writing. */
  input(fd = 0): Input {
    const own = this.#open.get(fd);
    return own instanceof Input ? own : new Input("");
  }

  /** Writes to a descriptor; what was wrong if that failed. */
  write(fd: number, text: string): string | undefined {
    if (text === "") return undefined;
    const own = this.#open.get(fd);
    return own === undefined || own instanceof Input ? "Bad file descriptor" : own.write(text);
  }
}
