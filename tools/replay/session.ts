/** What a verb works with: connections to the databases it names and to the broker, closed at its end. */
import { setTimeout as pause } from 'node:timers/promises';
import { hostname } from 'node:os';
import type { LogHead, LogName } from '@foldline/contracts';
import { Connection, connectPool, type Pool } from '@foldline/postgres';
import { PgProjectionStores, type LogReader, type ReplayableStores } from '@foldline/projections';
import { NatsLink, NatsLogReader } from '@foldline/transport';
import { findDeployment, type Deployment } from './deployment';
import { Interrupted } from './exit-codes';
import type { Target } from './targets';

/** Answers need not wait for the disk: what a crash takes back is built again. */
const OPTIONS = { synchronous_commit: 'off', jit: 'off' };
const BROKER_PATIENCE_MS = 5_000;

export interface Opened {
  readonly target: Target;
  readonly stores: ReplayableStores;
}

export class Session {
  readonly reader: LogReader;
  private readonly link: NatsLink;
  private readonly pools: Pool[] = [];

  private constructor(
    readonly deployment: Deployment,
    /** Aborted by Ctrl-C or SIGTERM. */
    readonly signal: AbortSignal,
  ) {
    this.link = new NatsLink({ ...deployment.nats, name: 'tools' });
    this.reader = new NatsLogReader(this.link, 10_000);
  }

  static async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const onSignal = (): void => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    const session = new Session(findDeployment(), stop.signal);
    try {
      return await work(session);
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
      await session.close();
    }
  }

  async open(target: Target): Promise<Opened> {
    const url = this.deployment.databaseUrl(target.database);
    const name = `replay of ${target.model.projection.name} (process ${process.pid} on ${hostname()})`;
    const pool = connectPool({ url, name, max: 4, options: OPTIONS });
    this.pools.push(pool);
    const connect = () => Connection.open({ url, name, options: OPTIONS });
    return { target, stores: new PgProjectionStores(pool, [target.model], connect) };
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
    await Promise.all(this.pools.map(pool => pool.end()));
  }
}
