/**
 * Wait queues: who wants to know that a socket's readiness may have changed.
 *
 * @module
 */

/** A waiter. `events` are the `POLL*` bits that the waker knows to hold, 0 when any may. */
export type Waiter = (events: number) => void;

/** Callbacks run at each {@link WaitQueue.wake}. */
export class WaitQueue {
  private readonly waiters = new Set<Waiter>();

  /** Adds a waiter; the returned function removes it. */
  add(waiter: Waiter): () => void {
    this.waiters.add(waiter);
    return () => this.waiters.delete(waiter);
  }

  /**
   * Runs every waiter that is there now. `events` says what happened (`wake_up_interruptible_poll`'s key), which
   * edge-triggered epoll goes by; 0 is anything.
   */
  wake(events = 0): void {
    if (this.waiters.size === 0) return;
    for (const waiter of [...this.waiters]) waiter(events);
  }

  /** Whether nobody waits. */
  get empty(): boolean {
    return this.waiters.size === 0;
  }
}
