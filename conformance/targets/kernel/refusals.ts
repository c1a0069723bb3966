/**
 * What this machine refused to the commands of a world, also where their scripts took no notice of it.
 *
 * The programs in `programs/` stand first in the commands' `PATH`. They run the real ones, and note in a file in memory
 * what those refused; so does Bash where it finds no such program (`bash_startup.ts`).
 *
 * @module
 */

import { O_RDONLY } from "../../../abi/file_constants.ts";
import { fileURLToPath } from "node:url";
import { close, cString, must, open, read, syscall } from "../../../host/syscall.ts";

const MFD_CLOEXEC = 1;
const AT_FDCWD = -100;
const X_OK = 1;
/** Names of the variables that `programs/` reads. */
const FILE = "NETPROOF_REFUSED";
const REAL_PATH = "NETPROOF_PATH";

/** Something that this machine refused, or lacks. */
export type Refusal =
  /** A setting, with what the program that was to make it said. */
  | { readonly kind: "refused"; readonly command: string; readonly why: string }
  /** A program that a script called. */
  | { readonly kind: "missing"; readonly program: string };

/** Where a program of ours takes the place of one that need not be there. */
const ALWAYS = ["sysctl"];
/** Where it only watches the one that is there: to be found it must not seem to be where it is not. */
const WHERE_INSTALLED = ["ip", "tc", "ethtool"];

function isInstalled(program: string, path: string): boolean {
  return path.split(":").some((folder) => syscall("faccessat", AT_FDCWD, cString(`${folder}/${program}`), X_OK) === 0);
}

/** Variables for commands that would otherwise have the search path `path`. */
function programsFirst(path: string): Record<string, string> {
  const folder = new URL("./programs/", import.meta.url);
  if (folder.protocol !== "file:") return {};
  const names = [...ALWAYS, ...WHERE_INSTALLED.filter((program) => isInstalled(program, path))];
  const folders = names.map((name) => fileURLToPath(new URL(name, folder)));
  return { PATH: [...folders, path].join(":"), [REAL_PATH]: path };
}

/** The notes of one world's commands. */
export class Refusals {
  readonly #fd: number;
  readonly #readFd: number;
  /** Variables to give the commands. */
  readonly env: Readonly<Record<string, string>>;
  #rest = "";

  /** For commands that would have the search path `path`. The file is there as long as this process, or until closed. */
  constructor(path: string) {
    this.#fd = must("memfd_create", cString("netproof-refused"), MFD_CLOEXEC);
    const file = `/proc/${Deno.pid}/fd/${this.#fd}`;
    this.#readFd = open(file, O_RDONLY);
    this.env = { ...programsFirst(path), [FILE]: file };
  }

  /** What has been noted since this was asked last. */
  take(): Refusal[] {
    const buffer = new Uint8Array(16 << 10);
    for (let length; (length = read(this.#readFd, buffer)) > 0;) {
      this.#rest += new TextDecoder().decode(buffer.subarray(0, length));
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop()!;
    return lines.flatMap((line): Refusal[] => {
      const [kind, what = "", why = ""] = line.split("\t");
      if (kind === "missing") return [{ kind, program: what }];
      return kind === "refused" ? [{ kind, command: what, why }] : [];
    });
  }

  /** Forgets them. */
  close(): void {
    close(this.#fd);
    close(this.#readFd);
  }
}
