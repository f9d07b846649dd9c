/** `npm run bench -- write`: events per second into our log and through our whole command, beside Emmett, plain pg and a bare insert. */
import { randomUUID } from 'node:crypto';
import { CommandExecutor, PostgresEventLog, StateStore } from '@foldline/event-log';
import { Connection } from '@foldline/postgres';
import { accept } from '@foldline/decider';
import { Pool } from 'pg';
import { withDatabase, withPostgres, type BenchDatabase } from './core/database';
import { emmett, emmettStore } from './core/emmett';
import { measure, type Measured } from './core/measure';
import { numberOf } from './core/options';
import { Progress } from './core/progress';
import { inTurns, plannedMs, summary, type Rounds, type Summary } from './core/rounds';
import { PLAIN_TABLE, plainPg } from './write-peers';
import { CALLERS, LONGEST_STREAM, SESSIONS, tell, type Kind } from './write-table';

/** States kept, so few that every command meets a stream it has to load. */
const NO_STATES = 1;

type Work = (caller: number) => Promise<unknown>;
interface Writer {
  readonly name: string;
  readonly kind: Kind;
  readonly work: Work;
}

const data = (orderId: string): object => ({
  orderId,
  userId: '01900000-0000-7000-8000-000000000001',
  items: [{ productId: '01900000-0000-7000-8000-000000000002', quantity: 2, unitPrice: 1999 }],
  total: 3998,
  currency: 'EUR',
  placedAt: '2026-01-01T00:00:00.000Z',
});
const placed = (id: string) => ({ type: 'OrderPlaced', data: data(id) });

interface Count {
  readonly events: number;
}
const counting = { initial: { events: 0 }, evolve: ({ events }: Count): Count => ({ events: events + 1 }) };

/** Each caller works on streams of its own: nobody conflicts, and a stream is loaded at every length up to the longest. */
function streams(): (caller: number) => string {
  const current = new Map<number, { stream: string; left: number }>();
  return caller => {
    let at = current.get(caller);
    if (!at || at.left === 0) at = { stream: `order-${randomUUID()}`, left: LONGEST_STREAM };
    current.set(caller, { ...at, left: at.left - 1 });
    return at.stream;
  };
}

function ourCommand(log: PostgresEventLog, cacheSize: number | undefined): Work {
  const states = new StateStore<Count, ReturnType<typeof placed>>(log, counting, '', cacheSize ? { cacheSize } : {});
  const executor = new CommandExecutor(log, states);
  const streamOf = streams();
  return async caller => {
    const id = randomUUID();
    const done = await executor.execute({
      stream: streamOf(caller),
      decide: () => accept(placed(id)),
      command: { id },
      metadata: { correlationId: id, causationId: id },
    });
    if (done.kind !== 'done') throw new Error(`a command ended as ${done.kind}`);
  };
}

async function ours(url: string): Promise<{ writers: Writer[]; close(): Promise<void> }> {
  const log = new PostgresEventLog({ log: 'orders', url });
  const append: Work = () => {
    const id = randomUUID();
    const writes = [{ stream: `order-${id}`, expectedVersion: 0, events: [placed(id)] }];
    return log.append({ writes, command: { id }, metadata: { correlationId: id, causationId: id } });
  };
  return {
    writers: [
      { name: 'Foldline: append to the log', kind: 'append', work: append },
      { name: 'Foldline: command, as services run it', kind: 'command', work: ourCommand(log, undefined) },
      { name: 'Foldline: command, every state loaded', kind: 'command', work: ourCommand(log, NO_STATES) },
    ],
    close: () => log.close(),
  };
}

async function emmetts(url: string): Promise<{ writers: Writer[]; close(): Promise<void> }> {
  const store = await emmettStore(url, SESSIONS);
  const { CommandHandler } = emmett();
  const handle = CommandHandler<Count>({ evolve: counting.evolve, initialState: () => counting.initial });
  const streamOf = streams();
  const options = { expectedStreamVersion: 'STREAM_DOES_NOT_EXIST' } as const;
  return {
    writers: [
      {
        name: 'Emmett: appendToStream',
        kind: 'append',
        work: () => store.appendToStream(`order-${randomUUID()}`, [placed(randomUUID())], options),
      },
      {
        name: 'Emmett: CommandHandler',
        kind: 'command',
        work: caller => handle(store, streamOf(caller), () => placed(randomUUID())),
      },
    ],
    close: () => store.end(),
  };
}

async function plain(url: string): Promise<{ writers: Writer[]; close(): Promise<void> }> {
  const pool = new Pool({ connectionString: url, max: SESSIONS });
  const { insert, append, command } = plainPg(pool);
  const streamOf = streams();
  const id = (): string => `order-${randomUUID()}`;
  return {
    writers: [
      { name: 'plain pg: transaction', kind: 'append', work: () => append(id(), placed(randomUUID())) },
      {
        name: 'plain pg: load, decide, transaction',
        kind: 'command',
        work: c => command(streamOf(c), placed(randomUUID())),
      },
      {
        name: 'limit: one prepared insert, nothing checked',
        kind: 'append',
        work: () => insert(id(), placed(randomUUID())),
      },
    ],
    close: () => pool.end(),
  };
}

/** `--seconds` of a round (3), `--rounds` (3). */
export async function writeBench(args: readonly string[]): Promise<void> {
  await withPostgres(admin => withDatabase(admin, database => compare(database, args)));
}

async function compare({ appUrl, insideUrl }: BenchDatabase, args: readonly string[]): Promise<void> {
  const inside = await Connection.open({ url: insideUrl, name: 'bench' });
  await inside.query(PLAIN_TABLE);
  const sides = [await ours(appUrl), await emmetts(insideUrl), await plain(insideUrl)];
  const writers = sides.flatMap(side => side.writers);
  const roundMs = 1000 * numberOf(args, 'seconds', 3);
  const rounds: Rounds = { rounds: numberOf(args, 'rounds', 3), roundMs, warmUpMs: Math.min(1_000, roundMs) };
  const progress = new Progress(CALLERS.length * plannedMs(writers.length, rounds));
  const found = new Map<number, Map<string, Summary>>();
  for (const callers of CALLERS) {
    const turns = writers.map(({ name, work }) => ({ name, run: (ms: number) => measure(callers, ms, work) }));
    const measured: Map<string, Measured[]> = await inTurns(`${callers} at once`, turns, rounds, progress);
    found.set(callers, new Map([...measured].map(([name, of]) => [name, summary(of)])));
  }
  const { rows } = await inside.query<{ server_version: string }>('show server_version');
  await Promise.all(sides.map(side => side.close()));
  await inside.close();
  tell(writers, found, rounds, rows[0]!.server_version, args);
}
