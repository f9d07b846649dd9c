/** Loads the documents a batch touches; whether they belong to the mark they were read at is what the commit finds out. */
import type { LoadedRows, Projection, Row, RowsToLoad, Table } from '@foldline/projections';
import type { Db } from './connection';
import { decodeRow, encodeValue, generationCollection, isGone, type RowDocument } from './row-documents';

export interface Loaded {
  readonly rows: LoadedRows;
  /** As stored, deleted ones too. */
  readonly some: (is: (document: RowDocument) => boolean) => boolean;
  /** By the table's name without the generation's suffix. */
  readonly before: (table: string, id: string) => RowDocument | undefined;
}

async function loadTable(db: Db, table: Table, generation: number, { keys, where }: RowsToLoad) {
  const collection = db.collection<RowDocument>(generationCollection(table, generation));
  const filters = [
    ...(keys.size > 0 ? [{ _id: { $in: [...keys.keys()] } }] : []),
    ...[...where].map(([column, values]) => ({
      [column]: { $in: [...values].map(value => encodeValue(table, column, value)) },
    })),
  ];
  const found = await Promise.all(filters.map(filter => collection.find(filter).toArray()));
  return new Map(found.flat().map(document => [document._id, document]));
}

export async function loadRows(
  db: Db,
  projection: Projection,
  generation: number,
  toLoad: Readonly<Record<string, RowsToLoad>>,
): Promise<Loaded> {
  const touched = Object.entries(projection.tables).filter(
    ([name]) => toLoad[name]!.keys.size > 0 || toLoad[name]!.where.size > 0,
  );
  const documents = new Map(
    await Promise.all(
      touched.map(async ([name, table]) => [name, await loadTable(db, table, generation, toLoad[name]!)] as const),
    ),
  );
  const rows: Record<string, Row[]> = {};
  for (const [name, table] of touched)
    rows[name] = [...documents.get(name)!.values()]
      .filter(found => !isGone(found))
      .map(found => decodeRow(table, found));
  const some: Loaded['some'] = is => [...documents.values()].some(found => [...found.values()].some(is));
  const byTable = new Map(touched.map(([name, table]) => [table.name, documents.get(name)!]));
  return { rows, some, before: (table, id) => byTable.get(table)?.get(id) };
}
