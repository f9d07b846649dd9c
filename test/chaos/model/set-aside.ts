/** What the query service parked and refused, in whichever store it keeps that. */
import type { ChaosStack } from '../stack/chaos-stack';
import { withDatabase } from './log-events';
import { mongoOf } from './standing';

const QUERY = { database: 'query' } as const;

export interface SetAside {
  readonly log: string;
  readonly key: string;
}

export async function parkedNow(stack: ChaosStack): Promise<readonly SetAside[]> {
  const mongo = mongoOf(stack, QUERY);
  // One that was applied since has kept its place, and nothing else.
  if (mongo)
    return mongo
      .collection<SetAside & { of?: string }>('read.parked')
      .find({ of: { $exists: true } })
      .toArray();
  return withDatabase(stack, 'query', sql => sql<SetAside>('select log, key from read.parked'));
}

/** How many messages were refused so far. */
export async function refusals(stack: ChaosStack): Promise<number> {
  const mongo = mongoOf(stack, QUERY);
  const notes = mongo
    ? await mongo.collection<{ kind: string; count: number }>('read.notes').find({ kind: 'refused' }).toArray()
    : await withDatabase(stack, 'query', sql =>
        sql<{ count: number }>(`select count::int from read.notes where kind = 'refused'`),
      );
  return notes.reduce((sum, { count }) => sum + count, 0);
}
