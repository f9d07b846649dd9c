/** Bulk load and unload by COPY: several times the speed of single statements. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Connection } from './connection';

/** Sends chunks of COPY text or CSV lines; `sql` is a `copy ... from stdin` statement. Returns the rows written. */
export async function copyInto(
  connection: Connection,
  sql: string,
  chunks: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
): Promise<number> {
  const sink = connection.submit(copyFrom(sql));
  await pipeline(Readable.from(chunks, { objectMode: false }), sink);
  return sink.rowCount;
}

/** Bytes of a `copy ... to stdout` statement; the session does nothing else until they are read. */
export const copyFromTable = (connection: Connection, sql: string): Readable => connection.submit(copyTo(sql));
