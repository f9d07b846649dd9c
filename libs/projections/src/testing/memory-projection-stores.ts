/** Read models in memory: the same folds and promises as a real store, for tests of whatever is above it. */
import type { LogName } from '@foldline/contracts';
import { foldBatch } from '../fold/fold-batch';
import { placeOf, prepareBatch } from '../fold/prepare-batch';
import { keyOfRow, keyText } from '../fold/working-rows';
import type { Applied, Batch, Checkpoint, RunnerNote } from '../ports';
import type { Projection, Row } from '../projection';
import { fingerprint } from '../store/fingerprint';
import { ParkedKeys } from '../store/parked-keys';
import {
  parkedWayOutOf,
  wayOutOf,
  type Generation,
  type ProjectionStore,
  type ProjectionStores,
  type StoredNote,
  type StoredParkedEvent,
} from '../store/projection-store';

class Kept {
  serving = false;
  readonly madeAt = new Date().toISOString();
  readonly tables = new Map<string, Map<string, Row>>();
  readonly checkpoints = new Map<LogName, Checkpoint>();
  readonly parked: StoredParkedEvent[] = [];
  readonly notes = new Map<string, StoredNote>();
  constructor(
    readonly fingerprint: string,
    readonly state: Generation['state'],
  ) {}
}

export class MemoryProjectionStores implements ProjectionStores {
  private readonly kept = new Map<string, Map<number, Kept>>();

  async prepare(): Promise<void> {}

  async openServing(projection: Projection): Promise<ProjectionStore> {
    const generations = this.of(projection.name);
    const serving = [...generations].find(([, kept]) => kept.serving)?.[0] ?? 1;
    const store = this.make(projection, serving, 'ready');
    generations.get(serving)!.serving = true;
    return store;
  }

  async open(projection: Projection, generation: number): Promise<ProjectionStore> {
    return this.make(projection, generation, 'building');
  }

  async generations(projection: string): Promise<readonly Generation[]> {
    return [...this.of(projection)].map(([generation, { state, serving, fingerprint, madeAt }]) => ({
      projection,
      generation,
      state,
      serving,
      fingerprint,
      madeAt,
      partition: null,
      previous: false,
      keepUntil: null,
    }));
  }

  private of(projection: string): Map<number, Kept> {
    const generations = this.kept.get(projection) ?? new Map<number, Kept>();
    this.kept.set(projection, generations);
    return generations;
  }

  private make(projection: Projection, generation: number, state: Generation['state']): ProjectionStore {
    const generations = this.of(projection.name);
    const kept = generations.get(generation) ?? new Kept(fingerprint(projection), state);
    generations.set(generation, kept);
    return new MemoryProjectionStore(projection, generation, kept);
  }
}

class MemoryProjectionStore implements ProjectionStore {
  readonly name: string;
  readonly logs: readonly LogName[];
  readonly wayOut: string;
  readonly wayOutOfParked: string;
  readonly stale: boolean;

  constructor(
    readonly projection: Projection,
    readonly generation: number,
    private readonly kept: Kept,
  ) {
    this.name = `${projection.name}_g${generation}`;
    this.logs = projection.logs;
    this.wayOut = wayOutOf(projection.name);
    this.wayOutOfParked = parkedWayOutOf(projection.name);
    this.stale = kept.fingerprint !== fingerprint(projection);
  }

  async checkpoint(log: LogName): Promise<Checkpoint | undefined> {
    return this.kept.checkpoints.get(log);
  }

  async apply({ log, from, events }: Batch): Promise<Applied> {
    const { kept, projection } = this;
    const at = kept.checkpoints.get(log) ?? { incarnation: from.incarnation, position: 0, eventId: '' };
    if (at.position !== from.position || at.eventId !== from.eventId || at.incarnation !== from.incarnation)
      return { kind: 'moved', checkpoint: at };
    const prepared = prepareBatch(projection, events);
    const rows = Object.fromEntries(Object.keys(projection.tables).map(name => [name, [...this.table(name).values()]]));
    const folded = foldBatch(projection, prepared, rows, new ParkedKeys(kept.parked).of(log));
    for (const [name, changes] of Object.entries(folded.changes))
      for (const { key, after } of changes)
        if (after) this.table(name).set(keyText(key), after);
        else this.table(name).delete(keyText(key));
    const parkedAt = new Date().toISOString();
    for (const { key, reason, event } of folded.parked)
      kept.parked.push({ log, position: event.position, key, reason, event, parkedAt });
    const last = events.at(-1)!;
    const checkpoint = { incarnation: last.incarnation, position: last.position, eventId: last.eventId };
    kept.checkpoints.set(log, checkpoint);
    return { kind: 'applied', checkpoint, parked: folded.parked.map(placeOf) };
  }

  async note(note: RunnerNote): Promise<void> {
    const at = new Date().toISOString();
    const before = this.kept.notes.get(JSON.stringify([note.log, note.kind, note.reason]));
    this.kept.notes.set(JSON.stringify([note.log, note.kind, note.reason]), {
      ...note,
      count: note.count + (before?.count ?? 0),
      firstAt: before?.firstAt ?? at,
      lastAt: at,
    });
  }

  async parked(): Promise<readonly StoredParkedEvent[]> {
    return [...this.kept.parked].sort((a, b) => (a.log === b.log ? a.position - b.position : a.log < b.log ? -1 : 1));
  }

  async notes(): Promise<readonly StoredNote[]> {
    return [...this.kept.notes.values()];
  }

  async *rows(name: string): AsyncIterable<readonly Row[]> {
    const table = this.projection.tables[name]!;
    const textOf = (row: Row) => keyText(keyOfRow(table, row));
    const rows = [...this.table(name).values()].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
    if (rows.length > 0) yield rows;
  }

  private table(name: string): Map<string, Row> {
    const rows = this.kept.tables.get(name) ?? new Map<string, Row>();
    this.kept.tables.set(name, rows);
    return rows;
  }
}
