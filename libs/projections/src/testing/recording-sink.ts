/** A sink that writes down every event it applies, with a checkpoint that moves by compare-and-set and faults on order. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { Applied, Batch, Checkpoint, RunnerNote, Sink } from '../ports';

export class RecordingSink implements Sink {
  readonly name = 'recording';
  readonly wayOut = 'Build it anew, by a replay';
  readonly wayOutOfParked = 'Mend the cause';
  readonly applied: StoredEvent[] = [];
  readonly notes: RunnerNote[] = [];
  readonly batches: number[] = [];
  checkpoints = new Map<LogName, Checkpoint>();
  /** How many of the next calls fail: before they did anything, or after they committed. */
  failBefore = 0;
  failAfter = 0;
  /** Held back until it resolves. */
  gate?: Promise<void>;

  constructor(readonly logs: readonly LogName[] = ['products']) {}

  async checkpoint(log: LogName): Promise<Checkpoint | undefined> {
    return this.checkpoints.get(log);
  }

  async apply({ log, from, events }: Batch): Promise<Applied> {
    await (this.gate ?? new Promise<void>(resolve => setImmediate(resolve)));
    if (this.failBefore > 0 && this.failBefore--) throw new Error('the store is down');
    const at = this.checkpoints.get(log);
    if (at && (at.position !== from.position || at.eventId !== from.eventId)) return { kind: 'moved', checkpoint: at };
    if (!at && from.position > 0) return { kind: 'moved', checkpoint: { ...from, position: 0, eventId: '' } };
    const last = events.at(-1)!;
    const checkpoint = { incarnation: last.incarnation, position: last.position, eventId: last.eventId };
    this.checkpoints.set(log, checkpoint);
    this.applied.push(...events);
    this.batches.push(events.length);
    if (this.failAfter > 0 && this.failAfter--) throw new Error('the answer to the commit was lost');
    return { kind: 'applied', checkpoint, parked: [] };
  }

  async note(note: RunnerNote): Promise<void> {
    this.notes.push(note);
  }

  positionsOf(log: LogName): number[] {
    return this.applied.filter(event => event.log === log).map(({ position }) => position);
  }
}
