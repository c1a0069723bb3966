/**
 * Scripts set their worlds up with Python programs, and where pyenv is installed, `python3` is a shell script that
 * looks for the real program: twice as long as the program itself. What it would do is done here once.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { run } from "../../../host/process.ts";
import type { Reactor } from "../../../host/reactor.ts";
import { readFileText } from "./proc.ts";

/** Where commands look for programs if nothing else is said. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const PROGRAM = "python3";

/** By folder: the search path, or `undefined` for the one that we have. */
const known = new Map<string, Promise<string | undefined>>();

/** The folder whose `.python-version` decides in `cwd`, or "" for none. */
function decidingFolder(cwd: string): string {
  for (let folder = cwd;; folder = dirname(folder)) {
    if (readFileText(join(folder, ".python-version")) !== "") return folder;
    if (dirname(folder) === folder) return "";
  }
}

async function resolve(cwd: string, reactor: Reactor): Promise<string | undefined> {
  const probe =
    'command -v python3; head -c 200 "$(command -v python3)" | grep -aq pyenv && pyenv which python3; echo "$PATH"';
  const { output } = await run({ command: "/bin/sh", args: ["-c", probe], cwd, stderr: "null" }, reactor);
  const lines = output.trimEnd().split("\n");
  // As pyenv does: the version's own folder goes first. Two lines mean that there is no shim, one that there is no Python.
  if (lines.length !== 3 || !lines[1]!.endsWith(`/${PROGRAM}`)) return undefined;
  return `${dirname(lines[1]!)}:${lines[2]}`;
}

/** The `PATH` for commands in `cwd`, or `undefined` to leave it. Never rejects. */
export function pathWithoutShims(cwd: string, reactor: Reactor): Promise<string | undefined> {
  let folder: string;
  try {
    folder = decidingFolder(cwd);
  } catch {
    return Promise.resolve(undefined); // a folder that can't be read decides nothing
  }
  let path = known.get(folder);
  if (path === undefined) known.set(folder, path = resolve(cwd, reactor).catch(() => undefined));
  return path;
}
