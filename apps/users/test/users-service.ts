/** The users service as it is started for real, on a database and a broker of the test's own. */
import { randomBytes, randomUUID } from 'node:crypto';
import { eventLogMigrations } from '@foldline/event-log';
import { connectPool, setUpDatabases, type Pool } from '@foldline/postgres';
import { readConfig, startService, type RunningService } from '@foldline/service-kit';
import { freePort, postgresUrl, startOwnNats, type OwnServer } from '@foldline/testing';
import { userMigrations } from '../src/migrations';
import { composeUsers } from '../src/users.module';
import { usersSettings } from '../src/users.settings';

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

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

export const ADMIN = { email: 'Admin@Example.com', password: 'the-admin-of-the-tests' };
export const PASSWORD = 'a-long-enough-passphrase';
export const newEmail = (): string => `${randomUUID()}@example.com`;

export class UsersService {
  private running?: RunningService;

  private constructor(
    readonly databaseUrl: string,
    /** Of the service's own role. */
    readonly database: Pool,
    readonly nats: OwnServer,
    private readonly port: number,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<UsersService> {
    const name = `users_${randomBytes(6).toString('hex')}`;
    const password = randomBytes(8).toString('hex');
    const url = new URL(postgresUrl());
    [url.pathname, url.username, url.password] = [`/${name}`, `${name}_app`, password];
    const owner = { name: `${name}_owner`, password };
    await setUpDatabases(postgresUrl(), [
      { appUrl: url.toString(), owner, sets: [eventLogMigrations, userMigrations] },
    ]);
    const pool = connectPool({ url: url.toString(), name: 'test' });
    const service = new UsersService(url.toString(), pool, await startOwnNats(), await freePort());
    await service.up(env);
    return service;
  }

  /** One more process's worth of the service, on the same database and broker; to be taken down by its caller. */
  async replica(env: Record<string, string> = {}): Promise<UsersService> {
    const other = new UsersService(this.databaseUrl, this.database, this.nats, await freePort());
    await other.up(env);
    return other;
  }

  async up(env: Record<string, string> = {}): Promise<void> {
    const config = readConfig(usersSettings, {
      PORT: String(this.port),
      DATABASE_URL: this.databaseUrl,
      NATS_URL: this.nats.url,
      LOG_LEVEL: 'fatal',
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SIGN_UP_PER_ADDRESS: '100000',
      SIGN_IN_PER_ADDRESS: '100000',
      ...env,
    });
    this.running = await startService('users', config, composeUsers);
  }

  async down(): Promise<void> {
    await this.running?.stop();
  }

  async close(): Promise<void> {
    await this.down();
    await this.database.end();
    await this.nats.remove();
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
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : undefined };
  }

  signUp(fields: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const body = { email: newEmail(), password: PASSWORD, displayName: 'Somebody', ...fields };
    return this.call('POST', '/users', { body, headers });
  }

  signIn(email: string, password: string = PASSWORD, headers: Record<string, string> = {}): Promise<Answer> {
    return this.call('POST', '/sessions', { body: { email, password }, headers });
  }

  async newPerson(): Promise<Person> {
    const { body } = await this.signUp();
    const session = await this.signIn(body.email);
    return { id: body.id, email: body.email, password: PASSWORD, token: session.body.accessToken };
  }

  /** First column of every row. */
  async column<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
    const { rows } = await this.database.query<Record<string, T>>(sql, values);
    return rows.map(row => Object.values(row)[0]!);
  }
}
