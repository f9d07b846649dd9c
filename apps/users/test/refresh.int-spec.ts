/** Sessions over HTTP on real PostgreSQL: refreshing, reuse, sign-out, a new password, a new role; and when access ends. */
import { createHash } from 'node:crypto';
import { ADMIN, newEmail, PASSWORD, UsersService, type Answer } from './users-service';

jest.setTimeout(60_000);

let service: UsersService;
beforeAll(async () => void (service = await UsersService.start({ SIGN_IN_PER_ACCOUNT: '1000' })));
afterAll(() => service.close());

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly userId: string;
}
const NEXT = 'another-long-passphrase';

const newEmailOf = async (): Promise<string> => (await service.signUp({ email: newEmail() })).body.email as string;
const newTokens = async (email?: string, password = PASSWORD): Promise<Tokens> =>
  (await service.signIn(email ?? (await newEmailOf()), password)).body as Tokens;
const refresh = (refreshToken: string): Promise<Answer> =>
  service.call('POST', '/sessions/refresh', { body: { refreshToken } });
const me = ({ accessToken }: Tokens): Promise<Answer> => service.call('GET', '/users/me', { token: accessToken });
const changePassword = ({ accessToken }: Tokens, currentPassword: string, newPassword: string): Promise<Answer> =>
  service.call('POST', '/users/me/password', { token: accessToken, body: { currentPassword, newPassword } });
const changeRole = (admin: Tokens, userId: string, role: string): Promise<Answer> =>
  service.call('POST', `/users/${userId}/role`, { token: admin.accessToken, body: { role } });
const admin = (): Promise<Tokens> => newTokens(ADMIN.email, ADMIN.password);
const roleIn = ({ accessToken }: Tokens): string =>
  (JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as { role: string }).role;
const endsOf = (userId: string) =>
  service.column('select ended_by from service.sessions where user_id = $1 order by started_at', [userId]);
async function over(token: string): Promise<void> {
  const { status, body } = await refresh(token);
  expect([status, body.code]).toEqual([401, 'session-over']);
}

describe('a refresh token', () => {
  it('gives new tokens, again and again, each of them good once', async () => {
    let tokens = await newTokens();
    for (let i = 0; i < 3; i += 1) {
      const { status, body, headers } = await refresh(tokens.refreshToken);
      expect([status, body.userId, body.tokenType, body.expiresIn]).toEqual([200, tokens.userId, 'Bearer', 900]);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(body.refreshToken).not.toBe(tokens.refreshToken);
      tokens = body as Tokens;
      expect((await me(tokens)).body.id).toBe(tokens.userId);
    }
  });

  it('that comes a second time ends its whole session, and no other', async () => {
    const email = await newEmailOf();
    const [stolen, other] = [await newTokens(email), await newTokens(email)];
    const thief = (await refresh(stolen.refreshToken)).body as Tokens;
    const later = (await refresh(thief.refreshToken)).body as Tokens;
    await over(stolen.refreshToken);
    await over(later.refreshToken);
    expect((await me(later)).status).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect(await endsOf(stolen.userId)).toEqual(['reuse', null]);
    expect((await service.call('GET', '/metrics')).text).toMatch(/foldline_refresh_reuse_total\{[^}]*\} 1/);
  });

  it('sent ten times at once is taken at most once', async () => {
    const { refreshToken } = await newTokens();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken)));
    const taken = answers.filter(({ status }) => status === 200);
    expect(taken).toHaveLength(1);
    await over((taken[0]!.body as Tokens).refreshToken);
  });

  it('is kept as a hash alone, in no event and no other table', async () => {
    const { refreshToken, userId } = await newTokens();
    const hash = createHash('sha256').update(refreshToken).digest();
    expect(await service.column('select used_at from service.refresh_tokens where token_hash = $1', [hash])).toEqual([
      null,
    ]);
    const rows = await service.column<string>(
      `select to_jsonb(t)::text from service.sessions t union all select to_jsonb(t)::text from service.refresh_tokens t
       union all select to_jsonb(t)::text from log.events t union all select to_jsonb(t)::text from log.commands t`,
    );
    expect(rows.some(row => row.includes(userId))).toBe(true);
    expect(rows.filter(row => row.includes(refreshToken))).toEqual([]);
  });

  it.each(['x', 'x'.repeat(43), 'x'.repeat(129), ''])('made up (%#) opens nothing', async token => {
    expect([400, 401]).toContain((await refresh(token)).status);
  });

  it('is no access token, and an access token no refresh token', async () => {
    const { accessToken, refreshToken, userId } = await newTokens();
    expect((await service.call('GET', `/users/${userId}`, { token: refreshToken })).status).toBe(401);
    expect([400, 401]).toContain((await refresh(accessToken)).status);
    expect((await refresh(refreshToken)).status).toBe(200);
  });

  it('left unused too long, or of a session that is too old, is no good', async () => {
    const [idle, old] = [await newTokens(), await newTokens()];
    const age = (table: string, { userId }: Tokens) =>
      service.database.query(
        `update service.${table} set expires_at = now() - interval '1 second'
          where session_id in (select session_id from service.sessions where user_id = $1)`,
        [userId],
      );
    await age('refresh_tokens', idle);
    await age('sessions', old);
    await over(idle.refreshToken);
    await over(old.refreshToken);
  });

  it('outlives a restart of the service', async () => {
    const { refreshToken } = await newTokens();
    await service.down();
    await service.up({ SIGN_IN_PER_ACCOUNT: '1000' });
    expect((await refresh(refreshToken)).status).toBe(200);
  });
});

describe('signing out', () => {
  it('ends the session at once here, whichever of its tokens is shown, and tells nobody whether there was one', async () => {
    const first = await newTokens();
    const second = (await refresh(first.refreshToken)).body as Tokens;
    const signOut = (refreshToken: string) => service.call('POST', '/sessions/sign-out', { body: { refreshToken } });
    expect((await signOut(first.refreshToken)).status).toBe(204);
    expect((await me(second)).status).toBe(401);
    await over(second.refreshToken);
    expect((await signOut(first.refreshToken)).status).toBe(204);
    expect((await signOut('x'.repeat(43))).status).toBe(204);
  });

  it('everywhere ends all sessions of the user, and of nobody else', async () => {
    const email = await newEmailOf();
    const [here, there, else_] = [await newTokens(email), await newTokens(email), await newTokens()];
    expect((await service.call('DELETE', '/sessions', { token: here.accessToken })).status).toBe(204);
    for (const { refreshToken } of [here, there]) await over(refreshToken);
    expect((await me(else_)).status).toBe(200);
  });

  it('happens by itself to the oldest of more than fifty sessions', async () => {
    const { userId, refreshToken } = await newTokens();
    const add = `insert into service.sessions (session_id, user_id, expires_at)
       select gen_random_uuid(), $1, now() + interval '1 day' from generate_series(1, 49)`;
    await service.database.query(add, [userId]);
    const [email] = await service.column<string>(
      `select data->'personal'->>'email' from log.events where data->>'userId' = $1`,
      [userId],
    );
    await newTokens(email);
    await over(refreshToken);
  });
});

describe('a new password', () => {
  it('asks for the current one, and ends all other sessions', async () => {
    const email = await newEmailOf();
    const [here, there] = [await newTokens(email), await newTokens(email)];
    expect((await changePassword(here, 'not-the-right-one', NEXT)).body.code).toBe('wrong-password');
    expect((await changePassword(here, PASSWORD, 'password')).status).toBe(400);
    expect((await refresh(there.refreshToken)).status).toBe(200);
    expect((await changePassword(here, PASSWORD, NEXT)).status).toBe(204);
    expect((await me(there)).status).toBe(401);
    expect((await me(here)).status).toBe(200);
    expect((await refresh(here.refreshToken)).status).toBe(200);
    expect((await service.signIn(email)).status).toBe(401);
    expect((await service.signIn(email, NEXT)).status).toBe(201);
    expect(await endsOf(here.userId)).toEqual([null, 'password', null]);
  });

  it('leaves no session that began with the old one, however they race', async () => {
    for (let round = 0; round < 5; round += 1) {
      const email = await newEmailOf();
      const here = await newTokens(email);
      const [changed, ...raced] = await Promise.all([
        changePassword(here, PASSWORD, NEXT),
        ...Array.from({ length: 3 }, () => service.signIn(email)),
      ]);
      expect(changed.status).toBe(204);
      for (const { status, body } of raced) if (status === 201) await over(body.refreshToken as string);
    }
  });

  it('set twice at once is set once', async () => {
    const here = await newTokens();
    const answers = await Promise.all([
      changePassword(here, PASSWORD, NEXT),
      changePassword(here, PASSWORD, `${NEXT}-2`),
    ]);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    for (const { status } of answers) expect([204, 403, 409]).toContain(status);
  });

  it('cannot be guessed for', async () => {
    await service.down();
    await service.up({ SIGN_IN_PER_ACCOUNT: '3' });
    const here = await newTokens();
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await changePassword(here, `guess-${i}`, NEXT)).status);
    expect(statuses).toEqual([403, 403, 403, 429, 429]);
    await service.down();
    await service.up({ SIGN_IN_PER_ACCOUNT: '1000' });
  });
});

describe('a new role', () => {
  it('is an event, in every token from the next refresh on, and at once here', async () => {
    const [boss, person] = [await admin(), await newTokens()];
    const { status, body, headers } = await changeRole(boss, person.userId, 'admin');
    expect([status, body.role, headers.get('etag')]).toEqual([200, 'admin', '"2"']);
    expect(headers.get('consistency-token')).toBeTruthy();
    expect(roleIn(person)).toBe('customer');
    expect((await service.call('GET', `/users/${boss.userId}`, { token: person.accessToken })).status).toBe(200);
    const promoted = (await refresh(person.refreshToken)).body as Tokens;
    expect(roleIn(promoted)).toBe('admin');
    expect((await changeRole(boss, person.userId, 'customer')).status).toBe(200);
    expect((await service.call('GET', `/users/${boss.userId}`, { token: promoted.accessToken })).status).toBe(403);
    expect(roleIn((await refresh(promoted.refreshToken)).body as Tokens)).toBe('customer');
    const events = await service.column('select type from log.events where stream = $1 order by version', [
      `user-${person.userId}`,
    ]);
    expect(events).toEqual(['UserSignedUp', 'UserRoleChanged', 'UserRoleChanged']);
  });

  it('is for admins to give, not to themselves, and not to nobody', async () => {
    const [boss, person] = [await admin(), await newTokens()];
    expect((await changeRole(person, person.userId, 'admin')).status).toBe(403);
    expect((await changeRole(boss, boss.userId, 'customer')).body.code).toBe('own-role');
    expect((await changeRole(boss, '0190a1b2-0000-7000-8000-0000000000ff', 'admin')).body.code).toBe('unknown-user');
    expect((await changeRole(boss, person.userId, 'root')).status).toBe(400);
  });
});

it('a closed account refreshes nothing', async () => {
  const [first, second] = [await newTokens(), await newTokens()];
  await service.call('DELETE', `/users/${first.userId}`, { token: first.accessToken });
  await over(first.refreshToken);
  // Also where the sessions outlived the account, as after a crash between the two.
  await service.call('DELETE', `/users/${second.userId}`, { token: second.accessToken });
  const reopen = `update service.sessions set ended_at = null, expires_at = now() + interval '1 day' where user_id = $1`;
  await service.database.query(reopen, [second.userId]);
  await over(second.refreshToken);
  expect((await me(second)).status).toBe(401);
});

it('refreshing is limited by address', async () => {
  await service.down();
  await service.up({ REFRESH_PER_ADDRESS: '2' });
  const call = (address: string) => {
    const headers = { 'x-forwarded-for': address };
    return service.call('POST', '/sessions/refresh', { body: { refreshToken: 'x'.repeat(43) }, headers });
  };
  const answers = [await call('203.0.113.9'), await call('203.0.113.9'), await call('203.0.113.9')];
  expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
  expect((await call('203.0.113.10')).status).toBe(401);
});
