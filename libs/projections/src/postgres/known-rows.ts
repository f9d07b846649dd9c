/**
 * Rows that were read or written lately, as they are at the mark of a standing: whoever else writes moves the mark, and what is known
 * goes with it. A batch about them is written without a round trip to load them.
 */
import { LRUCache } from 'lru-cache';
import type { Changes, LoadedRows } from '../fold/fold-batch';
import type { RowsToLoad } from '../fold/prepare-batch';
import { keyOfRow, keyText } from '../fold/working-rows';
import type { Projection, Row, Table } from '../projection';

/** Of one table; what is asked for twice within milliseconds: an order and its outcome, a product in demand. */
const MOST = 2_000;

type ToLoad = Readonly<Record<string, RowsToLoad>>;
/** A row, or that there is none. */
type Known = { readonly row: Row | undefined };

const MILLISECONDS = '2026-01-01T00:00:00.000Z'.length;

/** A row that was put as it would be read; undefined where only the server can say, as for times that it rounds. */
function asRead(table: Table, row: Row): Row | undefined {
  const read: Record<string, unknown> = {};
  for (const [column, type] of Object.entries(table.columns)) {
    const value = row[column] ?? null;
    if (type === 'timestamp' && value !== null && String(value).length !== MILLISECONDS) return undefined;
    read[column] = type === 'json' ? JSON.parse(JSON.stringify(value)) : value;
  }
  return read;
}

export class KnownRows {
  private readonly tables: ReadonlyMap<string, LRUCache<string, Known>>;

  constructor(private readonly projection: Projection) {
    this.tables = new Map(Object.keys(projection.tables).map(name => [name, new LRUCache({ max: MOST })]));
  }

  /** What is known of it, and what is left to be loaded. Rows by a value of a column are loaded always: others may have it. */
  split(toLoad: ToLoad): { readonly known: LoadedRows; readonly unknown: ToLoad } {
    const known: Record<string, Row[]> = {};
    const unknown: Record<string, RowsToLoad> = {};
    for (const [name, { keys, where }] of Object.entries(toLoad)) {
      const [rows, rest] = [[] as Row[], new Map<string, readonly string[]>()];
      for (const [text, key] of keys) {
        const found = this.tables.get(name)!.get(text);
        const row = found?.row && asRead(this.projection.tables[name]!, found.row);
        if (row) rows.push(row);
        else if (!found || found.row) rest.set(text, key);
      }
      known[name] = rows;
      unknown[name] = { keys: rest, where };
    }
    return { known, unknown };
  }

  /** After a commit: what it loaded, and what it changed. */
  remember(toLoad: ToLoad, loaded: LoadedRows, changes: Changes): void {
    for (const [name, table] of Object.entries(this.projection.tables)) {
      const known = this.tables.get(name)!;
      for (const key of toLoad[name]!.keys.keys()) known.set(key, { row: undefined });
      for (const row of loaded[name] ?? []) known.set(keyText(keyOfRow(table, row)), { row });
      for (const { key, after } of changes[name] ?? []) known.set(keyText(key), { row: after });
    }
  }
}
