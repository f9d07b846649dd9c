/** Cold loads of a stream with a million events beside one with ten: a snapshot and its tail make them alike. */
import { randomUUID } from 'node:crypto';
import { PostgresEventLog, StateStore } from '@foldline/event-log';
import { Connection } from '@foldline/postgres';
import { withDatabase, withPostgres, type BenchDatabase } from './core/database';
import { median } from './core/measure';

const LONG = 1_000_000;
const SHORT = 10;
const LOADS = 300;

const SEED = `
insert into log.events
select $1::bigint + v, $2, v, 'StockReceived', 1, gen_random_uuid(), $3, $4, now(), 300 from generate_series(1, $5::int) v`;

interface Stock {
  readonly available: number;
}
const stock = {
  initial: { available: 0 },
  evolve: (state: Stock, event: { data: { quantity: number } }): Stock => ({
    available: state.available + event.data.quantity,
  }),
};

export const loadBench = (): Promise<void> => withPostgres(admin => withDatabase(admin, loads));

async function loads({ appUrl, insideUrl }: BenchDatabase): Promise<void> {
  const inside = await Connection.open({ url: insideUrl, name: 'bench', statementTimeoutMs: 0 });
  const data = { productId: randomUUID(), quantity: 1 };
  const metadata = { commandId: randomUUID(), correlationId: randomUUID(), causationId: randomUUID() };
  await inside.query(SEED, [0, 'product-long', data, metadata, LONG]);
  await inside.query(SEED, [LONG, 'product-short', data, metadata, SHORT]);
  await inside.query('update log.log_head set position = $1, recorded_at = now()', [LONG + SHORT]);
  await inside.close();
  const log = new PostgresEventLog({ log: 'products', url: appUrl });
  const load = async (stream: string): Promise<[number, number]> => {
    const store = new StateStore(log, stock);
    const startedAt = performance.now();
    const { version } = await store.load(stream);
    const took = performance.now() - startedAt;
    await store.flush();
    return [took, version];
  };
  const [first] = await load('product-long');
  process.stdout.write(`first load of ${LONG} events, without a snapshot: ${first.toFixed(0)} ms\n`);
  const times: Record<'product-long' | 'product-short', number[]> = { 'product-long': [], 'product-short': [] };
  for (let i = 0; i < LOADS; i++)
    for (const stream of ['product-long', 'product-short'] as const) times[stream].push((await load(stream))[0]);
  const [long, short] = [median(times['product-long']), median(times['product-short'])];
  process.stdout.write(
    `cold load, p50: ${LONG} events ${long.toFixed(2)} ms, ${SHORT} events ${short.toFixed(2)} ms, ratio ${(long / short).toFixed(2)}\n`,
  );
  await log.close();
}
