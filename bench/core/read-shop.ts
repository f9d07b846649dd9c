/** A read model of 100,000 users and 1,000,000 purchases, and the query service serving it, for the benches of reads. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { exportJWK, generateKeyPair } from 'jose';
import type { UserId } from '@foldline/contracts';
import { connectPool, Settings, type Pool } from '@foldline/postgres';
import { signAccessToken } from '@foldline/service-kit';
import { makeDatabase } from './database';
import { freePort } from './own-shop';

export const USERS = 100_000;
export const PRODUCTS = 10_000;
/** Bought by everybody. */
export const BEST_SELLER = 1;

const id = (kind: number, n: string): string =>
  `('${String(kind).padStart(8, '0')}-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
export const userId = (n: number): string => `00000001-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
export const productId = (n: number): string => `00000002-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

const INCARNATION = '00000005-0000-7000-8000-00000000000';
const ROWS = [
  `insert into read.users_g1 select ${id(1, 'n')}, 'User ' || n, 'user' || n || '@example.com', 'customer', 'open' from generate_series(1, ${USERS}) n`,
  `insert into read.products_g1 select ${id(2, 'n')}, 'A product with a title, number ' || n, '/images/product-' || n || '.svg', 500 + n, 'EUR', 'listed' from generate_series(1, ${PRODUCTS}) n`,
  `insert into read.purchases_g1 select ${id(1, 'u')}, ${id(2, `case k when 1 then ${BEST_SELLER} else 2 + (u * 7 + k * 997) % ${PRODUCTS - 2} end`)}, k, 1000 * k, 'EUR', placed, placed + k * interval '1 hour', 1
   from (select u, k, timestamptz '2026-01-01' + u * interval '1 second' as placed from generate_series(1, ${USERS}) u, generate_series(1, 10) k) x`,
  `insert into read.orders_g1 select ${id(3, 'n')}, ${id(1, 'n')}, 'confirmed', '[]', 100, 'EUR', '2026-01-01', '2026-01-01', null, null from generate_series(1, ${USERS}) n`,
  `insert into read.checkpoints select 'user-orders', 1, log, ('${INCARNATION}' || n)::uuid, 1000000, ('${INCARNATION}' || n)::uuid, now() from (values ('users', 1), ('products', 2), ('orders', 3)) v(log, n)`,
  `insert into read.pages_g1 (user_id, version) select id, 1 from read.users_g1`,
  'analyze',
];

const answers = async (port: number, path: string, child: ChildProcess): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`a process that was to listen on port ${port} ended`);
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
    if (response) return;
    await pause(50);
  }
};

export class ReadShop {
  readonly children: ChildProcess[] = [];
  private constructor(
    readonly url: string,
    readonly pool: Pool,
    private readonly sign: (userId: string) => Promise<string>,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  /** Makes a database on the server whose superuser's address this is; `remove` drops it. */
  static async make(adminUrl: string): Promise<ReadShop> {
    const database = await makeDatabase(adminUrl);
    const pool = connectPool({
      url: database.appUrl,
      name: 'bench',
      statementTimeoutMs: 0,
      options: { statement_timeout: '0' },
    });
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
    const kid = 'bench';
    await new Settings(pool).put('known-jwks', [{ ...(await exportJWK(publicKey)), kid }]);
    const sign = (user: string): Promise<string> =>
      signAccessToken({ privateKey, kid }, 'foldline', { userId: user as UserId, role: 'customer' }, randomUUID());
    return new ReadShop(database.appUrl, pool, sign, database.remove);
  }

  /** The service makes its tables; then the rows are put below it, and its builder makes the pages. */
  async fill(port: number): Promise<void> {
    for (const sql of ROWS) await this.pool.query(sql);
    await this.pool.query('vacuum analyze').catch(() => undefined);
    for (;;) {
      const empty = await this.count('read.pages_g1 where body is null');
      if (process.stderr.isTTY) process.stderr.write(`\rpages to build: ${empty}   `);
      if (empty === 0) return;
      await answers(port, '/livez', this.children[0]!);
      await pause(500);
    }
  }

  async queryService(): Promise<number> {
    const port = await freePort();
    const main = resolve(process.argv[1]!, '../../apps/user-orders-query/main.js');
    const env = {
      ...process.env,
      PORT: String(port),
      DATABASE_URL: this.url,
      NATS_URL: 'nats://127.0.0.1:9',
      USERS_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: 'error',
    };
    await this.spawn(port, '/livez', [main], env);
    return port;
  }

  /** A process of the read bench itself. */
  async peer(name: 'join' | 'bare'): Promise<number> {
    const port = await freePort();
    const env = { ...process.env, PEER_DATABASE_URL: this.url };
    await this.spawn(port, `/users/${userId(1)}/products`, [process.argv[1]!, 'peer', name, String(port)], env);
    return port;
  }

  /** Ready-made requests of so many users, signed in. */
  async requests(count: number): Promise<() => Buffer> {
    const users = Array.from({ length: count }, (_, i) => userId(1 + Math.floor((i * USERS) / count)));
    const requests: Buffer[] = [];
    for (const user of users)
      requests.push(
        Buffer.from(
          `GET /users/${user}/products HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${await this.sign(user)}\r\n\r\n`,
        ),
      );
    return () => requests[Math.floor(Math.random() * requests.length)]!;
  }

  /** Bodies of the answers to so many users, asked one after another. */
  async answers(count: number): Promise<(port: number) => Promise<string[]>> {
    const users = Array.from({ length: count }, (_, i) => userId(1 + Math.floor((i * USERS) / count)));
    const signed = await Promise.all(users.map(async user => [user, await this.sign(user)] as const));
    return port =>
      Promise.all(
        signed.map(async ([user, token]) => {
          const headers = { authorization: `Bearer ${token}` };
          return (await fetch(`http://127.0.0.1:${port}/users/${user}/products`, { headers })).text();
        }),
      );
  }

  async count(from: string): Promise<number> {
    const { rows } = await this.pool.query<{ n: number }>(`select count(*)::int as n from ${from}`);
    return rows[0]!.n;
  }

  async remove(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    await this.pool.end();
    await this.dropDatabase();
  }

  private async spawn(port: number, path: string, args: string[], env: NodeJS.ProcessEnv): Promise<void> {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
    this.children.push(child);
    await answers(port, path, child);
  }
}
