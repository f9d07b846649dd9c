/** Rows as lines of COPY's text format. */
import type { Row, Table } from '../projection';
import { columnsOf } from './generation-tables';

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const escape = (text: string): string =>
  /[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, c => ESCAPES[c]!) : text;

/** About this many characters a chunk: large enough for few writes, small enough for the socket. */
const CHUNK = 64_000;

export function* copyLines(
  table: Table,
  rows: Iterable<Row>,
  wanted: readonly string[] = columnsOf(table),
): Iterable<string> {
  const columns = wanted.map(column => ({ column, json: table.columns[column] === 'json' }));
  let chunk = '';
  for (const row of rows) {
    let line = '';
    for (const { column, json } of columns) {
      const value = row[column];
      const text = value === null || value === undefined ? '\\N' : escape(json ? JSON.stringify(value) : String(value));
      line += line === '' ? text : `\t${text}`;
    }
    chunk += `${line}\n`;
    if (chunk.length >= CHUNK) {
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}
