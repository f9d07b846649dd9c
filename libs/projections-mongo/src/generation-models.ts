/** How a table definition becomes the mongoose model of a generation: its schema and its indexes. */
import { Schema, type Connection, type IndexDefinition } from 'mongoose';
import type { ColumnType, Table } from '@foldline/projections';
import { generationCollection } from './row-documents';

const TYPES: Record<ColumnType, object> = {
  uuid: { type: String },
  text: { type: String },
  integer: { type: Number },
  bigint: { type: Number },
  boolean: { type: Boolean },
  timestamp: { type: Date },
  json: { type: Schema.Types.Mixed },
};

/** `-name` is descending. */
const indexOf = (columns: readonly string[]): IndexDefinition =>
  Object.fromEntries(
    columns.map(column => (column.startsWith('-') ? [column.slice(1), -1] : [column, 1]) as [string, 1 | -1]),
  );

export function schemaOf(table: Table): Schema {
  const columns = Object.entries(table.columns).map(([name, type]) => [
    name,
    { ...TYPES[type], required: !table.nullable?.includes(name) },
  ]);
  const schema = new Schema(
    { _id: String, _turn: Number, _mark: String, _gone: Boolean, ...(Object.fromEntries(columns) as object) },
    { autoIndex: false, autoCreate: false, versionKey: false, suppressReservedKeysWarning: true },
  );
  for (const columns of table.indexes ?? []) schema.index(indexOf(columns));
  return schema;
}

/** Makes the indexes of a generation, and with them its collections, as far as they are missing. */
export async function makeIndexes(connection: Connection, tables: readonly Table[], generation: number): Promise<void> {
  for (const table of tables) {
    const name = generationCollection(table, generation);
    const model = connection.models[name] ?? connection.model(name, schemaOf(table), name);
    await model.createIndexes();
  }
}
