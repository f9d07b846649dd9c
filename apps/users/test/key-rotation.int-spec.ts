/** New signing keys while the service runs: nobody notices, what was signed before goes on, and a withdrawn key opens nothing. */
import { AccessTokens, KeyRing } from '@foldline/service-kit';
import { eventually } from '@foldline/testing';
import { KEPT_KEYS, rotateKeys, type KeptKey } from '../src/credentials/key-rotation';
import { UsersService, type Person } from './users-service';
import { Settings } from '@foldline/postgres';

jest.setTimeout(120_000);

let service: UsersService;
let replica: UsersService;
beforeAll(async () => {
  const settings = { SIGN_IN_PER_ACCOUNT: '1000', SIGNING_KEYS_EVERY_MS: '200' };
  service = await UsersService.start(settings);
  replica = await service.replica(settings);
});
afterAll(async () => {
  await replica.down();
  await service.close();
});

const keysOf = async (at: UsersService): Promise<Parameters<KeyRing['learn']>[0]> =>
  (await at.call('GET', '/.well-known/jwks.json')).body.keys;
const kidsOf = async (at: UsersService): Promise<unknown[]> => (await keysOf(at)).map(({ kid }) => kid);
const kidIn = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
const changeKept = async (change: (keys: KeptKey[]) => KeptKey[]): Promise<void> => {
  const settings = new Settings(service.database);
  await settings.put(KEPT_KEYS, change((await settings.get<KeptKey[]>(KEPT_KEYS))!));
};
const soon = { timeout: 20_000 };

/** Another service: its keys are those that it asks users for, sooner than it would in a shop. */
const otherService = (): AccessTokens =>
  new AccessTokens(
    new KeyRing({ load: async () => [], save: async () => undefined }, [() => keysOf(service)], {
      keepMs: 200,
      refetchMs: 20,
    }),
    'foldline',
  );
async function taken(other: AccessTokens, { id }: Person, token: string): Promise<boolean[]> {
  const at = [service, replica].map(users => users.call('GET', `/users/${id}`, { token }));
  const here = (await Promise.all(at)).map(({ status }) => status === 200);
  return [...here, (await other.check(token)) !== undefined];
}

it('a new key is published before it signs, the one before is believed until its tokens have expired, and then no more', async () => {
  const person = await service.newPerson();
  // Signs in again and again: an account's oldest sessions end when it has too many.
  const { email } = await service.newPerson();
  const other = otherService();
  const newToken = async (at: UsersService): Promise<string> => (await at.signIn(email)).body.accessToken;
  const before = kidIn(person.token);
  expect(await taken(other, person, person.token)).toEqual([true, true, true]);

  const [, fresh] = await rotateKeys(service.database);
  const kid = fresh!.jwk.kid!;
  for (const at of [service, replica])
    await eventually(async () => expect(await kidsOf(at)).toEqual([before, kid]), soon);
  expect(kidIn(await newToken(service))).toBe(before);

  await changeKept(keys => keys.map(key => ({ ...key, signsFrom: 0 })));
  for (const at of [service, replica]) await eventually(async () => expect(kidIn(await newToken(at))).toBe(kid), soon);
  const after: string = (await service.signIn(person.email)).body.accessToken;
  expect(await taken(other, person, after)).toEqual([true, true, true]);
  expect(await taken(other, person, person.token)).toEqual([true, true, true]);

  await changeKept(keys => keys.map((key, i) => (i === 0 ? { ...key, believedUntil: Date.now() } : key)));
  await eventually(async () => expect(await taken(other, person, person.token)).toEqual([false, false, false]), soon);
  expect(await kidsOf(service)).toEqual([kid]);
  expect(await taken(other, person, after)).toEqual([true, true, true]);
});

it('a key in wrong hands is withdrawn at once; whoever refreshes goes on, also after a restart', async () => {
  const person = await service.newPerson();
  const other = otherService();
  const { refreshToken } = (await service.signIn(person.email)).body;
  expect(await taken(other, person, person.token)).toEqual([true, true, true]);
  const [only] = await rotateKeys(service.database, { lost: true });
  await eventually(async () => expect(await taken(other, person, person.token)).toEqual([false, false, false]), soon);
  const { body } = await replica.call('POST', '/sessions/refresh', { body: { refreshToken } });
  expect(kidIn(body.accessToken as string)).toBe(only!.jwk.kid);
  expect(await taken(other, person, body.accessToken as string)).toEqual([true, true, true]);
  await service.down();
  await service.up();
  expect(await taken(other, person, body.accessToken as string)).toEqual([true, true, true]);
  expect((await service.call('GET', `/users/${person.id}`, { token: person.token })).status).toBe(401);
});

it('of two rotations at the same time at most one is done, and none is lost', async () => {
  const before = (await kidsOf(service)).length;
  const outcomes = await Promise.allSettled([rotateKeys(service.database), rotateKeys(service.database)]);
  const done = outcomes.filter(({ status }) => status === 'fulfilled').length;
  const kept = (await new Settings(service.database).get<KeptKey[]>(KEPT_KEYS))!;
  expect(kept).toHaveLength(before + done);
});
