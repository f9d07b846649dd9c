/** Mends rows of a generation in place, while it is held: parked events redriven, or one subject's rows put right. */
import { readCloudEventEnvelope, type LogName, type StoredEvent } from '@foldline/contracts';
import {
  foldBatch,
  keyText,
  prepareBatch,
  refused,
  rowDifferences,
  type Projection,
  type Redriven,
  type RightRows,
  type Row,
  type RowChange,
  type Scope,
  type Table,
} from '@foldline/projections';
import { isFromLostWrite, RefusedRowsError } from './commit';
import type { Db } from './connection';
import { holding, type Held } from './hold';
import { loadRows } from './load-rows';
import { parkedId, rowsPending } from './pending';
import { generationId, records, type ParkedDocument } from './records';
import { decodeRow, generationCollection, isGone, type RowDocument } from './row-documents';

/** Of one write. */
const EVENTS = 200;
const ROWS = 1_000;

interface Parked {
  readonly event: StoredEvent;
  readonly document: ParkedDocument;
}

interface Outcome {
  applied: number;
  readonly parked: Redriven['parked'][number][];
}

/** Each write is right by itself: its events come out of the parked ones together with their rows. */
export function redriveParked(db: Db, projection: Projection, generation: number, key?: string): Promise<Redriven> {
  const of = generationId(projection.name, generation);
  return holding(db, projection.name, generation, async held => {
    const found = await records(db)
      .parked.find({ of, ...(key !== undefined && { key }) })
      .sort({ log: 1, position: 1 })
      .toArray();
    if (found.length === 0 && key !== undefined) throw refused.nothingParked(key);
    const outcome: Outcome = { applied: 0, parked: [] };
    for (const log of projection.logs) {
      const events = found
        .filter(one => one.log === log)
        .map(document => ({ document, event: readCloudEventEnvelope(JSON.parse(document.event)) }));
      const redrive = new Redrive(db, projection, generation, log, held, outcome);
      for (let from = 0; from < events.length; from += EVENTS) await redrive.some(events.slice(from, from + EVENTS));
    }
    return outcome;
  });
}

class Redrive {
  /** Keys of which something still cannot be applied: what comes later for them waits. */
  private readonly waiting = new Set<string>();

  constructor(
    private readonly db: Db,
    private readonly projection: Projection,
    private readonly generation: number,
    private readonly log: LogName,
    private readonly held: Held,
    private readonly outcome: Outcome,
  ) {}

  async some(events: readonly Parked[], tooLarge?: ReadonlyMap<number, string>): Promise<void> {
    try {
      await this.write(events, tooLarge);
    } catch (error) {
      if (!(error instanceof RefusedRowsError)) throw error;
      const half = Math.floor(events.length / 2);
      if (half === 0) return this.some(events, new Map([[events[0]!.event.position, error.message]]));
      await this.some(events.slice(0, half));
      await this.some(events.slice(half));
    }
  }

  private async write(events: readonly Parked[], tooLarge?: ReadonlyMap<number, string>): Promise<void> {
    const { db, projection, generation, log, held, outcome } = this;
    const prepared = prepareBatch(
      projection,
      events.map(({ event }) => event),
      tooLarge,
    );
    const loaded = await loadRows(db, projection, generation, prepared.toLoad);
    if (loaded.some(document => isFromLostWrite(document, held.turn)))
      throw new Error(`${projection.name}: rows are newer than what the store knows of its writes; rebuild it`);
    const { changes, parked: still } = foldBatch(projection, prepared, loaded.rows, this.waiting);
    const of = generationId(projection.name, generation);
    const reasons = still.map(({ event, reason }) => ({ id: parkedId(of, log, event.position), reason }));
    const waits = new Set(reasons.map(({ id }) => id));
    const applied = events.filter(({ document }) => !waits.has(document._id));
    const pending = {
      ...{ rows: rowsPending(projection, changes), parked: [], reasons },
      applied: applied.map(({ document }) => document._id),
    };
    const before = { row: loaded.before, parked: events.map(({ document }) => document) };
    await held.commit({ repairs: held.standing.repairs + 1 }, pending, before);
    for (const { key, reason, event } of still) {
      this.waiting.add(key);
      outcome.parked.push({ log, position: event.position, key, reason });
    }
    outcome.applied += applied.length;
  }
}

/** Many rows take several writes, each of which leaves every row either as it was or right. */
export function repairScope(
  db: Db,
  projection: Projection,
  generation: number,
  scope: Scope,
  value: string,
  rightRows: RightRows,
): Promise<number> {
  return holding(db, projection.name, generation, async held => {
    const of = generationId(projection.name, generation);
    if (await records(db).parked.findOne({ of })) throw refused.hasParked(projection.name, generation);
    const right = await rightRows(held.standing.checkpoints);
    let changed = 0;
    for (const [name, column] of Object.entries(scope)) {
      const table = projection.tables[name]!;
      const found = await documentsWith(db, table, generation, column, value);
      const now = found.filter(one => !isGone(one)).map(one => decodeRow(table, one));
      const changes = rowDifferences(table, now, right(name));
      changed += changes.length;
      for (let from = 0; from < changes.length; from += ROWS)
        await putRight(db, projection, generation, name, changes.slice(from, from + ROWS), held);
    }
    return changed;
  });
}

async function putRight(
  db: Db,
  projection: Projection,
  generation: number,
  name: string,
  changes: readonly RowChange[],
  held: Held,
): Promise<void> {
  const keys = new Map(changes.map(({ key }) => [keyText(key), key]));
  const toLoad = Object.fromEntries(
    Object.keys(projection.tables).map(one => [one, { keys: one === name ? keys : new Map(), where: new Map() }]),
  );
  const loaded = await loadRows(db, projection, generation, toLoad);
  const pending = { rows: rowsPending(projection, { [name]: changes }), parked: [] };
  await held.commit({ repairs: held.standing.repairs + 1 }, pending, { row: loaded.before });
}

function documentsWith(db: Db, table: Table, generation: number, column: string, value: Row[string]) {
  const collection = db.collection<RowDocument>(generationCollection(table, generation));
  return collection.find({ [column]: value } as object).toArray() as Promise<RowDocument[]>;
}
