/** Appends through the log's group commit beside a prepared single-statement insert by node + pg, in turns. */
import { randomUUID } from 'node:crypto';
import { PostgresEventLog } from '@foldline/event-log';
import { Connection } from '@foldline/postgres';
import { withDatabase, withPostgres, type BenchDatabase } from './core/database';
import { median, measure, type Measured } from './core/measure';

const ROUNDS = 3;
const ROUND_MS = 2_000;
const WARM_UP_MS = 500;
const CALLERS = [1, 32, 256];

const PEER_TABLE = `
create schema peer;
create table peer.events (
  position bigserial primary key, stream text collate "C" not null, version int not null, type text collate "C" not null,
  schema_version int not null, event_id uuid not null unique, data jsonb not null, metadata jsonb not null,
  recorded_at timestamptz not null default now(), unique (stream, version))`;
const PEER_INSERT = `
insert into peer.events (stream, version, type, schema_version, event_id, data, metadata)
select $1, $2, $3, $4, $5, $6, $7
 where (select coalesce(max(version), 0) from peer.events where stream = $1) = $2::int - 1
returning position`;

const orderPlaced = (orderId: string) => ({
  type: 'OrderPlaced',
  data: {
    orderId,
    userId: randomUUID(),
    items: [{ productId: randomUUID(), quantity: 2, unitPrice: 1999 }],
    total: 3998,
    currency: 'EUR',
    placedAt: '2026-01-01T00:00:00.000Z',
  },
});

/** `--keyed`: our appends also store an answer under an idempotency key, as a service's commands do. */
export function appendBench(args: readonly string[]): Promise<void> {
  return withPostgres(admin => withDatabase(admin, database => compare(database, args.includes('--keyed'))));
}

async function compare({ appUrl, insideUrl }: BenchDatabase, keyed: boolean): Promise<void> {
  const inside = await Connection.open({ url: insideUrl, name: 'bench' });
  await inside.query(PEER_TABLE);
  const log = new PostgresEventLog({ log: 'orders', url: appUrl });
  const peers = await Promise.all(
    Array.from({ length: Math.max(...CALLERS.filter(n => n <= 32)) }, () =>
      Connection.open({ url: insideUrl, name: 'bench-peer' }),
    ),
  );
  const ours = () => {
    const id = randomUUID();
    return log.append({
      writes: [{ stream: `order-${id}`, expectedVersion: 0, events: [orderPlaced(id)] }],
      command: {
        id: randomUUID(),
        ...(keyed && { requestHash: id, result: { status: 201, location: `/orders/${id}` } }),
      },
      metadata: { correlationId: id, causationId: id },
    });
  };
  const theirs = (caller: number) => {
    const id = randomUUID();
    const { type, data } = orderPlaced(id);
    const metadata = { commandId: id, correlationId: id, causationId: id };
    return peers[caller]!.query({
      name: 'peer-insert',
      text: PEER_INSERT,
      values: [`order-${id}`, 1, type, 1, randomUUID(), JSON.stringify(data), JSON.stringify(metadata)],
    });
  };
  process.stdout.write('callers        ours/s  p50 ms  p99 ms   insert/s  p50 ms  p99 ms   ratio\n');
  for (const callers of CALLERS) {
    const [a, b]: [Measured[], Measured[]] = [[], []];
    await measure(callers, WARM_UP_MS, ours);
    for (let round = 0; round < ROUNDS; round++) {
      a.push(await measure(callers, ROUND_MS, ours));
      if (callers <= peers.length) b.push(await measure(callers, ROUND_MS, theirs));
    }
    print(callers, a, b);
  }
  const { position } = await log.head();
  const { rows } = await inside.query<{ events: number }>('select count(*)::int as events from log.events');
  process.stdout.write(`head ${position}, events stored ${rows[0]!.events}\n`);
  await log.close();
  await Promise.all([inside, ...peers].map(connection => connection.close()));
}

function print(callers: number, ours: readonly Measured[], theirs: readonly Measured[]): void {
  const cells = (of: readonly Measured[]) =>
    [
      median(of.map(m => m.perSecond)).toFixed(0),
      median(of.map(m => m.p50)).toFixed(2),
      median(of.map(m => m.p99)).toFixed(2),
    ].map((text, i) => text.padStart(i === 0 ? 10 : 8));
  const ratio = median(ours.map(m => m.perSecond)) / median(theirs.map(m => m.perSecond));
  const peer = theirs.length > 0 ? `${cells(theirs).join('')} ${ratio.toFixed(2).padStart(7)}` : '';
  process.stdout.write(`${String(callers).padStart(7)}    ${cells(ours).join('')} ${peer}\n`);
}
