/** As much of Emmett (https://event-driven.io/en/introducing_emmett) as the benches use. */
import { Pool } from 'pg';
import { peerPackage } from './peer-packages';

export interface EmmettEvent {
  readonly type: string;
  readonly data: object;
}
export interface EmmettStore {
  appendToStream(
    stream: string,
    events: readonly EmmettEvent[],
    options?: { readonly expectedStreamVersion: bigint | 'STREAM_DOES_NOT_EXIST' },
  ): Promise<unknown>;
  consumer(options?: object): EmmettConsumer;
  close(): Promise<void>;
  readonly schema: { migrate(): Promise<unknown> };
}
export interface EmmettConsumer {
  projector(options: object): unknown;
  start(): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}
type Handle<State> = (store: EmmettStore, stream: string, decide: (state: State) => EmmettEvent) => Promise<unknown>;

interface EmmettPostgres {
  getPostgreSQLEventStore(url: string, options?: object): EmmettStore;
  postgreSQLRawBatchSQLProjection(options: object): object;
  pongoMultiStreamProjection(options: object): object;
}
interface EmmettCore {
  CommandHandler<State>(options: {
    readonly evolve: (state: State, event: never) => State;
    readonly initialState: () => State;
  }): Handle<State>;
}

export function emmett() {
  const postgres = peerPackage<EmmettPostgres>('@event-driven-io/emmett-postgresql');
  const core = peerPackage<EmmettCore>('@event-driven-io/emmett');
  const dumbo = peerPackage<{ SQL: (text: TemplateStringsArray, ...values: unknown[]) => unknown }>(
    '@event-driven-io/dumbo',
  );
  return { ...postgres.module, ...core.module, ...dumbo.module, version: postgres.version };
}

/** A store on a pool of so many sessions, with its tables made. */
export async function emmettStore(url: string, sessions: number): Promise<EmmettStore & { end(): Promise<void> }> {
  const pool = new Pool({ connectionString: url, max: sessions });
  const store = emmett().getPostgreSQLEventStore(url, { connectionOptions: { pool } });
  await store.schema.migrate();
  const end = async (): Promise<void> => {
    await store.close();
    if (!pool.ended) await pool.end();
  };
  return Object.assign(store, { end });
}
