/** Accounts over HTTP on real PostgreSQL. */
import { decodeToken } from '@foldline/contracts';
import { ADMIN, newEmail, PASSWORD, UsersService, type Answer, type Person } from './users-service';

jest.setTimeout(60_000);

let service: UsersService;
let admin: string;

beforeAll(async () => {
  service = await UsersService.start();
  admin = (await service.signIn(ADMIN.email, ADMIN.password)).body.accessToken;
});
afterAll(() => service.close());

const eventsOf = (id: string): Promise<string[]> =>
  service.column('select type from log.events where stream = $1 order by version', [`user-${id}`]);
const hashesOf = (id: string): Promise<string[]> =>
  service.column('select password_hash from service.credentials where user_id = $1', [id]);
const orphans = (): Promise<string[]> =>
  service.column(
    `select user_id::text from service.credentials where 'user-' || user_id::text not in (select stream from log.events)`,
  );

describe('signing up', () => {
  it('answers with the user, its address and a token that names the event', async () => {
    const email = newEmail();
    const { status, body, headers } = await service.signUp({ email, displayName: 'Bo' });
    expect([status, body]).toEqual([201, { id: body.id, email, displayName: 'Bo', role: 'customer' }]);
    expect(headers.get('location')).toBe(`/users/${body.id}`);
    const [position] = await service.column('select position from log.events where stream = $1', [`user-${body.id}`]);
    expect(decodeToken(headers.get('consistency-token')!)?.users?.position).toBe(Number(position));
  });

  it('keeps an argon2id hash beside the log, and nothing of the password in it', async () => {
    const { body } = await service.signUp({ password: 'canary-canary-canary' }, { 'idempotency-key': newEmail() });
    expect((await hashesOf(body.id))[0]).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const kept = await service.column<string>(
      `select row_to_json(e)::text from log.events e union all select row_to_json(c)::text from log.commands c`,
    );
    expect(kept.join('\n')).not.toMatch(/canary-canary|argon2/);
  });

  it.each([
    ['the same address', (email: string) => email],
    ['another case', (email: string) => email.toUpperCase()],
    ['compatible characters', (email: string) => email.replace('example', 'ｅxample')],
  ])('with %s again is refused, and leaves no hash', async (_, change) => {
    const email = newEmail();
    await service.signUp({ email });
    const { status, body } = await service.signUp({ email: change(email) });
    expect([status, body.code]).toEqual([409, 'email-taken']);
    expect(await orphans()).toEqual([]);
  });

  it('by fifty at once with one address makes one user', async () => {
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 50 }, () => service.signUp({ email })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(49).fill(409)]);
    expect((await service.signIn(email)).status).toBe(201);
    expect(await orphans()).toEqual([]);
  });

  it('by more people than are let in at once tells the rest when to come back', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => service.signUp()));
    const late = answers.filter(({ status }) => status === 503);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 503]));
    expect(Number(late[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await orphans()).toEqual([]);
  });

  it('takes a password of 128 characters, of any kind, whole', async () => {
    const email = newEmail();
    const password = '🔑 ü'.repeat(32);
    expect((await service.signUp({ email, password })).status).toBe(201);
    expect((await service.signIn(email, password)).status).toBe(201);
    expect((await service.signIn(email, password.slice(0, -1))).status).toBe(401);
  });

  it.each([
    ['a short password', { password: 'a1b2c3d' }],
    ['a long password', { password: 'x'.repeat(129) }],
    ['a well-known password', { password: 'Sunshine2024!' }],
    ['a role', { role: 'admin' }],
    ['an id', { id: '0190a1b2-0000-7000-8000-000000000001' }],
    ['a blank name', { displayName: ' \u200b ' }],
    ['no address', { email: 'nobody' }],
  ])('with %s is refused', async (_, fields) => {
    const before = await service.column('select position from log.log_head');
    const { status, body } = await service.signUp(fields);
    expect([status, body.code]).toEqual([400, 'invalid-request']);
    expect(body.errors[0].pointer).toBe(`/${Object.keys(fields)[0]}`);
    expect(await service.column('select position from log.log_head')).toEqual(before);
  });
});

describe('a repeated key', () => {
  const fields = (): object => ({ email: newEmail(), password: PASSWORD, displayName: 'Key' });

  it('gives the first answer and makes no second user', async () => {
    const [body, key] = [fields(), { 'idempotency-key': newEmail() }];
    const [first, again] = [await service.signUp(body, key), await service.signUp(body, key)];
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
    expect(again.headers.get('consistency-token')).toBe(first.headers.get('consistency-token'));
    expect(await hashesOf(first.body.id)).toHaveLength(1);
    expect(await orphans()).toEqual([]);
  });

  it('sent twenty times at once makes one user', async () => {
    const [body, key] = [fields(), { 'idempotency-key': newEmail() }];
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.signUp(body, key)));
    expect(new Set(answers.map(answer => `${answer.status} ${answer.body.id}`)).size).toBe(1);
    expect(await orphans()).toEqual([]);
  });

  it.each([
    ['name', { displayName: 'Another' }],
    ['password', { password: 'another-long-passphrase' }],
  ])('with another %s is refused', async (_, change) => {
    const [body, key] = [fields(), { 'idempotency-key': newEmail() }];
    await service.signUp(body, key);
    const { status, body: problem } = await service.signUp({ ...body, ...change }, key);
    expect([status, problem.code]).toEqual([422, 'key-reused']);
    expect(await orphans()).toEqual([]);
  });
});

describe('an account', () => {
  type Who = 'nobody' | 'its owner' | 'somebody else' | 'an admin';
  let owner: Person;
  let other: Person;
  beforeAll(async () => void ([owner, other] = [await service.newPerson(), await service.newPerson()]));

  const tokenOf = (who: Who): { token?: string } =>
    ({ nobody: {}, 'its owner': owner, 'somebody else': other, 'an admin': { token: admin } })[who];
  const as = (who: Who, method: string, id = owner.id, body?: object): Promise<Answer> => {
    const { token } = tokenOf(who);
    return service.call(method, `/users/${id}`, { ...(token && { token }), ...(body && { body }) });
  };

  it.each<[Who, number, number]>([
    ['nobody', 401, 401],
    ['somebody else', 403, 403],
    ['its owner', 200, 200],
    ['an admin', 200, 200],
  ])('asked for and changed by %s: %i and %i', async (who, read, changed) => {
    expect((await as(who, 'GET')).status).toBe(read);
    expect((await as(who, 'PATCH', owner.id, { displayName: `By ${who}` })).status).toBe(changed);
    const { body } = await as('its owner', 'GET');
    expect(body.displayName === `By ${who}`).toBe(changed === 200);
  });

  it('is found by its own token alone, as /users/me', async () => {
    const { id, token } = await service.newPerson();
    const [me, byId] = [
      await service.call('GET', '/users/me', { token }),
      await service.call('GET', `/users/${id}`, { token }),
    ];
    expect([me.status, me.body]).toEqual([200, byId.body]);
    expect(me.headers.get('etag')).toBe(byId.headers.get('etag'));
    expect((await service.call('GET', '/users/me')).status).toBe(401);
  });

  it('cannot be ended by others, and whether it exists is not told to them', async () => {
    const unknown = '0190a1b2-0000-7000-8000-0000000000ff';
    for (const who of ['nobody', 'somebody else'] as const) {
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const body = method === 'PATCH' ? { displayName: 'X' } : undefined;
        const [known, none] = [await as(who, method, owner.id, body), await as(who, method, unknown, body)];
        expect([known.status, known.body.code]).toEqual([none.status, none.body.code]);
      }
    }
    expect(await eventsOf(owner.id)).not.toContain('UserClosed');
    expect((await as('an admin', 'GET', unknown)).status).toBe(404);
  });

  it('is changed only at the version that was read', async () => {
    const { headers } = await as('its owner', 'GET');
    const change = (displayName: string, tag: string): Promise<Answer> =>
      service.call('PATCH', `/users/${owner.id}`, {
        token: owner.token,
        body: { displayName },
        headers: { 'if-match': tag },
      });
    const changed = await change('First', headers.get('etag')!);
    expect([changed.status, changed.body.displayName]).toEqual([200, 'First']);
    expect((await change('Second', headers.get('etag')!)).status).toBe(412);
    expect((await change('Second', changed.headers.get('etag')!)).status).toBe(200);
    expect((await as('its owner', 'GET')).body.displayName).toBe('Second');
  });

  it('changed to what it is writes nothing', async () => {
    const person = await service.newPerson();
    const { status } = await service.call('PATCH', `/users/${person.id}`, {
      token: person.token,
      body: { displayName: 'Somebody' },
    });
    expect([status, await eventsOf(person.id)]).toEqual([200, ['UserSignedUp']]);
  });

  it('closed is over: no sign-in, no token, no hash; its address is free', async () => {
    const { id, email, token } = await service.newPerson();
    const closed = await service.call('DELETE', `/users/${id}`, { token });
    expect([closed.status, closed.text]).toEqual([204, '']);
    expect(closed.headers.get('consistency-token')).toBeTruthy();
    expect((await service.call('GET', `/users/${id}`, { token })).status).toBe(401);
    const refused = await service.signIn(email);
    expect([refused.status, refused.body.code]).toEqual([401, 'wrong-credentials']);
    expect(await hashesOf(id)).toEqual([]);
    expect((await service.call('GET', `/users/${id}`, { token: admin })).status).toBe(404);
    const change = { token: admin, body: { displayName: 'X' } };
    expect((await service.call('PATCH', `/users/${id}`, change)).body.code).toBe('user-closed');
    expect((await service.call('DELETE', `/users/${id}`, { token: admin })).status).toBe(204);
    expect(await eventsOf(id)).toEqual(['UserSignedUp', 'UserClosed']);
    const again = await service.signUp({ email });
    expect([again.status, again.body.id === id]).toEqual([201, false]);
  });
});
