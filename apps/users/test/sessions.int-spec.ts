/** Signing in over HTTP on real PostgreSQL: what it gives, what it hides, and what it bounds. */
import { createHmac } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { eventually } from '@foldline/testing';
import { NatsLink, requestKeys } from '@foldline/transport';
import { CountedTries } from '../src/credentials/counted-tries';
import { ADMIN, newEmail, PASSWORD, UsersService, type Answer } from './users-service';

jest.setTimeout(60_000);

let service: UsersService;
beforeAll(async () => void (service = await UsersService.start()));
afterAll(() => service.close());

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const jwks = async (): Promise<Record<string, string>[]> =>
  (await service.call('GET', '/.well-known/jwks.json')).body.keys;

describe('signing in', () => {
  it('gives a token of a quarter of an hour, signed with the published key', async () => {
    const { id, email } = await service.newPerson();
    const { status, body, headers } = await service.signIn(email.toUpperCase());
    expect([status, body]).toEqual([
      201,
      {
        accessToken: body.accessToken,
        tokenType: 'Bearer',
        expiresIn: 900,
        refreshToken: expect.stringMatching(/^[\w-]{43}$/),
        userId: id,
      },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    const [header, claims] = (body.accessToken as string).split('.').slice(0, 2).map(decoded);
    expect(header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: (await jwks())[0]!.kid });
    expect(claims).toMatchObject({ iss: 'foldline', aud: 'foldline-api', sub: id, role: 'customer' });
    expect(Number(claims!.exp) - Number(claims!.iat)).toBe(900);
  });

  it('answers alike for a wrong password, an unknown address, a closed account and text that is no address', async () => {
    const [known, closed] = [await service.newPerson(), await service.newPerson()];
    await service.call('DELETE', `/users/${closed.id}`, { token: closed.token });
    const shapes = await Promise.all(
      [known.email, newEmail(), closed.email, 'nobody'].map(async email => {
        const { status, headers, body } = await service.signIn(email, 'not-the-right-password');
        const { traceId: _, ...rest } = body;
        const names = [...headers.keys()].filter(name => !/^(date|keep-alive|connection)$/.test(name)).sort();
        return { status, names, rest };
      }),
    );
    expect(shapes[0]).toMatchObject({ status: 401, rest: { code: 'wrong-credentials' } });
    for (const shape of shapes) expect(shape).toEqual(shapes[0]);
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const { email } = await service.newPerson();
    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let i = 0; i < 9; i += 1) {
      for (const [kind, address] of [
        ['known', email],
        ['unknown', newEmail()],
      ] as const) {
        const started = performance.now();
        await service.signIn(address, 'not-the-right-password');
        times[kind].push(performance.now() - started);
      }
    }
    const median = (list: number[]): number => list.sort((a, b) => a - b)[4]!;
    expect(median(times.unknown) / median(times.known)).toBeGreaterThan(0.6);
    expect(median(times.unknown) / median(times.known)).toBeLessThan(1.7);
  });

  it('makes a hash of old parameters new', async () => {
    const { id, email } = await service.newPerson();
    const old = await hash(PASSWORD, { algorithm: 2, memoryCost: 8192, timeCost: 1, parallelism: 1 });
    const stored = () =>
      service.column<string>('select password_hash from service.credentials where user_id = $1', [id]);
    await service.database.query('update service.credentials set password_hash = $2 where user_id = $1', [id, old]);
    expect((await service.signIn(email, 'not-the-right-password')).status).toBe(401);
    expect(await stored()).toEqual([old]);
    expect((await service.signIn(email)).status).toBe(201);
    expect((await stored())[0]).toMatch(/m=19456,t=2,p=1/);
    expect((await service.signIn(email)).status).toBe(201);
  });
});

describe('a token', () => {
  it('without a signature, or signed with the public key as a secret, is refused', async () => {
    const { id, token } = await service.newPerson();
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const read = (forged: string): Promise<Answer> => service.call('GET', `/users/${id}`, { token: forged });
    expect((await read(token)).status).toBe(200);
    for (const alg of ['none', 'HS256'] as const) {
      for (const kid of [decoded(header).kid, '../../dev/null', undefined]) {
        const text = `${encoded({ ...decoded(header), alg, kid })}.${claims}`;
        const mac = createHmac('sha256', (await jwks())[0]!.x!)
          .update(text)
          .digest('base64url');
        for (const end of ['', signature, mac]) {
          const { status, headers } = await read(`${text}.${end}`);
          expect([status, headers.get('www-authenticate')]).toEqual([
            401,
            'Bearer realm="foldline", error="invalid_token"',
          ]);
        }
      }
    }
  });

  it('keeps its worth over a restart, with the same key', async () => {
    const { id, token } = await service.newPerson();
    const before = await jwks();
    await service.down();
    await service.up();
    expect(await jwks()).toEqual(before);
    expect((await service.call('GET', `/users/${id}`, { token })).status).toBe(200);
  });

  it('is checked with public keys only, told the same over HTTP and NATS', async () => {
    const link = new NatsLink({ servers: service.nats.url, name: 'test' });
    await link.connection;
    const [key] = await jwks();
    expect(await requestKeys(link)).toEqual([key]);
    expect(Object.keys(key!).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    await link.stop();
  });
});

describe('the first admin', () => {
  it('is there once, however often the service starts, and keeps its password', async () => {
    await service.down();
    await service.up({ ADMIN_PASSWORD: 'another-password-later' });
    const signedIn = await service.signIn(ADMIN.email.toLowerCase(), ADMIN.password);
    expect(decoded((signedIn.body.accessToken as string).split('.')[1]!).role).toBe('admin');
    expect((await service.signIn(ADMIN.email, 'another-password-later')).status).toBe(401);
    const admins = await service.column(`select data->>'userId' from log.events where data->>'role' = 'admin'`);
    expect(admins).toEqual([signedIn.body.userId]);
  });
});

describe('too many tries', () => {
  const limited = (answers: readonly Answer[]): Answer[] => answers.filter(({ status }) => status === 429);
  const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

  it('on one account are refused from wherever they come, and others sign in meanwhile', async () => {
    const [victim, other] = [(await service.signUp()).body, await service.newPerson()];
    await service.down();
    await service.up({ SIGN_IN_PER_ACCOUNT: '10' });
    const answers: Answer[] = [];
    for (let i = 0; i < 15; i += 1)
      answers.push(
        await service.signIn(i % 2 ? victim.email.toUpperCase() : victim.email, 'guess-guess', from(`203.0.113.${i}`)),
      );
    expect(answers.map(({ status }) => status)).toEqual([
      ...Array<number>(10).fill(401),
      ...Array<number>(5).fill(429),
    ]);
    const wait = Number(limited(answers)[0]!.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(answers.at(-1)!.body).toMatchObject({ code: 'too-many-requests', retryable: true });
    expect((await service.signIn(other.email)).status).toBe(201);
  });

  it('that are over let the owner in again', async () => {
    await service.down();
    await service.up({ SIGN_IN_PER_ACCOUNT: '1', LIMIT_WINDOW_SECONDS: '1' });
    const { email } = await service.newPerson();
    await eventually(async () => expect((await service.signIn(email, 'guess-guess')).status).toBe(401));
    expect((await service.signIn(email)).status).toBe(429);
    await eventually(async () => expect((await service.signIn(email)).status).toBe(201));
  });

  it('from one address are refused on whatever account, and other addresses go on', async () => {
    await service.down();
    await service.up({ SIGN_IN_PER_ADDRESS: '5' });
    const tries = Array.from({ length: 8 }, () => service.signIn(newEmail(), 'guess-guess', from('203.0.113.70')));
    expect(limited(await Promise.all(tries))).toHaveLength(3);
    expect((await service.signIn(newEmail(), 'guess-guess', from('203.0.113.80'))).status).toBe(401);
  });

  it('to sign up from one address are refused as well', async () => {
    await service.down();
    await service.up({ SIGN_UP_PER_ADDRESS: '2' });
    const signUp = () => service.signUp({}, from('203.0.113.90'));
    const answers = [await signUp(), await signUp(), await signUp()];
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
  });

  it('are one budget for all replicas, also after a restart: of an account, and of an address', async () => {
    const limits = { SIGN_IN_PER_ACCOUNT: '6', SIGN_IN_PER_ADDRESS: '8' };
    await service.down();
    await service.up(limits);
    const { email } = (await service.signUp()).body;
    const other = await service.replica(limits);
    const statuses: number[] = [];
    const guess = async (at: UsersService, whose: string, n: number) =>
      statuses.push((await at.signIn(whose, 'guess-guess', from(`198.51.100.${n}`))).status);
    for (let n = 0; n < 8; n += 1) await guess(n % 2 ? service : other, email, n);
    expect(statuses.splice(0)).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
    for (let n = 0; n < 10; n += 1) await guess(n % 2 ? service : other, newEmail(), 200);
    expect(statuses.splice(0)).toEqual([...Array<number>(8).fill(401), 429, 429]);
    await other.down();
    await service.down();
    await service.up(limits);
    await guess(service, email, 201);
    await guess(service, newEmail(), 200);
    expect(statuses).toEqual([429, 429]);
  });

  it('leave no address and no e-mail behind, and nothing at all after a while', async () => {
    const email = newEmail();
    await service.signIn(email, 'guess-guess', from('203.0.113.99'));
    const rows = await service.column<string>('select to_jsonb(t)::text from service.tries t');
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.filter(row => row.includes(email) || row.includes('203.0.113.99'))).toEqual([]);
    const tries = new CountedTries(service.database);
    await service.database.query(`update service.tries set ends_at = now() - interval '1 second'`);
    while (!(await tries.purge()));
    expect(await service.column('select 1 from service.tries')).toEqual([]);
  });

  it('at once wait in a line that ends: the rest is told to come back, and health answers meanwhile', async () => {
    await service.down();
    await service.up({ SIGN_IN_PER_ACCOUNT: '1000' });
    const tries = Promise.all(Array.from({ length: 200 }, (_, i) => service.signIn(`${i}@example.org`, 'guess-guess')));
    const health = service.call('GET', '/readyz');
    expect(await Promise.race([tries, health])).toBe(await health);
    expect((await health).status).toBe(200);
    const answers = await tries;
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 503]));
    const refused = answers.find(({ status }) => status === 503)!;
    expect(refused.headers.get('retry-after')).toBe('2');
  });
});
