/**
 * Files as conditions see them: the world's own, the host's, and /proc.
 *
 * @module
 */
import type { ConditionContext } from "./conditions.ts";
import { readProc } from "./proc.ts";
import type { ShellState } from "./state.ts";
import { readText } from "./streams.ts";
import type { ShellWorld } from "./world.ts";

/** What conditions ask of a shell's world. */
export function conditionContext(
  shell: { readonly state: ShellState; readonly world: ShellWorld; path(path: string): string },
): ConditionContext {
  const { world, state } = shell;
  return {
    kind: (path) => {
      if (path === "") return undefined;
      const full = shell.path(path);
      return readProc(full, world) !== undefined ? "file" : world.files.kind(full);
    },
    size: (path) => path === "" ? 0 : readText(shell.path(path), world)?.length ?? 0,
    executable: (path) => path !== "" && world.files.executable(shell.path(path)),
    isSet: (name) => state.get(name) !== undefined,
  };
}
