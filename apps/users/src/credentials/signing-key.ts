/** The Ed25519 key that access tokens are signed with: made at first start, kept in this service's database. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import type { Settings } from '@foldline/postgres';
import { importJWK, type CryptoKey, type JWK } from 'jose';

const NAME = 'signing-key';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

function newKey(): JWK {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as JWK;
  // RFC 7638 thumbprint: the same key has the same id everywhere.
  const kid = createHash('sha256')
    .update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x }))
    .digest('base64url');
  return { ...jwk, kid };
}

/** Of several replicas that start at once, the first one's key counts for all. */
export async function openSigningKey(settings: Settings): Promise<SigningKey> {
  const jwk = (await settings.get<JWK>(NAME)) ?? (await settings.putIfAbsent(NAME, newKey()));
  const { kty, crv, x, kid } = jwk;
  return {
    kid: kid!,
    privateKey: (await importJWK(jwk, 'EdDSA')) as CryptoKey,
    publicJwk: { kty: kty!, crv: crv!, x: x!, kid: kid!, alg: 'EdDSA', use: 'sig' },
  };
}
