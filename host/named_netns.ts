/**
 * Network namespaces with a name, as `ip netns` has them (a bind mount in `/run/netns`), so that other programs can
 * enter: `ip netns exec NAME ping …`. A name survives a killed process; a registry of owners lets the next run remove
 * what a dead one left. Needs `--allow-ffi`, root, and `--allow-read` and `--allow-write` for `/run/netns` and
 * `/run/netproof`.
 *
 * @module
 */

import { EINVAL } from "../abi/errno.ts";
import { check } from "./errno.ts";
import { readKernelText } from "./kernel_file.ts";
import { NetworkNamespace } from "./netns.ts";
import { cString, getpid, syscall } from "./syscall.ts";

const NAMES = "/run/netns";
const REGISTRY = "/run/netproof";
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MS_SHARED = 1 << 20;
const MNT_DETACH = 2;

/** A network namespace that other programs find by name. Dispose it to remove the name and let go of it. */
export class NamedNetworkNamespace implements Disposable {
  /** Its name. */
  readonly name: string;
  /** The namespace itself. */
  readonly namespace: NetworkNamespace;
  #open = true;

  /** Use {@link NamedNetworkNamespace.create}. */
  private constructor(name: string, namespace: NetworkNamespace) {
    this.name = name;
    this.namespace = namespace;
  }

  /**
   * Makes a namespace and its name, after removing names whose owner is dead.
   *
   * @throws {Deno.errors.AlreadyExists} where a living process, or somebody else, has that name
   * @throws {SystemError} without the privilege
   */
  static create(name: string): NamedNetworkNamespace {
    if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) throw new TypeError(`Not a namespace name: ${JSON.stringify(name)}`);
    removeAbandonedNamespaces();
    const namespace = NetworkNamespace.create();
    const path = `${NAMES}/${name}`;
    try {
      shareNames();
      Deno.mkdirSync(REGISTRY, { recursive: true, mode: 0o755 });
      Deno.openSync(path, { write: true, createNew: true, mode: 0o444 }).close();
      try {
        // The owner comes before the mount: whatever is mounted can be found again.
        Deno.writeTextFileSync(`${REGISTRY}/${name}`, `${getpid()} ${startTime(getpid())}\n`);
        mount(`/proc/self/fd/${namespace.fd}`, path, MS_BIND);
      } catch (error) {
        removeName(name);
        throw error;
      }
    } catch (error) {
      namespace[Symbol.dispose]();
      throw error;
    }
    return new NamedNetworkNamespace(name, namespace);
  }

  /** Path of the name. */
  get path(): string {
    return `${NAMES}/${this.name}`;
  }

  /** Path of the file that says which process owns the name: its id, and when it started. */
  get record(): string {
    return `${REGISTRY}/${this.name}`;
  }

  /** Removes the name and closes the namespace. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    removeName(this.name);
    this.namespace[Symbol.dispose]();
  }
}

function mount(source: string, target: string, flags: number): void {
  const result = syscall("mount", cString(source), cString(target), cString("none"), flags, null);
  check(result, `mount ${target}`, "a named network namespace needs root");
}

/** Makes `/run/netns` a shared mount, as `ip netns add` does, so that every mount namespace sees what is mounted there. */
function shareNames(): void {
  Deno.mkdirSync(NAMES, { recursive: true, mode: 0o755 });
  const share = () => syscall("mount", cString(""), cString(NAMES), cString("none"), MS_SHARED | MS_REC, null);
  const result = share();
  if (result === 0) return;
  if (result !== -EINVAL) check(result, `mount --make-shared ${NAMES}`, "a named network namespace needs root");
  mount(NAMES, NAMES, MS_BIND | MS_REC);
  check(share(), `mount --make-shared ${NAMES}`);
}

function removeName(name: string): void {
  const path = `${NAMES}/${name}`;
  syscall("umount2", cString(path), MNT_DETACH);
  for (const file of [path, `${REGISTRY}/${name}`]) {
    try {
      Deno.removeSync(file);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** When a process started (clock ticks since boot): tells apart two processes that had the same id. */
function startTime(pid: number): string | undefined {
  const stat = readKernelText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

/** Removes the names of processes that are gone. Returns the names removed. */
export function removeAbandonedNamespaces(): string[] {
  const removed: string[] = [];
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(REGISTRY)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return removed;
    throw error;
  }
  for (const { name } of entries) {
    const owner = /^(\d+) (\d+)\n$/.exec(Deno.readTextFileSync(`${REGISTRY}/${name}`));
    if (owner && startTime(Number(owner[1])) === owner[2]) continue;
    removeName(name);
    removed.push(name);
  }
  return removed;
}
