/**
 * Commands about files: `rm`, `touch`, `mkdir`, `rmdir`, `mktemp`, `cp`, `mv`, `chmod`, `ls`, `dd`, `basename`, `dirname`.
 *
 * @module
 */
import { UnsupportedError } from "../../../target.ts";
import { bytesToText, readText, textToBytes } from "../streams.ts";
import { type Command, failed, type Invocation } from "../world.ts";
import { joinLines, linesOf } from "./input.ts";
import { parseOptions } from "./options.ts";

/** Runs one operation on each operand; it says what was wrong. */
function each(
  name: string,
  operands: readonly string[],
  run: (operand: string) => string | undefined,
): ReturnType<Command> {
  let stderr = "";
  for (const operand of operands) {
    const problem = run(operand);
    if (problem !== undefined) stderr += `${name}: ${problem}\n`;
  }
  return { status: stderr === "" ? 0 : 1, stderr };
}

/** `rm [-rf] FILE…`. */
export const rm: Command = ({ args, world, path }) => {
  const { flags, operands } = parseOptions("rm", args, "rRfvd", "", { force: "f", recursive: "r" });
  if (operands.length === 0 && !flags.has("f")) return failed(1, "rm: missing operand");
  return each("rm", operands, (operand) => {
    const full = path(operand);
    const kind = world.files.kind(full);
    if (kind === undefined) return flags.has("f") ? undefined : `cannot remove '${operand}': No such file or directory`;
    if (kind === "directory" && !flags.has("r") && !flags.has("R")) return `cannot remove '${operand}': Is a directory`;
    world.files.remove(full);
    return undefined;
  });
};

/** `touch FILE…`. */
export const touch: Command = ({ args, world, path }) => {
  const { operands } = parseOptions("touch", args, "cam");
  return each("touch", operands, (operand) => {
    if (world.files.kind(path(operand)) === undefined) world.files.write(path(operand), new Uint8Array(0));
    return undefined;
  });
};

/** `mkdir [-p] FOLDER…`. */
export const mkdir: Command = ({ args, world, path }) => {
  const { flags, operands } = parseOptions("mkdir", args, "pv", "m", { parents: "p" });
  return each("mkdir", operands, (operand) => {
    const kind = world.files.kind(path(operand));
    if (kind === undefined) world.files.makeFolder(path(operand));
    else if (kind !== "directory" || !flags.has("p")) return `cannot create directory '${operand}': File exists`;
    return undefined;
  });
};

/** `rmdir FOLDER…`. */
export const rmdir: Command = ({ args, world, path }) => {
  const { operands } = parseOptions("rmdir", args, "p");
  return each("rmdir", operands, (operand) => {
    const full = path(operand);
    if (world.files.kind(full) !== "directory") return `failed to remove '${operand}': No such file or directory`;
    if (world.files.list(full).length > 0) return `failed to remove '${operand}': Directory not empty`;
    world.files.remove(full);
    return undefined;
  });
};

/** `mktemp [-d] [TEMPLATE]`: names are numbered, so that each run gives the same. */
export const mktemp: Command = ({ args, world, path }) => {
  const { flags, operands } = parseOptions("mktemp", args, "dtqu", "p", { directory: "d", tmpdir: "p" });
  const template = operands[0] ?? "/tmp/tmp.XXXXXXXXXX";
  const run = /X{3,}$/.exec(template);
  if (run === null) return failed(1, `mktemp: too few X's in template '${template}'`);
  const stem = flags.has("t") && !template.startsWith("/") ? `/tmp/${template}` : template;
  for (let number = 0;; number++) {
    const name = stem.slice(0, -run[0].length) + String(number).padStart(run[0].length, "0");
    if (world.files.kind(path(name)) !== undefined) continue;
    if (flags.has("d")) world.files.makeFolder(path(name));
    else world.files.write(path(name), new Uint8Array(0));
    return { status: 0, stdout: `${name}\n` };
  }
};

/** Where a file goes that is copied or moved to `target`. */
function destination(operand: string, target: string, { world, path }: Invocation): string {
  const full = path(target);
  return world.files.kind(full) === "directory" ? `${full}/${operand.slice(operand.lastIndexOf("/") + 1)}` : full;
}

function transfer(name: "cp" | "mv"): Command {
  return (invocation) => {
    const { world, path, args } = invocation;
    const { operands } = parseOptions(name, args, "fpva");
    const target = operands.at(-1);
    if (operands.length < 2 || target === undefined) return failed(1, `${name}: missing file operand`);
    return each(name, operands.slice(0, -1), (operand) => {
      const from = path(operand);
      const text = readText(from, world);
      if (text === undefined) {
        if (world.files.kind(from) === "directory") {
          throw new UnsupportedError(`${name} of a folder on the simulated stack`);
        }
        return `cannot stat '${operand}': No such file or directory`;
      }
      const executable = world.files.executable(from);
      const to = destination(operand, target, invocation);
      if (world.files.write(to, textToBytes(text)) < 0) return `error writing '${target}': No space left on device`;
      world.files.setExecutable(to, executable);
      if (name === "mv") world.files.remove(from);
      return undefined;
    });
  };
}

export const cp = transfer("cp");
export const mv = transfer("mv");

/** `chmod MODE FILE…`: whether a file can be executed is all that is kept. */
export const chmod: Command = ({ args, world, path }) => {
  const [mode, ...names] = args.filter((word) => !/^-[Rvfc]+$/.test(word));
  if (mode === undefined || names.length === 0) return failed(1, "chmod: missing operand");
  return each("chmod", names, (name) => {
    const full = path(name);
    if (world.files.kind(full) === undefined) return `cannot access '${name}': No such file or directory`;
    const octal = /^0*[0-7]{1,4}$/.test(mode) ? (parseInt(mode, 8) & 0o111) !== 0 : undefined;
    const executable = octal ?? (/[+=][rw]*x/.test(mode) ? true : /-[rw]*x/.test(mode) ? false : undefined);
    if (executable !== undefined) world.files.setExecutable(full, executable);
    return undefined;
  });
};

/** `ls [-1a] [PATH…]`, a name a line. */
export const ls: Command = ({ args, world, path }) => {
  const { flags, operands } = parseOptions("ls", args, "1aAd");
  let stdout = "";
  let stderr = "";
  for (const operand of operands.length === 0 ? ["."] : operands) {
    const kind = world.files.kind(path(operand));
    if (kind === undefined) stderr += `ls: cannot access '${operand}': No such file or directory\n`;
    else if (kind !== "directory" || flags.has("d")) stdout += `${operand}\n`;
    else {
      const all = flags.has("a") || flags.has("A");
      const names = world.files.list(path(operand)).filter((name) => all || !name.startsWith("."));
      if (operands.length > 1) stdout += `${stdout === "" ? "" : "\n"}${operand}:\n`;
      stdout += joinLines([...flags.has("a") ? [".", ".."] : [], ...names]);
    }
  }
  return { status: stderr === "" ? 0 : 2, stdout, stderr };
};

function octets(text: string): number {
  const match = /^(\d+)([cwbkKMG]?)/.exec(text);
  const unit = { "": 1, c: 1, w: 2, b: 512, k: 1024, K: 1024, M: 1 << 20, G: 1 << 30 }[match?.[2] ?? ""] ?? 1;
  return Number(match?.[1] ?? 0) * unit;
}

/** `dd if= of= bs= count=`. */
export const dd: Command = ({ args, world, path, stdin }) => {
  const operands = new Map(args.map((argument) => {
    const at = argument.indexOf("=");
    return [argument.slice(0, at), argument.slice(at + 1)] as const;
  }));
  const unknown = [...operands.keys()].find((key) => !["if", "of", "bs", "count", "status", "conv"].includes(key));
  if (unknown !== undefined) throw new UnsupportedError(`dd ${unknown}= on the simulated stack`);
  const size = octets(operands.get("bs") ?? "512");
  const count = operands.get("count") === undefined ? undefined : octets(operands.get("count")!);
  const input = operands.get("if");
  const endless = input === "/dev/zero";
  if (endless && count === undefined) throw new UnsupportedError("dd from /dev/zero without count=");
  const source = endless
    ? new Uint8Array(Math.min(size * count!, 1 << 26))
    : input === undefined
    ? textToBytes(stdin())
    : world.files.read(path(input));
  if (source === undefined) return failed(1, `dd: failed to open '${input}': No such file or directory`);
  const data = count === undefined ? source : source.subarray(0, size * count);
  const output = operands.get("of");
  if (output === undefined) return { status: 0, stdout: bytesToText(data) };
  return { status: world.files.write(path(output), data.slice()) < 0 ? 1 : 0 };
};

/** `basename PATH [SUFFIX]`. */
export const basename: Command = ({ args }) => {
  const [name, suffix] = args;
  if (name === undefined || name.startsWith("-")) return failed(1, "basename: missing operand");
  const base = name.replace(/(.)\/+$/, "$1").replace(/^.*\/(?=.)/, "");
  const cut = suffix !== undefined && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  return { status: 0, stdout: `${cut}\n` };
};

/** `dirname PATH…`. */
export const dirname: Command = ({ args }) => {
  if (args.length === 0) return failed(1, "dirname: missing operand");
  return {
    status: 0,
    stdout: joinLines(args.map((name) => {
      const bare = name.replace(/(.)\/+$/, "$1");
      return bare.includes("/") ? bare.replace(/\/[^/]*$/, "").replace(/\/+$/, "") || "/" : ".";
    })),
  };
};

/** `realpath`, `readlink -f`. */
export const realpath: Command = ({ args, path }) => {
  const { operands } = parseOptions("realpath", args, "efms");
  return { status: operands.length > 0 ? 0 : 1, stdout: joinLines(operands.map(path)) };
};

/** `xargs COMMAND` needs the shell; without a command it is `echo`. */
export const xargs: Command = ({ args, stdin }) => {
  if (args.length > 0) throw new UnsupportedError(`xargs ${args.join(" ")} on the simulated stack`);
  const words = linesOf(stdin()).flatMap((line) => line.split(/[ \t]+/)).filter((word) => word !== "");
  return { status: 0, stdout: `${words.join(" ")}\n` };
};
