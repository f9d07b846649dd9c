/** Emmett's consumer over the same events, with the projection its documentation shows first and with the fastest one it has. */
import { Pool } from 'pg';
import { emmett, emmettStore, type EmmettEvent } from './core/emmett';

export interface Projected {
  readonly applied: number;
  readonly seconds: number;
}
export type Projecting = (events: number) => Promise<Projected>;

interface Recorded extends EmmettEvent {
  readonly data: { userId?: string; productId?: string; orderId?: string; items?: Line[] };
  readonly metadata: { readonly globalPosition: bigint };
}
interface Line {
  readonly productId: string;
  readonly quantity: number;
}
interface Purchases {
  readonly bought: Readonly<Record<string, number>>;
}

const TYPES = ['UserSignedUp', 'ProductListed', 'StockReceived', 'OrderPlaced', 'StockReserved', 'OrderConfirmed'];
const AT_ONCE = 64;
const SESSIONS = 32;
const BATCH = 1_000;

const linesOf = ({ type, data }: Recorded): readonly Line[] => (type === 'OrderConfirmed' ? (data.items ?? []) : []);

/** Appends the streams' events, each stream in one call. */
export async function fillEmmett(url: string, streams: ReadonlyMap<string, readonly EmmettEvent[]>): Promise<void> {
  const store = await emmettStore(url, SESSIONS);
  const left = streams.entries();
  const one = async (): Promise<void> => {
    for (let next = left.next(); !next.done; next = left.next()) await store.appendToStream(...next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  await store.end();
}

/** As ours: what is made of a log can be made again, and need not wait for the disk. */
function withoutWaiting(url: string): string {
  const relaxed = new URL(url);
  relaxed.searchParams.set('options', '-c synchronous_commit=off');
  return relaxed.toString();
}

/** From the first event to the last that it brings; each run is another processor with tables of its own. */
async function run(url: string, batchSize: number | undefined, projectionOf: (seen: Set<bigint>) => object) {
  const store = await emmettStore(withoutWaiting(url), SESSIONS);
  const seen = new Set<bigint>();
  const from = performance.now();
  const consumer = store.consumer({ stopWhen: { noMessagesLeft: true }, ...(batchSize && { pulling: { batchSize } }) });
  consumer.projector({ processorId: `bench-${from}`, projection: projectionOf(seen), startFrom: 'BEGINNING' });
  await consumer.start();
  const seconds = (performance.now() - from) / 1000;
  await consumer.close();
  await store.end();
  return { applied: seen.size, seconds };
}

async function emptied(url: string, sql: string): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 1 });
  await pool.query(sql);
  await pool.end();
}

/** A document per user, an update per event. */
export const withPongo =
  (url: string): Projecting =>
  async () => {
    await emptied(url, 'drop table if exists purchases');
    return run(url, undefined, seen =>
      emmett().pongoMultiStreamProjection({
        collectionName: 'purchases',
        canHandle: TYPES,
        getDocumentId: ({ data }: Recorded) => data.userId ?? data.productId ?? data.orderId,
        evolve: (document: Purchases | null, event: Recorded): Purchases => {
          seen.add(event.metadata.globalPosition);
          const bought = { ...document?.bought };
          for (const { productId, quantity } of linesOf(event)) bought[productId] = (bought[productId] ?? 0) + quantity;
          return { bought };
        },
      }),
    );
  };

/** Rows of user and product, folded in memory, one statement per batch. */
export const withSql =
  (url: string): Projecting =>
  async () => {
    await emptied(
      url,
      `drop table if exists bench_purchases;
       create table bench_purchases (user_id uuid, product_id uuid, quantity bigint, primary key (user_id, product_id))`,
    );
    const { SQL, postgreSQLRawBatchSQLProjection } = emmett();
    return run(url, BATCH, seen =>
      postgreSQLRawBatchSQLProjection({
        name: 'bench-purchases',
        canHandle: TYPES,
        evolve: (events: readonly Recorded[]) => {
          const rows = new Map<string, { user_id: string; product_id: string; quantity: number }>();
          for (const event of events) {
            seen.add(event.metadata.globalPosition);
            for (const { productId, quantity } of linesOf(event)) {
              const key = `${event.data.userId} ${productId}`;
              const had = rows.get(key)?.quantity ?? 0;
              rows.set(key, { user_id: event.data.userId!, product_id: productId, quantity: had + quantity });
            }
          }
          if (rows.size === 0) return [];
          return [
            SQL`insert into bench_purchases select * from json_to_recordset(${JSON.stringify([...rows.values()])}::json)
              as r(user_id uuid, product_id uuid, quantity bigint)
              on conflict (user_id, product_id) do update set quantity = bench_purchases.quantity + excluded.quantity`,
          ];
        },
      }),
    );
  };
