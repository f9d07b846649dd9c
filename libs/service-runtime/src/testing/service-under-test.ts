/** A writing service as it is started for real, on a database and a broker of the test's own. */
import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { isUuid, type Role, type UserId } from '@foldline/contracts';
import { eventLogMigrations } from '@foldline/event-log';
import { connectPool, setUpDatabases, Settings, type Pool } from '@foldline/postgres';
import {
  readConfig,
  signAccessToken,
  startService,
  type CommonConfig,
  type Compose,
  type RunningService,
} from '@foldline/service-kit';
import { freePort, postgresUrl, startOwnNats, type OwnServer } from '@foldline/testing';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the service answered
  readonly body: any;
}

export interface Call {
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type KnownSettings = Parameters<typeof readConfig>[0];

export class ServiceUnderTest {
  private running?: RunningService;
  private key!: { readonly privateKey: CryptoKey; readonly kid: string };

  private constructor(
    private readonly launch: (env: Record<string, string>) => Promise<RunningService>,
    readonly databaseUrl: string,
    /** Of the service's own role. */
    readonly database: Pool,
    readonly nats: OwnServer,
    private readonly port: number,
  ) {}

  /** The database and the broker are there; `up` starts the service. */
  static async prepare<Config extends CommonConfig>(
    name: string,
    settings: KnownSettings,
    compose: Compose<Config>,
  ): Promise<ServiceUnderTest> {
    const database = `${name}_${randomBytes(6).toString('hex')}`;
    const password = randomBytes(8).toString('hex');
    const url = new URL(postgresUrl());
    [url.pathname, url.username, url.password] = [`/${database}`, `${database}_app`, password];
    await setUpDatabases(postgresUrl(), [
      { appUrl: url.toString(), owner: { name: `${database}_owner`, password }, sets: [eventLogMigrations] },
    ]);
    const pool = connectPool({ url: url.toString(), name: 'test' });
    const launch = (env: Record<string, string>): Promise<RunningService> =>
      startService(name, readConfig(settings, env) as unknown as Config, compose);
    const service = new ServiceUnderTest(launch, url.toString(), pool, await startOwnNats(), await freePort());
    await service.knowKey();
    return service;
  }

  async up(env: Record<string, string> = {}): Promise<this> {
    this.running = await this.launch({
      PORT: String(this.port),
      DATABASE_URL: this.databaseUrl,
      NATS_URL: this.nats.url,
      USERS_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: 'fatal',
      ...env,
    });
    return this;
  }

  async down(): Promise<void> {
    await this.running?.stop();
  }

  async close(): Promise<void> {
    await this.down();
    await this.database.end();
    await this.nats.remove();
  }

  tokenOf(userId: string = randomUUID(), role: Role = 'customer'): Promise<string> {
    if (!isUuid(userId)) throw new Error(`no user has the id ${userId}`);
    return signAccessToken(this.key, 'foldline', { userId: userId as UserId, role }, randomUUID());
  }

  async call(method: string, path: string, { body, token, headers }: Call = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text && JSON.parse(text) };
  }

  /** First column of every row. */
  async column<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const { rows } = await this.database.query<Record<string, T>>(sql, values);
    return rows.map(row => Object.values(row)[0]!);
  }

  /** Types of a stream's events, oldest first. */
  typesOf(stream: string): Promise<string[]> {
    return this.column('select type from log.events where stream = $1 order by version', [stream]);
  }

  /** Where the log ends: equal before and after is nothing written. */
  async head(): Promise<number> {
    return Number((await this.column('select position from log.log_head'))[0]);
  }

  /** The users service's key, as an earlier run of the service has kept it. */
  private async knowKey(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    this.key = { privateKey, kid: 'test-key' };
    await new Settings(this.database).put('known-jwks', [{ ...(await exportJWK(publicKey)), kid: 'test-key' }]);
  }
}
