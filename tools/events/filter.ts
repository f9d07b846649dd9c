/** Which events are shown, and how much of them. */
import type { EventEnvelope, StoredEvent } from '@foldline/contracts';

export interface Filter {
  readonly stream?: string;
  readonly type?: string;
}

export const matches =
  ({ stream, type }: Filter) =>
  (event: EventEnvelope): boolean =>
    (stream === undefined || event.stream === stream) && (type === undefined || event.type === type);

const MASK = '***';

/** Keeps the shape of personal data, so that its presence and its fields can be seen. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return MASK;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, masked(inner)]));
}

/** The event without what is personal: that stands under `data.personal` and nowhere else. */
export function mask(event: StoredEvent): StoredEvent {
  if (!('personal' in event.data)) return event;
  return { ...event, data: { ...event.data, personal: masked(event.data.personal) } };
}
