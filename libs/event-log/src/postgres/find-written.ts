/** What is stored of an append already: by its first event's id, which derives from the command id and is never purged. */
import type { Queryable } from '@foldline/postgres';
import type { AppendResult } from '../event-log.port';
import type { EncodedAppend } from './append-call';

const BY_EVENT = `
select (select incarnation from log.log_head) as incarnation, e.stream, e.version, e.recorded_at as "recordedAt",
       c.command_id is null or c.request_hash is not distinct from $3 as "sameRequest", c.result,
       (select max(later.position) from log.events later
         where later.position between e.position and e.position + 10000
           and later.metadata ->> 'commandId' = e.metadata ->> 'commandId') as position
  from log.events e left join log.commands c on c.command_id = $2
 where e.event_id = $1`;
const BY_COMMAND = `
select (select incarnation from log.log_head) as incarnation, null as stream, null as version, stored_at as "recordedAt",
       request_hash is not distinct from $3 as "sameRequest", result, position
  from log.commands where command_id = $2 and $1::uuid is null`;

interface Found {
  readonly incarnation: string;
  readonly position: number;
  readonly recordedAt: string;
  readonly stream: string | null;
  readonly version: number | null;
  readonly sameRequest: boolean;
  readonly result: unknown;
}

/** `own`: what is stored is what this append would have written; `duplicate`: the answer for a repeat of the command. */
export async function findWritten(
  session: Queryable,
  { append, events }: EncodedAppend,
): Promise<{ own?: AppendResult; duplicate: AppendResult } | undefined> {
  const [first] = events;
  const ids = [first?.eventId ?? null, append.command.id, append.command.requestHash ?? null];
  const { rows } = await session.query<Found>(first ? BY_EVENT : BY_COMMAND, ids);
  const [found] = rows;
  if (!found) return undefined;
  const { incarnation, position, recordedAt, stream, version, sameRequest, result } = found;
  const isOwn = sameRequest && (!first || (stream === first.stream && version === first.version));
  return {
    duplicate: { kind: 'duplicate', incarnation, position, sameRequest, result },
    ...(isOwn && { own: { kind: 'appended', incarnation, position, recordedAt } }),
  };
}
