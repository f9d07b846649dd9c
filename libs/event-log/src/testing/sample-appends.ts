/** Appends to a products log, as short as a test wants to say them. */
import { randomUUID } from 'node:crypto';
import type { Append, NewEvent, StepCheckpoint } from '../event-log.port';

export const newId = (): string => randomUUID();
export const received = (quantity = 1, productId = newId()): NewEvent => ({
  type: 'StockReceived',
  data: { productId, quantity },
});

/** `events` of stock received on one stream. */
export function appendTo(
  stream: string,
  expectedVersion: number,
  { events = 1, id = newId(), ...rest }: Partial<Append> & { events?: number; id?: string } = {},
): Append {
  return {
    writes: [{ stream, expectedVersion, events: Array.from({ length: events }, (_, i) => received(i + 1)) }],
    command: { id },
    metadata: { correlationId: id, causationId: id },
    ...rest,
  };
}

export const stepTo = (from: number, to: number, more: Partial<StepCheckpoint> = {}): StepCheckpoint => ({
  step: 'reservation',
  log: 'orders',
  incarnation: newId(),
  from,
  to,
  eventId: newId(),
  ...more,
});
