/**
 * A read model as MongoDB holds it, read by the plain driver from what decision 0008 says of the documents, and by nothing of the
 * shop's own code.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../stack/chaos-mongo';
import type { LogName } from '../stack/chaos-stack';
import type { Row } from './read-model';
import type { Checkpoint, Projection, StoredModel } from './stored-model';

interface Pointer {
  readonly _id: string;
  readonly serving: number;
  readonly mark: string;
  readonly dropping: readonly number[];
}

interface PendingRow {
  readonly table: string;
  readonly id: string;
  readonly row: Row | null;
}
type Parked = StoredModel['parked'][number];

export interface GenerationRecord {
  readonly _id: string;
  readonly projection: string;
  readonly generation: number;
  readonly state: string;
  readonly mark: string;
  readonly checkpoints: Readonly<Partial<Record<LogName, Checkpoint>>>;
  readonly pending: { readonly rows: readonly PendingRow[]; readonly parked: readonly Parked[] } | null;
}

interface RowDocument {
  readonly _id: string;
  readonly _gone?: boolean;
}

export const pointers = (db: Db) => db.collection<Pointer>('read.projections');
export const generationRecords = (db: Db) => db.collection<GenerationRecord>('read.generations');

/** The generations that nobody is deleting, whatever their state, and which of them serves: of one moment of the pointer. */
export async function recordsOf(
  db: Db,
  projection: string,
): Promise<{ readonly serving: number; readonly records: readonly GenerationRecord[] }> {
  for (;;) {
    const pointer = await pointers(db).findOne({ _id: projection });
    const records = await generationRecords(db).find({ projection }).sort({ generation: 1 }).toArray();
    const after = await pointers(db).findOne({ _id: projection });
    if (pointer?.mark !== after?.mark) continue;
    const dropping = pointer?.dropping ?? [];
    return {
      serving: pointer?.serving ?? 0,
      records: records.filter(({ generation }) => !dropping.includes(generation)),
    };
  }
}

const TRIES = 12;

/** Each generation that may serve is whole and of one write. Rejects where writes leave no moment to read it in. */
export async function storedDocuments(db: Db, projection: Projection): Promise<StoredModel[]> {
  const { serving, records } = await recordsOf(db, projection.name);
  const models: StoredModel[] = [];
  for (const { _id, generation } of records.filter(({ state }) => state === 'ready')) {
    let model: StoredModel | undefined;
    for (let tries = 0; !model && tries < TRIES; tries += 1) {
      model = await readWhole(db, projection, _id, generation === serving);
      // Not in step with whoever writes.
      if (!model) await pause(Math.random() * 60);
    }
    if (!model) throw new Error(`${_id} was written to at each of ${TRIES} tries to read it`);
    models.push(model);
  }
  return models;
}

/** Undefined where another write was committed meanwhile. */
async function readWhole(
  db: Db,
  projection: Projection,
  _id: string,
  serving: boolean,
): Promise<StoredModel | undefined> {
  const record = await generationRecords(db).findOne({ _id });
  if (!record) return undefined;
  const { generation, mark, checkpoints, pending } = record;
  const [parked, ...documents] = await Promise.all([
    db.collection<Parked & { of?: string }>('read.parked').find({ of: _id }).toArray(),
    ...Object.keys(projection.tables).map(table =>
      db.collection<RowDocument>(`read.${table}_g${generation}`).find().toArray(),
    ),
  ]);
  const after = await generationRecords(db).findOne({ _id }, { projection: { mark: 1, pending: 1, checkpoints: 1 } });
  // Pending again: the server was killed meanwhile, and has forgotten what had been put into place. Other checkpoints under the
  // same mark: the stand-in for a server showed a record half of one write and half of the next.
  if (after?.mark !== mark || (after.pending && !pending)) return undefined;
  if (!isDeepStrictEqual(after.checkpoints, checkpoints)) return undefined;
  const rows: Record<string, Map<string, Row>> = {};
  for (const [i, [table, key]] of Object.entries(projection.tables).entries())
    rows[table] = rowsOf(documents[i]!, pending?.rows.filter(row => row.table === table) ?? [], key);
  const late = (pending?.parked ?? []).filter(
    ({ log, position }) => !parked.some(one => one.log === log && one.position === position),
  );
  const plainCheckpoints = Object.fromEntries(
    Object.entries(checkpoints).map(([log, { incarnation, position, eventId }]) => [
      log,
      { incarnation, position, eventId },
    ]),
  );
  return { projection, generation, serving, checkpoints: plainCheckpoints, rows, parked: [...parked, ...late] };
}

/** What is committed and not in place yet counts as in place. */
function rowsOf(
  documents: readonly RowDocument[],
  pending: readonly PendingRow[],
  key: readonly string[],
): Map<string, Row> {
  const byId = new Map<string, Row>();
  for (const document of documents) if (!document._gone) byId.set(document._id, plain(document as unknown as Row));
  for (const { id, row } of pending) {
    if (row) byId.set(id, plain(row));
    else byId.delete(id);
  }
  const rows = new Map<string, Row>();
  for (const row of byId.values()) {
    const name = key.map(column => String(row[column])).join(' ');
    // No second document may hold the same row: then it is one more than the logs make.
    rows.set(rows.has(name) ? `${name} twice` : name, row);
  }
  return rows;
}

/** Columns alone, times as RFC 3339. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, value]) =>
      name.startsWith('_') ? [] : [[name, value instanceof Date ? value.toISOString() : value]],
    ),
  );

const HOLD_MS = 30_000;

/** Nobody else writes to a generation while `work` runs, as where somebody switches it; not begun while a write is half done. */
export async function heldStill(db: Db, _id: string, work: () => Promise<void>): Promise<void> {
  const records = generationRecords(db);
  const held = { $set: { hold: { by: 'chaos', until: new Date(Date.now() + HOLD_MS) }, mark: randomUUID() as string } };
  while ((await records.updateOne({ _id, pending: null }, { ...held, $inc: { turn: 1 } } as object)).matchedCount === 0)
    await pause(2);
  try {
    await work();
  } finally {
    await records.updateOne({ _id }, {
      $set: { hold: null, mark: randomUUID() as string },
      $inc: { turn: 1 },
    } as object);
  }
}
