/** What this process appended last, as it travels: who passes it on need not read from the database what was written there a moment ago. */
import { encodeEventAround, type EncodedEvent, type EventMetadata, type LogName } from '@foldline/contracts';
import type { CheckedEvent } from '../checked-append';
import type { Appended } from './group-commit';

interface Recent {
  readonly event: CheckedEvent;
  readonly recordedAt: string;
  /** As the database told; else it is the event at the position before, if that one is known here. */
  readonly previousId: string | undefined;
}

/** Enough for a few calls of a log under load. */
const MOST_EVENTS = 2_000;
const MOST_BYTES = 2_000_000;

export class RecentAppends {
  private incarnation = '';
  /** By position, oldest first as far as calls are answered in order. */
  private readonly recent = new Map<number, Recent>();
  private bytes = 0;

  constructor(private readonly log: LogName) {}

  remember({ incarnation, position, recordedAt }: Appended, events: readonly CheckedEvent[], before?: string): void {
    if (incarnation !== this.incarnation) this.clear();
    this.incarnation = incarnation;
    let previousId = before;
    for (const [i, event] of events.entries()) {
      const at = position - events.length + 1 + i;
      const known = this.recent.get(at);
      // The log was set back: what is known here is not in it any more.
      if (known && known.event.eventId !== event.eventId) this.clear();
      this.forget(at);
      this.recent.set(at, { event, recordedAt, previousId });
      this.bytes += event.bytes;
      previousId = event.eventId;
    }
    for (const oldest of this.recent.keys()) {
      if (this.recent.size <= MOST_EVENTS && this.bytes <= MOST_BYTES) break;
      this.forget(oldest);
    }
  }

  /** The events right after a position, as far as they and the ids before them are known here. */
  after(position: number, limit: number, maxBytes: number): EncodedEvent[] {
    const found: EncodedEvent[] = [];
    let bytes = 0;
    for (let at = position + 1; found.length < limit; at += 1) {
      const next = this.recent.get(at);
      const previousId = at === 1 ? '' : (next?.previousId ?? this.recent.get(at - 1)?.event.eventId);
      bytes += next?.event.bytes ?? 0;
      if (!next || previousId === undefined || (found.length > 0 && bytes > maxBytes)) break;
      const { stream, version, type, schemaVersion, eventId, data, metadata } = next.event;
      const place = { log: this.log, incarnation: this.incarnation, position: at, previousId };
      const what = { stream, version, type, schemaVersion, eventId, recordedAt: next.recordedAt };
      found.push(encodeEventAround(data, { ...place, ...what, metadata: JSON.parse(metadata) as EventMetadata }));
    }
    return found;
  }

  private clear(): void {
    this.recent.clear();
    this.bytes = 0;
  }

  private forget(position: number): void {
    this.bytes -= this.recent.get(position)?.event.bytes ?? 0;
    this.recent.delete(position);
  }
}
