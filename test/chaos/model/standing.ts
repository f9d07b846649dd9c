/** Which generations a read model has, which of them serves, and how far each is: in whichever store it is kept. */
import { type ChaosStack, type DatabaseName, type LogName } from '../stack/chaos-stack';
import { withDatabase, type Sql } from './log-events';
import { recordsOf } from './stored-documents';
import type { Db } from '../stack/chaos-mongo';

export interface Standing {
  readonly generation: number;
  readonly serving: boolean;
  /** It may serve. */
  readonly ready: boolean;
  readonly positions: Readonly<Partial<Record<LogName, number>>>;
}

interface Of {
  readonly name: string;
  readonly database: DatabaseName;
}

/** Asks again and again over one session. */
export type AskStanding = () => Promise<readonly Standing[]>;

/** The store of a projection: the query service's may be MongoDB, all others are PostgreSQL. */
export const mongoOf = (stack: ChaosStack, { database }: Pick<Of, 'database'>): Db | undefined =>
  database === 'query' ? stack.mongo?.db : undefined;

export async function withStanding<T>(stack: ChaosStack, of: Of, work: (ask: AskStanding) => Promise<T>): Promise<T> {
  const mongo = mongoOf(stack, of);
  if (mongo) return work(() => inDocuments(mongo, of.name));
  return withDatabase(stack, of.database, sql => work(() => inRows(sql, of.name)));
}

export const standingOf = (stack: ChaosStack, of: Of): Promise<readonly Standing[]> =>
  withStanding(stack, of, ask => ask());

async function inDocuments(db: Db, projection: string): Promise<Standing[]> {
  const { serving, records } = await recordsOf(db, projection);
  return records.map(({ generation, state, checkpoints }) => ({
    generation,
    serving: generation === serving,
    ready: state === 'ready',
    positions: Object.fromEntries(Object.entries(checkpoints).map(([log, { position }]) => [log, position])),
  }));
}

/** One statement, so one moment. */
const STANDING = `select g.generation, g.generation = p.serving as serving, g.state = 'ready' as ready,
    coalesce(jsonb_object_agg(c.log, c.position) filter (where c.log is not null), '{}') as positions
  from read.projections p join read.generations g on g.projection = p.name
       left join read.checkpoints c on c.projection = g.projection and c.generation = g.generation
 where p.name = $1 group by 1, 2, 3 order by 1`;

const inRows = (sql: Sql, projection: string): Promise<Standing[]> => sql<Standing>(STANDING, [projection]);
