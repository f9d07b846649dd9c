/** The query service as it is started for real, on a database and a broker of the test's own. */
import { randomBytes, randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import type { Role, UserId } from '@foldline/contracts';
import { connectPool, setUpDatabases, Settings } from '@foldline/postgres';
import { readConfig, signAccessToken, startService, type RunningService } from '@foldline/service-kit';
import { freePort, postgresUrl, startOwnNats, type OwnServer } from '@foldline/testing';
import { ShopHistory } from '../src/projection/shop-history';
import { composeQuery } from '../src/query.module';
import { querySettings } from '../src/query.settings';
import { Owners } from './owners';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whatever the service answered
  readonly body: any;
}

export class QueryService {
  private service!: RunningService;
  private owners?: Owners;
  private key!: { privateKey: CryptoKey; kid: string };

  private constructor(
    readonly databaseUrl: string,
    readonly nats: OwnServer,
    private readonly port: number,
    private readonly store: Record<string, string>,
    readonly history: ShopHistory,
  ) {}

  /** `store`: settings of the read store; PostgreSQL without. `history`: of the logs that it reads. */
  static async start(store: Record<string, string> = {}, history = new ShopHistory()): Promise<QueryService> {
    const name = `query_${randomBytes(6).toString('hex')}`;
    const password = randomBytes(8).toString('hex');
    const url = new URL(postgresUrl());
    [url.pathname, url.username, url.password] = [`/${name}`, `${name}_app`, password];
    await setUpDatabases(postgresUrl(), [
      { appUrl: url.toString(), owner: { name: `${name}_owner`, password }, sets: [] },
    ]);
    const service = new QueryService(url.toString(), await startOwnNats(), await freePort(), store, history);
    await service.knowKey();
    await service.ownersUp();
    await service.up();
    return service;
  }

  async up(env: Record<string, string | undefined> = {}): Promise<void> {
    const config = readConfig(querySettings, {
      PORT: String(this.port),
      DATABASE_URL: this.databaseUrl,
      NATS_URL: this.nats.url,
      USERS_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: 'fatal',
      ...this.store,
      ...env,
    });
    this.service = await startService('user-orders-query', config, composeQuery);
  }
  down(): Promise<void> {
    return this.service.stop();
  }

  async ownersUp(): Promise<void> {
    this.owners = await Owners.answering(this.nats.url, this.history);
  }
  async ownersDown(): Promise<void> {
    await this.owners?.stop();
  }

  async close(): Promise<void> {
    await this.down();
    await this.ownersDown();
    await this.nats.remove();
  }

  tokenFor(userId: string, role: Role = 'customer'): Promise<string> {
    return signAccessToken(this.key, 'foldline', { userId: userId as UserId, role }, randomUUID());
  }

  async get(path: string, token?: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: text && jsonOf(text) };
  }

  /** The users service's key, as an earlier run of the query service has kept it. */
  private async knowKey(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    this.key = { privateKey, kid: 'test-key' };
    const pool = connectPool({ url: this.databaseUrl, name: 'test' });
    await new Settings(pool).put('known-jwks', [{ ...(await exportJWK(publicKey)), kid: 'test-key' }]);
    await pool.end();
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
