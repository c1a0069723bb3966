/**
 * Which stacks the matrix has, and how each is reached.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { builtKernel } from "../targets/linux/built.ts";

const ROOT = new URL("../../", import.meta.url);

/** Stacks that people ship, each behind the adapter that `adapters/build.sh` builds, relative to the project. */
export const ADAPTERS = {
  lwip: "adapters/lwip/build/netproof-lwip",
  smoltcp: "adapters/smoltcp/target/release/netproof-smoltcp",
  gvisor: "adapters/gvisor/build/netproof-gvisor",
} as const;

/** Go's scheduler makes a world late that shares two processors with a dozen others: fewer scripts are in flight there. */
const JOBS: Readonly<Partial<Record<StackName, number>>> = { gvisor: 4 };

/** No fixture takes longer by itself, s; what waits for a packet that a stack does not send would wait for minutes. */
const LIMIT = 30;

/** Every stack, in the order of the columns. */
export const STACK_NAMES = ["rfc", "sim", "kernel", "linux", "lwip", "smoltcp", "gvisor"] as const;
/** One of {@link STACK_NAMES}. */
export type StackName = (typeof STACK_NAMES)[number];

/** How a stack is run: the options of `deno task conformance` that choose it, or why it can't be. */
export type Reached =
  | { readonly name: StackName; readonly options: readonly string[] }
  | { readonly name: StackName; readonly reason: string; readonly remedy: string };

/** How `name` is reached. `kernels` are Linuxes for user mode, in place of the one that was built here. */
export function reach(name: StackName, kernels: readonly string[]): Reached {
  switch (name) {
    case "rfc":
    case "sim":
    case "kernel":
      return { name, options: ["--target", name] };
    case "linux": {
      const built = builtKernel();
      const files = kernels.length > 0 || built === undefined ? kernels : [built];
      return files.length === 0
        ? { name, reason: "no Linux was built for user mode here", remedy: "ci/linux/build.sh, or --linux FILE" }
        : { name, options: files.flatMap((file) => ["--linux", file]) };
    }
    default:
      return reachAdapter(name);
  }
}

function reachAdapter(name: keyof typeof ADAPTERS): Reached {
  const file = fileURLToPath(new URL(ADAPTERS[name], ROOT));
  if (!isFile(file)) {
    return { name, reason: "its adapter was not built here", remedy: `adapters/build.sh ${name}` };
  }
  const command = `'${file.replaceAll("'", `'"'"'`)}'`;
  const jobs = JOBS[name];
  return {
    name,
    options: [
      ...["--target", name, "--adapter", `${name}=${command}`, "--limit", String(LIMIT)],
      ...(jobs === undefined ? [] : ["--jobs", String(jobs)]),
    ],
  };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
