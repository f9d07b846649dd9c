/** What a verb works with: connections to the databases it names and to the broker, closed at its end. */
import { setTimeout as pause } from 'node:timers/promises';
import { hostname } from 'node:os';
import type { LogHead, LogName } from '@foldline/contracts';
import { Connection, connectPool } from '@foldline/postgres';
import {
  assertSamePartition,
  BUILD_SESSION,
  PgProjectionStores,
  type LogReader,
  type ReplayableStores,
} from '@foldline/projections';
import { NatsLink, NatsLogReader } from '@foldline/transport';
import { findDeployment, storeNamed, type Deployment, type StoreName } from '../deployment';
import { Interrupted, UsageError } from '../exit-codes';
import { nameOf, type Target } from './targets';

/** Answers need not wait for the disk: what a crash takes back is built again. */
const OPTIONS = { synchronous_commit: 'off', jit: 'off' };
const BROKER_PATIENCE_MS = 5_000;
/** A tool is started once, by somebody who waits: on a busy machine a server may take longer than a service would wait before it asks again. */
const MONGO_PATIENCE_MS = 15_000;

export interface Opened {
  readonly target: Target;
  readonly store: StoreName;
  readonly stores: ReplayableStores;
}

export class Session {
  readonly reader: LogReader;
  private readonly link: NatsLink;
  private readonly closing: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly deployment: Deployment,
    /** Aborted by Ctrl-C or SIGTERM. */
    readonly signal: AbortSignal,
    /** Instead of the one that the service reads. */
    private readonly store: StoreName | undefined,
  ) {
    this.link = new NatsLink({ ...deployment.nats, name: 'tools' });
    this.reader = new NatsLogReader(this.link, 10_000);
  }

  static async use<T>(store: string | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const onSignal = (): void => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    const session = new Session(findDeployment(), stop.signal, store === undefined ? undefined : storeNamed(store));
    try {
      return await work(session);
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      await session.close();
    }
  }

  /** `store` instead of the one that is asked for, or that its service reads. */
  async open(target: Target, store?: StoreName): Promise<Opened> {
    const chosen = store ?? this.store ?? this.storeOf(target);
    if (!target.stores.includes(chosen)) throw new UsageError(`${nameOf(target)} is kept in PostgreSQL only.`);
    const name = `replay of ${target.model.projection.name} (process ${process.pid} on ${hostname()})`;
    const { projection } = target.model;
    if (chosen === 'mongo' && projection.partition)
      throw new UsageError('MongoDB keeps the whole read model: leave READ_PARTITION out.');
    const stores = chosen === 'mongo' ? await this.openMongo(name) : this.openPostgres(target, name);
    await stores.prepare();
    assertSamePartition(projection, await stores.generations(projection.name));
    return { target, store: chosen, stores };
  }

  storeOf({ stores }: Target): StoreName {
    return stores.find(one => one === this.deployment.readStore) ?? 'postgres';
  }

  private openPostgres(target: Target, name: string): ReplayableStores {
    const url = this.deployment.databaseUrl(target.database);
    const pool = connectPool({ url, name, max: 4, options: OPTIONS });
    this.closing.push(() => pool.end());
    return new PgProjectionStores(pool, [target.model], () => Connection.open({ url, name, ...BUILD_SESSION }));
  }

  /** Its driver is loaded only where it is chosen. */
  private async openMongo(name: string): Promise<ReplayableStores> {
    const { connectMongo, MongoProjectionStores } = await import('@foldline/projections-mongo');
    const mongo = await connectMongo(this.deployment.mongoUrl(), { name, timeoutMs: MONGO_PATIENCE_MS });
    this.closing.push(() => mongo.close());
    return new MongoProjectionStores(mongo);
  }

  /** Heads of logs; undefined for an owner that does not answer now. */
  async heads(logs: readonly LogName[]): Promise<ReadonlyMap<LogName, LogHead | undefined>> {
    await this.reachBroker();
    return new Map(
      await Promise.all(logs.map(async log => [log, await this.reader.head(log).catch(() => undefined)] as const)),
    );
  }

  /** Resolves when the broker was reached, or with false when that takes too long. */
  async reachBroker(): Promise<boolean> {
    const late = pause(BROKER_PATIENCE_MS, false, { ref: false });
    return Promise.race([this.link.connection.then(() => true), late]);
  }

  pause(ms: number): Promise<void> {
    return pause(ms, undefined, { signal: this.signal }).catch(() => {
      throw new Interrupted('interrupted');
    });
  }

  private async close(): Promise<void> {
    await this.link.stop();
    await Promise.all(this.closing.map(close => close()));
  }
}
