/**
 * The kernel for user mode that was built on this machine.
 *
 * @module
 */

/** A kernel that `ci/linux/build.sh` has built here, or that NETPROOF_LINUX names. */
export function builtKernel(): string | undefined {
  const named = Deno.env.get("NETPROOF_LINUX");
  if (named !== undefined) return named;
  const cache = `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/netproof/linux`;
  try {
    const builds = [...Deno.readDirSync(cache)].filter(({ name }) => name.startsWith("build-")).map(({ name }) => name);
    return builds.sort().map((name) => `${cache}/${name}/linux`).find((path) => isFile(path));
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
