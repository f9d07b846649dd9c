/** What a fold changed, as a write that is to be put into place. */
import { encodeCloudEvent, type LogName } from '@foldline/contracts';
import { keyText, type Changes, type ParkedEvent, type Projection } from '@foldline/projections';
import type { ParkedDocument, PendingRow } from './records';
import { encodeRow } from './row-documents';

export const rowsPending = (projection: Projection, changes: Changes): PendingRow[] =>
  Object.entries(changes).flatMap(([name, ofTable]) => {
    const table = projection.tables[name]!;
    return ofTable.map(({ key, after }) => ({
      ...{ table: table.name, id: keyText(key), row: after ? encodeRow(table, after) : null },
    }));
  });

export const parkedId = (of: string, log: LogName, position: number): string => `${of} ${log} ${position}`;

export const parkedPending = (of: string, log: LogName, mark: string, parked: readonly ParkedEvent[]) =>
  parked.map(({ key, reason, event }): ParkedDocument => {
    const { position } = event;
    const place = { _id: parkedId(of, log, position), of, log, position, mark, parkedAt: new Date() };
    return { ...place, key, reason, event: encodeCloudEvent(event) };
  });
