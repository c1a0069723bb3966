/**
 * Who may import whom.
 *
 * @module
 */
import type { Breach } from "./breach.ts";
import { type Import, isTest, isWithin, type SourceFile } from "./source_tree.ts";

/** Folders of `stack/`, the ground floor first. A floor imports from floors below it, and from itself. */
const FLOORS: readonly (readonly string[])[] = [
  ["wire"],
  ["link"],
  ["ip"],
  ["icmp"],
  ["inet"],
  ["tcp", "udp"],
  ["socket"],
];

/** Files of `stack/` itself that put the floors together, and so are above all of them. */
const ROOF = new Set(["stack/mod.ts", "stack/stack.ts", "stack/transports.ts"]);

/**
 * Height of a file of `stack/`. What all floors share (`stack/timers.ts`, `stack/mib.ts` …) lies between `wire/` and
 * `link/`. `undefined` for a folder that has no floor yet.
 */
function heightOf(path: string): number | undefined {
  if (ROOF.has(path)) return FLOORS.length;
  const folder = path.split("/").slice(1, -1)[0];
  if (folder === undefined) return 0.5;
  const height = FLOORS.findIndex((folders) => folders.includes(folder));
  return height < 0 ? undefined : height;
}

/** `tcp` and `udp` are on one floor, and are strangers there. */
function areStrangers(from: string, to: string): boolean {
  const [one, other] = [from.split("/")[1], to.split("/")[1]];
  return one !== other && FLOORS.some((folders) => folders.includes(one!) && folders.includes(other!));
}

/** Imports inside `stack/` that run up. */
export function upwardImports(files: readonly SourceFile[]): Breach[] {
  return files.filter((file) => isWithin(file.path, "stack/") && !isTest(file.path)).flatMap((file) => {
    const height = heightOf(file.path);
    if (height === undefined) {
      return [breach("floor", file, 1, `the folder has no floor: give it one in ci/house/floors.ts`)];
    }
    return file.imports.filter(({ path }) => isWithin(path, "stack/")).flatMap((to) => {
      const other = heightOf(to.path) ?? -1;
      if (other > height) return [breach("floor", file, to.line, `imports ${to.path}, which is a floor above`)];
      if (areStrangers(file.path, to.path)) {
        return [breach("floor", file, to.line, `imports ${to.path}, which is beside it: say it through a floor below`)];
      }
      return [];
    });
  });
}

/** What a part of the house may import besides itself. */
interface Border {
  readonly folders: readonly string[];
  readonly allowed: readonly string[];
  readonly why: string;
}

const BORDERS: readonly Border[] = [
  { folders: ["abi/"], allowed: [], why: "abi/ imports nothing" },
  { folders: ["stack/"], allowed: ["abi/"], why: "stack/ imports only stack/ and abi/" },
  { folders: ["host/"], allowed: ["abi/"], why: "host/ knows nothing of stacks or scripts" },
];

const HARNESS = ["conformance/script/", "conformance/timeline/"];

function crosses(file: SourceFile, { path }: Import): string | undefined {
  for (const { folders, allowed, why } of BORDERS) {
    if (isWithin(file.path, ...folders) && !isWithin(path, ...folders, ...allowed)) return why;
  }
  if (isWithin(file.path, ...HARNESS) && isWithin(path, "stack/") && !isWithin(path, "stack/wire/")) {
    return "conformance/script and conformance/timeline import nothing from stack/ but wire/";
  }
  return undefined;
}

/** Imports that leave the part of the house that they may see. */
export function crossedBorders(files: readonly SourceFile[]): Breach[] {
  return files.filter((file) => !isTest(file.path)).flatMap((file) =>
    file.imports.flatMap((to) => {
      const why = crosses(file, to);
      return why === undefined ? [] : [breach("border", file, to.line, `imports ${to.path}: ${why}`)];
    })
  );
}

function breach(rule: "floor" | "border", file: SourceFile, line: number, message: string): Breach {
  return { rule, path: file.path, line, message, subject: file.path, size: 1 };
}
