/** Keys come, go and stay known: rotation, outages of the users service, restarts, and callers who make up key ids. */
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { UserId } from '@foldline/contracts';
import { newId } from '../ids';
import { AccessTokens, signAccessToken } from './access-tokens';
import { KeyRing, KeysUnavailableError, type KeySource } from './key-ring';

const ISSUER = 'foldline';

async function newKey(kid: string) {
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(pair.publicKey)), kid };
  const token = (): Promise<string> =>
    signAccessToken(
      { privateKey: pair.privateKey, kid },
      ISSUER,
      { userId: newId() as UserId, role: 'customer' },
      newId(),
    );
  return { jwk, token };
}

/** A users service whose keys and health a test sets, and a ring that asks it, on a clock of the test's own. */
function ringOf(served: { keys: readonly JWK[]; down: boolean }, stored: readonly JWK[] = []) {
  const state = { asked: 0, now: 0, saved: stored };
  const source: KeySource = async () => {
    state.asked += 1;
    if (served.down) throw new Error('nobody there');
    return served.keys;
  };
  const store = { load: async () => state.saved, save: async (keys: readonly JWK[]) => void (state.saved = keys) };
  const ring = new KeyRing(store, [source], { now: () => state.now });
  return { state, ring, tokens: new AccessTokens(ring, ISSUER) };
}

const settle = (): Promise<void> => new Promise(done => setImmediate(done));

it('a new key is taken beside the old one, and a withdrawn one is forgotten within the time it is kept', async () => {
  const [first, second] = [await newKey('one'), await newKey('two')];
  const served = { keys: [first.jwk], down: false };
  const { tokens, state } = ringOf(served);
  const [ofFirst, ofSecond] = [await first.token(), await second.token()];
  expect(await tokens.check(ofFirst)).toBeDefined();
  served.keys = [first.jwk, second.jwk];
  state.now += 10_000;
  expect(await tokens.check(ofSecond)).toBeDefined();
  expect(await tokens.check(ofFirst)).toBeDefined();
  served.keys = [second.jwk];
  state.now += 300_000;
  await tokens.check(ofFirst);
  await settle();
  await settle();
  expect(await tokens.check(ofFirst)).toBeUndefined();
  expect(await tokens.check(ofSecond)).toBeDefined();
});

it('known keys go on while the users service is down, also over a restart', async () => {
  const key = await newKey('one');
  const served = { keys: [key.jwk], down: false };
  const before = ringOf(served);
  expect(await before.tokens.check(await key.token())).toBeDefined();
  served.down = true;
  before.state.now += 10_000_000;
  expect(await before.tokens.check(await key.token())).toBeDefined();
  const after = ringOf(served, before.state.saved);
  expect(await after.tokens.check(await key.token())).toBeDefined();
});

it('made-up key ids make one question in ten seconds, however many there are', async () => {
  const [key, strange] = [await newKey('one'), await newKey('strange')];
  const { tokens, state } = ringOf({ keys: [key.jwk], down: false });
  await tokens.check(await key.token());
  state.now += 10_000;
  const before = state.asked;
  const token = await strange.token();
  await Promise.all(Array.from({ length: 100 }, async () => tokens.check(token)));
  expect(state.asked).toBe(before + 1);
  state.now += 9999;
  expect(await tokens.check(token)).toBeUndefined();
  expect(state.asked).toBe(before + 1);
});

it('while no key is known and nobody answers, a token is neither good nor bad; a second later it is asked again', async () => {
  const key = await newKey('one');
  const served = { keys: [key.jwk], down: true };
  const { tokens, state } = ringOf(served);
  const token = await key.token();
  await expect(tokens.check(token)).rejects.toBeInstanceOf(KeysUnavailableError);
  served.down = false;
  await expect(tokens.check(token)).rejects.toBeInstanceOf(KeysUnavailableError);
  state.now += 1000;
  expect(await tokens.check(token)).toBeDefined();
});

it('a source that never answers is given up for the next one', async () => {
  const key = await newKey('one');
  const store = { load: async () => [], save: async () => undefined };
  const ring = new KeyRing(store, [() => new Promise(() => undefined), async () => [key.jwk]], { patienceMs: 10 });
  expect(await ring.find('one')).toBeDefined();
});

it('of an answer only whole public Ed25519 keys are taken, without what else it says', async () => {
  const key = await newKey('one');
  const { ring, state } = ringOf({
    keys: [
      { kty: 'oct', k: 'c2VjcmV0', kid: 'hmac' },
      { kty: 'OKP', crv: 'Ed25519', x: '!', kid: 'broken' },
      { ...key.jwk, kid: '../x' },
      null as never,
      { ...key.jwk, d: 'private', alg: 'none', x5u: 'http://127.0.0.1:1' },
    ],
    down: false,
  });
  expect(await ring.find('one')).toBeDefined();
  for (const kid of ['hmac', 'broken', '../x']) await expect(ring.find(kid)).rejects.toThrow();
  expect(state.saved).toEqual([{ kty: 'OKP', crv: 'Ed25519', x: key.jwk.x, kid: 'one', alg: 'EdDSA', use: 'sig' }]);
});

it('a store that cannot be read or written does not keep anybody out', async () => {
  const key = await newKey('one');
  const fail = async (): Promise<never> => {
    throw new Error('no database');
  };
  const ring = new KeyRing({ load: fail, save: fail }, [async () => [key.jwk]]);
  expect(await ring.find('one')).toBeDefined();
});

it('a token that was seen costs no signature check', async () => {
  const key = await newKey('one');
  const { tokens, ring } = ringOf({ keys: [key.jwk], down: false });
  const token = await key.token();
  await tokens.check(token);
  const find = jest.spyOn(ring, 'find');
  for (let i = 0; i < 100; i += 1) await tokens.check(token);
  expect(find).not.toHaveBeenCalled();
});
