/** Lets a caller wait for the decision on an order that was just placed. */
import type { OrderId, Positions } from '@foldline/contracts';

type Decided = (positions: Positions) => void;

export class Decisions {
  private readonly waiting = new Map<OrderId, Set<Decided>>();

  /** Told by the confirmation step after its append, in this process. */
  made(orderId: OrderId, positions: Positions): void {
    for (const decided of this.waiting.get(orderId) ?? []) decided(positions);
  }

  /** Resolves with where the decision stands, or undefined when time is up. Ask before looking at the order, so that nothing falls in between. */
  on(orderId: OrderId, timeoutMs: number): { readonly decided: Promise<Positions | undefined>; cancel(): void } {
    const listeners = this.waiting.get(orderId) ?? new Set<Decided>();
    this.waiting.set(orderId, listeners);
    let settle: (positions?: Positions) => void = () => undefined;
    const decided = new Promise<Positions | undefined>(resolve => (settle = resolve));
    const timer = setTimeout(() => finish(), timeoutMs);
    const finish = (positions?: Positions): void => {
      clearTimeout(timer);
      listeners.delete(finish);
      if (listeners.size === 0) this.waiting.delete(orderId);
      settle(positions);
    };
    listeners.add(finish);
    return { decided, cancel: () => finish() };
  }
}
