/** Ids of the events applied last, so that a second event at one of their positions is seen for what it is: a fork. */
import type { StoredEvent } from '@foldline/contracts';

export class AppliedIds {
  private readonly ring: { position: number; eventId: string }[] = [];

  constructor(private readonly size = 4096) {}

  remember(events: readonly StoredEvent[]): void {
    for (const { position, eventId } of events) this.ring[position % this.size] = { position, eventId };
  }

  at(position: number): string | undefined {
    const slot = this.ring[position % this.size];
    return slot?.position === position ? slot.eventId : undefined;
  }

  clear(): void {
    this.ring.length = 0;
  }
}
