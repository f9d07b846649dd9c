/** What a generation's store remembers between batches, valid as long as the mark is the same. */
import type { LogName } from '@foldline/contracts';
import type { Queryable } from '@foldline/postgres';
import { SinkHaltedError, type Checkpoint } from '../ports';
import { ParkedKeys } from '../store/parked-keys';

export interface Standing {
  mark: string;
  readonly checkpoints: Map<LogName, Checkpoint>;
  readonly parkedKeys: ParkedKeys;
}

/** One statement, so one snapshot. */
const STANDING = {
  name: 'projection_standing',
  text: `
    select mark,
      (select coalesce(json_agg(json_build_object('log', log, 'incarnation', incarnation, 'position', position, 'eventId', event_id)), '[]')
       from read.checkpoints where projection = $1 and generation = $2) as checkpoints,
      (select coalesce(json_agg(json_build_object('log', log, 'key', key)), '[]')
       from (select distinct log, key from read.parked where projection = $1 and generation = $2) k) as parked
    from read.generations where projection = $1 and generation = $2`,
};

export async function readStanding(session: Queryable, projection: string, generation: number): Promise<Standing> {
  const { rows } = await session.query<{
    mark: string;
    checkpoints: (Checkpoint & { log: LogName })[];
    parked: { log: LogName; key: string }[];
  }>(STANDING, [projection, generation]);
  const [row] = rows;
  if (!row) throw new SinkHaltedError(`generation ${generation} of ${projection} does not exist any more`);
  return {
    mark: row.mark,
    checkpoints: new Map(row.checkpoints.map(({ log, ...checkpoint }) => [log, checkpoint])),
    parkedKeys: new ParkedKeys(row.parked),
  };
}
