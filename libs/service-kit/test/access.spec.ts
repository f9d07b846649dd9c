/** Who gets through: each rule of access against each caller, and every known way of forging a token. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { newId } from '@foldline/service-kit';
import { callOn, expectProblem, startKitApp, type Answer, type KitApp } from './kit-app';

const ME = '0190a1b2-0000-7000-8000-000000000001';
const OTHER = '0190a1b2-0000-7000-8000-000000000002';

let service: KitApp;
let call: ReturnType<typeof callOn>;
const closed = new Set<string>();
beforeAll(async () => {
  service = await startKitApp({}, { recheck: principal => (closed.has(principal.userId) ? undefined : principal) });
  call = callOn(service);
});
afterAll(() => service.stop());

const get = (path: string, token?: string): Promise<Answer> =>
  call('GET', path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

describe('a route', () => {
  it.each([
    ['/things', [200, 200, 200, 200]],
    ['/things/mine', [401, 200, 200, 200]],
    [`/things/${ME}`, [401, 200, 403, 200]],
    ['/things/plain', [401, 403, 403, 200]],
  ] as const)('%s lets nobody, its owner, another and an admin: %j', async (path, statuses) => {
    const tokens = [
      undefined,
      await service.tokenOf('customer', ME),
      await service.tokenOf('customer', OTHER),
      await service.tokenOf('admin'),
    ];
    for (const [i, token] of tokens.entries()) {
      const answer = await get(path, token);
      expect(answer.status).toBe(statuses[i]);
      if (answer.status >= 400)
        expectProblem(answer, answer.status, answer.status === 401 ? 'unauthenticated' : 'forbidden');
    }
  });

  it('gives its handler the caller of the token, whatever the body or headers say', async () => {
    const headers = {
      authorization: `Bearer ${await service.tokenOf('customer', ME)}`,
      'x-user-id': OTHER,
      role: 'admin',
    };
    expect((await call('GET', '/things/mine', { headers })).body).toEqual({ userId: ME, role: 'customer' });
  });

  it('of another user is 403 whether or not that user exists', async () => {
    const token = await service.tokenOf('customer', ME);
    expectProblem(await get(`/things/${newId()}`, token), 403, 'forbidden');
    expectProblem(await get('/things/not-an-id', token), 403, 'forbidden');
  });

  it('asks for sign-in in the way of RFC 6750', async () => {
    expect((await get('/things/mine')).headers['www-authenticate']).toBe('Bearer realm="foldline"');
    expect((await get('/things/mine', 'x')).headers['www-authenticate']).toBe(
      'Bearer realm="foldline", error="invalid_token"',
    );
  });
});

describe('a token', () => {
  const claims = (): Record<string, unknown> => {
    const now = Math.floor(Date.now() / 1000);
    return { iss: 'foldline', aud: 'foldline-api', sub: ME, role: 'customer', iat: now, exp: now + 900, jti: newId() };
  };
  const signed = (
    change: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = service.key.privateKey,
  ): Promise<string> =>
    new SignJWT({ ...claims(), ...change })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'key-1', typ: 'at+jwt', ...header } as never)
      .sign(key);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const refused = async (token: string): Promise<void> =>
    expectProblem(await get('/things/mine', token), 401, 'unauthenticated');

  it('made rightly is taken, first and again', async () => {
    const token = await signed();
    for (let i = 0; i < 2; i += 1)
      expect((await get('/things/mine', token)).body).toEqual({ userId: ME, role: 'customer' });
  });

  it.each(['none', 'None', 'NONE', 'nOnE'])('with the algorithm %s is refused', async alg => {
    const text = `${part({ alg, kid: 'key-1', typ: 'at+jwt' })}.${part(claims())}`;
    for (const signature of ['', (await signed()).split('.')[2]!]) await refused(`${text}.${signature}`);
    await refused(text);
  });

  it.each(['HS256', 'HS512'])('signed by %s with our public key is refused', async alg => {
    const { x } = await exportJWK(service.key.publicKey);
    const text = `${part({ alg, kid: 'key-1', typ: 'at+jwt' })}.${part(claims())}`;
    for (const secret of [x!, Buffer.from(x!, 'base64url'), JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x })]) {
      const hash = alg === 'HS256' ? 'sha256' : 'sha512';
      await refused(`${text}.${createHmac(hash, secret).update(text).digest('base64url')}`);
    }
  });

  it('that brings its own key, or says where there is one, is refused, and nobody is asked there', async () => {
    let asked = 0;
    const trap = createServer((_, answer) => {
      asked += 1;
      answer.end('{}');
    }).listen(0, '127.0.0.1');
    await once(trap, 'listening');
    const url = `http://127.0.0.1:${(trap.address() as AddressInfo).port}/keys`;
    const strange = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(strange.publicKey);
    for (const header of [{}, { jwk }, { jku: url }, { x5u: url }, { jwk, kid: 'mine' }, { crit: ['exp'] }])
      await refused(await signed({}, header, strange.privateKey).catch(() => 'a.b.c'));
    trap.close();
    expect(asked).toBe(0);
  });

  it.each(['../../dev/null', "' or 1=1 --", 'unknown', '', 'x'.repeat(101), 7, null])(
    'with the key id %j is refused',
    async kid => refused(await signed({}, { kid })),
  );

  it.each([
    ['another issuer', { iss: 'else' }],
    ['another audience', { aud: 'else' }],
    ['an end that has passed', { iat: 1_000_000_000, exp: 1_000_000_900 }],
    ['a start to come', { nbf: 4_000_000_000 }],
    ['no end', { exp: undefined }],
    ['an end in a hundred years', { exp: 4_900_000_000 }],
    ['a life that begins and ends in a hundred years', { iat: 4_899_999_100, exp: 4_900_000_000 }],
    ['no beginning', { iat: undefined }],
    ['no id', { jti: undefined }],
    ['no user', { sub: undefined }],
    ['a user that is none', { sub: 'admin' }],
    ['a role that there is not', { role: 'root' }],
    ['a session that is none', { sid: 'all' }],
    ['two roles', { role: ['customer', 'admin'] }],
  ])('with %s is refused', async (_, change) => refused(await signed(change)));

  it.each(['JWT', 'rt+jwt', 'refresh', undefined])(
    'of the type %s is refused: it was made for something else',
    async typ => refused(await signed({}, { typ })),
  );

  it('changed in any part is refused', async () => {
    const [header, , signature] = (await signed()).split('.');
    await refused(`${header}.${part({ ...claims(), role: 'admin' })}.${signature}`);
    await refused(`${header}.${part(claims())}.${'A'.repeat(86)}`);
  });

  it.each(['', 'x', 'a.b.c', '.', '..', 'ä.ö.ü', 'x'.repeat(5000), 'a b'])('like %j is refused', refused);

  it('sent otherwise than as Bearer is refused', async () => {
    const token = await signed();
    for (const authorization of [token, `Basic ${token}`, `Bearer  ${token}`, `Bearer ${token} x`])
      expectProblem(await call('GET', '/things/mine', { headers: { authorization } }), 401);
    expect((await call('GET', '/things/mine', { headers: { authorization: `bearer ${token}` } })).status).toBe(200);
    expectProblem(await call('GET', `/things/mine?access_token=${token}`), 401);
  });

  it('of a closed account is refused at once, also where it was seen before', async () => {
    const token = await signed({ sub: OTHER });
    expect((await get('/things/mine', token)).status).toBe(200);
    closed.add(OTHER);
    await refused(token);
  });
});
