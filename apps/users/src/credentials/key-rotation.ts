/** Which key signs access tokens and which are still believed: as kept in the users database, without a clock of its own. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { Settings, type Pool } from '@foldline/postgres';
import { TOKEN_LIFETIME } from '@foldline/service-kit';
import type { JWK } from 'jose';

export const KEPT_KEYS = 'signing-keys';
/** Every replica publishes a new key, and everyone may ask for it again, before it signs: no token comes before its key. */
export const LEAD_MS = 20_000;
/** After its last token, for clocks that are not alike. */
const GRACE_MS = 60_000;

/** Times are milliseconds since 1970; the oldest key comes first. */
export interface KeptKey {
  /** With its private part and its `kid`. */
  readonly jwk: JWK;
  readonly signsFrom: number;
  /** Set where a newer key takes over: after this its tokens are refused. */
  readonly believedUntil?: number;
}

export function newKey(signsFrom: number): KeptKey {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;
  // RFC 7638 thumbprint: the same key has the same id everywhere.
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
    .digest('base64url');
  return { jwk: { ...jwk, kid }, signsFrom };
}

export const believedAt = (keys: readonly KeptKey[], now: number): KeptKey[] =>
  keys.filter(({ believedUntil }) => believedUntil === undefined || believedUntil > now);

/** The newest whose time has come. */
export const signingAt = (keys: readonly KeptKey[], now: number): KeptKey =>
  keys.findLast(({ signsFrom }) => signsFrom <= now) ?? keys[0]!;

/** Adds a key; the others are believed until their last token has expired, or no longer at all where they are `lost`. */
export function withNewKey(keys: readonly KeptKey[], now: number, lost = false): KeptKey[] {
  if (lost) return [newKey(now)];
  const fresh = newKey(now + LEAD_MS);
  const believedUntil = fresh.signsFrom + TOKEN_LIFETIME * 1000 + GRACE_MS;
  return [...believedAt(keys, now).map(key => ({ believedUntil, ...key })), fresh];
}

/** Gives the keys as they are afterwards. Of two rotations at the same time one fails. */
export const rotateKeys = (database: Pool, { lost = false, now = Date.now() } = {}): Promise<KeptKey[]> =>
  database.transaction(async tx => {
    const settings = new Settings(tx);
    const keys = withNewKey((await settings.get<KeptKey[]>(KEPT_KEYS)) ?? [], now, lost);
    await settings.put(KEPT_KEYS, keys);
    return keys;
  }, 'repeatable read');
