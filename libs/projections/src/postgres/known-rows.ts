/**
 * Rows that were read or written lately, as they are at the mark of a standing: whoever else writes moves the mark, and what is known
 * goes with it. A batch about them is written without a round trip to load them.
 */
import { LRUCache } from 'lru-cache';
import type { Changes, LoadedRows } from '../fold/fold-batch';
import type { RowsToLoad } from '../fold/prepare-batch';
import { keyOfRow, keyText } from '../fold/working-rows';
import type { Projection, Row } from '../projection';

/** Of one table; what is asked for twice within milliseconds: an order and its outcome, a product in demand. */
const MOST = 2_000;

type ToLoad = Readonly<Record<string, RowsToLoad>>;
/** A row, or that there is none. */
type Known = { readonly row: Row | undefined };

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
      const [table, rows, rest] = [this.tables.get(name)!, [] as Row[], new Map<string, readonly string[]>()];
      for (const [text, key] of keys) {
        const found = table.get(text);
        if (!found) rest.set(text, key);
        else if (found.row) rows.push(found.row);
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
