/**
 * Waiting with a limit.
 *
 * @module
 */

/** The longest time that a timer takes, ms. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits for `work`, for `limit_ms` (Infinity: for ever), or for `signal`, and says which came first. Rejects as `work`
 * does; of what happens to it afterwards nothing is heard.
 */
export async function untilStopped(
  work: Promise<void>,
  limit_ms: number,
  signal: AbortSignal | undefined,
): Promise<"done" | "limit" | "aborted"> {
  work.catch(() => {});
  if (signal?.aborted) return "aborted";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let abort = () => {};
  try {
    return await new Promise((resolve, reject) => {
      work.then(() => resolve("done"), reject);
      if (limit_ms <= LONGEST_MS) timer = setTimeout(() => resolve("limit"), limit_ms);
      abort = () => resolve("aborted");
      signal?.addEventListener("abort", abort, { once: true });
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
