/** Brings what arrives in any order, twice or not at all back into the order of the log. Bounded; knows no I/O. */
import type { StoredEvent } from '@foldline/contracts';

export type Offered =
  /** Held until it is applied. */
  | 'held'
  | 'duplicate'
  /** Too far ahead to be held now: it comes again from the feed or from the owner. */
  | 'beyond'
  /** Another event is held at this position. */
  | 'fork';

/** Positions missing from the buffer: those after `after` up to `upTo`. */
export interface Hole {
  readonly after: number;
  readonly upTo: number;
}

interface Held {
  readonly event: StoredEvent;
  readonly arrival: number;
}

export class ReorderBuffer {
  private readonly held = new Map<number, Held>();
  /** Last position applied. */
  private applied = 0;
  /** Last position that is applied or held without a hole before it. */
  private whole = 0;

  constructor(private readonly capacity: number) {}

  /** Everything up to here is applied or ready to be. */
  get wholeUpTo(): number {
    return this.whole;
  }
  /** Something is held behind a hole. */
  get holed(): boolean {
    return this.held.size > this.whole - this.applied;
  }
  get size(): number {
    return this.held.size;
  }

  /** `arrival` grows with every offer, to tell what came before a question was asked. */
  offer(event: StoredEvent, arrival: number): Offered {
    const { position } = event;
    if (position <= this.applied) return 'duplicate';
    if (position > this.applied + this.capacity) return 'beyond';
    const held = this.held.get(position);
    if (held) return held.event.eventId === event.eventId ? 'duplicate' : 'fork';
    this.held.set(position, { event, arrival });
    this.extend();
    return 'held';
  }

  /** The next events in order, at most `limit`; they stay until `moveTo` says that they are applied. */
  ready(limit: number): StoredEvent[] {
    const events: StoredEvent[] = [];
    const last = Math.min(this.whole, this.applied + limit);
    for (let position = this.applied + 1; position <= last; position++) events.push(this.held.get(position)!.event);
    return events;
  }

  /** The first hole at or before a position, as far as there is room to hold what is missing. */
  hole(upTo: number): Hole | undefined {
    const last = Math.min(upTo, this.applied + this.capacity);
    if (this.whole >= last) return undefined;
    let end = this.whole + 1;
    while (end < last && !this.held.has(end + 1)) end++;
    return { after: this.whole, upTo: end };
  }

  /** The checkpoint is here now, also where that is further back than before. */
  moveTo(position: number): void {
    if (position > this.applied && position - this.applied <= this.held.size)
      for (let gone = this.applied + 1; gone <= position; gone++) this.held.delete(gone);
    else for (const at of this.held.keys()) if (at <= position || at > position + this.capacity) this.held.delete(at);
    this.applied = position;
    this.whole = position;
    this.extend();
  }

  /** Takes an event out, so that its position is a hole again. */
  forget(position: number): void {
    if (this.held.delete(position) && position <= this.whole) this.whole = position - 1;
  }

  /** Takes out what claimed to be after the end of the log when the owner was asked. */
  forgetBeyond(head: number, arrivedUpTo: number): void {
    for (const [position, { arrival }] of this.held)
      if (position > head && arrival <= arrivedUpTo) this.forget(position);
  }

  idAt(position: number): string | undefined {
    return this.held.get(position)?.event.eventId;
  }

  clear(): void {
    this.held.clear();
    this.whole = this.applied;
  }

  private extend(): void {
    while (this.held.has(this.whole + 1)) this.whole++;
  }
}
