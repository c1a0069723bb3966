/**
 * The first program inside a booted kernel: makes its root and becomes our runner. It is a list of system calls, so no
 * program of the machine's is needed, and each step is told on the console before it is taken.
 *
 * The host's files are the root, read-only. Over them lies scratch space in memory that takes what is written, so
 * scripts may write where they like and no file of the host's changes.
 *
 * @module
 */
import { O_RDWR } from "../../../abi/file_constants.ts";
import { basename } from "node:path";
import { CallList } from "../../../host/call_list.ts";
import { buildLauncher, Image } from "../../../host/launcher.ts";
import { cString } from "../../../host/syscall.ts";

/** What it becomes. */
export interface InitProgram {
  /** The folder on the host that both sides share; what is written there is there on the host. */
  readonly folder: string;
  /** Working directory. */
  readonly cwd: string;
  /** Program, by its path, and arguments. */
  readonly command: readonly [string, ...string[]];
  /** `NAME=VALUE`. */
  readonly environment: readonly string[];
}

/** Where a shared folder is inside: at a path that the host has not. */
export function sharedPath(folder: string): string {
  return `/${basename(folder)}`;
}

/** A folder that every machine has, and that nobody has looked into yet: scratch space is mounted there. */
const SCRATCH = "/proc";
const ROOT = `${SCRATCH}/root`;
const AT_FDCWD = -100;
const ALL = 0xffff_ffff;
const MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8;

/** The program as an executable file. */
export function buildInit(program: InitProgram): Uint8Array<ArrayBuffer> {
  const image = new Image();
  const place = (text: string) => image.place(cString(text));
  const list = new CallList();
  const open = () => list.add("open the console", "openat", AT_FDCWD, place("/dev/console"), O_RDWR, 0);
  const tell = (what: string) => {
    const text = `netproof: ${what}\n`;
    list.add("say", "write", 1, place(text), text.length);
  };
  const mount = (type: string, at: string, flags = 0, data = "") => {
    tell(`mounting ${type} at ${at}`);
    list.add(`mount ${at}`, "mount", place("none"), place(at), place(type), flags, data === "" ? null : place(data));
  };
  const folder = (path: string) => list.add(`mkdir ${path}`, "mkdirat", AT_FDCWD, place(path), 0o755);

  list.add("mount /dev", "mount", place("none"), place("/dev"), place("devtmpfs"), 0, null);
  // What the kernel opened for it, if anything, were the host's device files.
  list.add("close all", "close_range", 0, ALL, 0);
  for (let i = 0; i < 3; i++) open();
  mount("tmpfs", SCRATCH);
  for (const path of ["upper", "work", "root"]) folder(`${SCRATCH}/${path}`);
  mount("overlay", ROOT, 0, `lowerdir=/,upperdir=${SCRATCH}/upper,workdir=${SCRATCH}/work`);
  mount("devtmpfs", `${ROOT}/dev`);
  mount("proc", `${ROOT}/proc`, MS_NOSUID_NODEV_NOEXEC);
  mount("sysfs", `${ROOT}/sys`, MS_NOSUID_NODEV_NOEXEC);
  folder(`${ROOT}/dev/shm`);
  mount("tmpfs", `${ROOT}/dev/shm`);
  const shared = ROOT + sharedPath(program.folder);
  folder(shared);
  mount("hostfs", shared, 0, program.folder);
  tell(`entering ${program.cwd}`);
  list.add("chroot", "chroot", place(ROOT));
  list.add("chdir", "chdir", place(program.cwd));
  const [path] = program.command;
  tell(`starting ${path}`);
  const argv = image.placeStrings(program.command);
  list.add(`run ${path}`, "execve", place(path), argv, image.placeStrings(program.environment));
  return buildLauncher(list, image);
}
