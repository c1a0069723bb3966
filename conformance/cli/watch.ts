/**
 * `--watch`: runs again whenever a script changes.
 *
 * @module
 */
import type { Output } from "./output.ts";

/** Changes that come this close together are one, ms. */
const SETTLE_MS = 200;

/** Runs `round` now and after each change below `paths`, until `signal` is aborted. Returns the last exit status. */
export async function watchAndRepeat<T extends number>(
  paths: readonly string[],
  signal: AbortSignal,
  output: Output,
  round: () => Promise<T>,
): Promise<T> {
  let status = await round();
  if (signal.aborted) return status;
  const watcher = Deno.watchFs([...paths]);
  signal.addEventListener("abort", () => watcher.close(), { once: true });
  output.line("watching for changes; Ctrl-C ends it");
  let timer: ReturnType<typeof setTimeout> | undefined;
  let changed: () => void = () => {};
  const collect = (async () => {
    for await (const event of watcher) {
      if (!event.paths.some((path) => path.endsWith(".pkt"))) continue;
      clearTimeout(timer);
      timer = setTimeout(() => changed(), SETTLE_MS);
    }
    clearTimeout(timer);
    changed();
  })();
  while (!signal.aborted) {
    await new Promise<void>((resolve) => changed = resolve);
    if (!signal.aborted) status = await round();
  }
  await collect;
  return status;
}
