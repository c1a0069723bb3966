/**
 * Wait queues: who wants to know that a socket's readiness may have changed.
 *
 * @module
 */

/** Callbacks run at each {@link WaitQueue.wake}. */
export class WaitQueue {
  private readonly waiters = new Set<() => void>();

  /** Adds a waiter; the returned function removes it. */
  add(waiter: () => void): () => void {
    this.waiters.add(waiter);
    return () => this.waiters.delete(waiter);
  }

  /** Runs every waiter that is there now. */
  wake(): void {
    for (const waiter of [...this.waiters]) waiter();
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.waiters.size === 0;
  }
}
