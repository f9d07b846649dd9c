/** Wakes who waits for the decision on an order. Where the decision stands is read from the log, so a missed call loses nothing. */
import type { OrderId } from '@foldline/contracts';

export class Decisions {
  private readonly waiting = new Map<OrderId, Set<() => void>>();

  /** Told by the confirmation step after its append, in this process. */
  made(orderId: OrderId): void {
    for (const wake of this.waiting.get(orderId) ?? []) wake();
  }

  /** Ask before looking at the order, so that nothing falls in between. `done` when the order is decided, time is up, or `cancel` was called. */
  on(orderId: OrderId, timeoutMs: number): { readonly done: Promise<void>; cancel(): void } {
    const listeners = this.waiting.get(orderId) ?? new Set<() => void>();
    this.waiting.set(orderId, listeners);
    let cancel: () => void = () => undefined;
    const done = new Promise<void>(resolve => {
      const timer = setTimeout(() => cancel(), timeoutMs);
      cancel = () => {
        clearTimeout(timer);
        listeners.delete(cancel);
        if (listeners.size === 0 && this.waiting.get(orderId) === listeners) this.waiting.delete(orderId);
        resolve();
      };
      listeners.add(cancel);
    });
    return { done, cancel: () => cancel() };
  }
}
