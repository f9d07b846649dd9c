/** The Ed25519 keys of access tokens, made at first start, kept in this service's database and looked at again and again. */
import type { Settings } from '@foldline/postgres';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { believedAt, KEPT_KEYS, newKey, signingAt, type KeptKey } from './key-rotation';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

const publicPart = ({ jwk: { kty, crv, x, kid } }: KeptKey): JWK => ({
  kty: kty!,
  crv: crv!,
  x: x!,
  kid: kid!,
  alg: 'EdDSA',
  use: 'sig',
});

/** The one key of an earlier version, or a new one. */
async function firstKeys(settings: Settings): Promise<KeptKey[]> {
  const only = await settings.get<JWK>('signing-key');
  return settings.putIfAbsent(KEPT_KEYS, [only ? { jwk: only, signsFrom: 0 } : newKey(0)]);
}

export class SigningKeys {
  private readonly imported = new Map<string, SigningKey>();

  private constructor(
    private readonly settings: Settings,
    private kept: readonly KeptKey[],
  ) {}

  /** Of several replicas that start at once, the first one's key counts for all. */
  static async open(settings: Settings): Promise<SigningKeys> {
    const kept = (await settings.get<KeptKey[]>(KEPT_KEYS)) ?? (await firstKeys(settings));
    return new SigningKeys(settings, kept);
  }

  /** What tokens are checked with. */
  get published(): readonly JWK[] {
    return believedAt(this.kept, Date.now()).map(publicPart);
  }

  /** The key to sign with now. */
  async signing(): Promise<SigningKey> {
    const { jwk } = signingAt(this.kept, Date.now());
    const kid = jwk.kid!;
    const known = this.imported.get(kid);
    if (known) return known;
    const key = { kid, privateKey: (await importJWK(jwk, 'EdDSA')) as CryptoKey };
    this.imported.set(kid, key);
    return key;
  }

  /** Looks every so often for keys that were added or withdrawn, and tells `learn` what is published; gives the way to stop it. */
  watch(everyMs: number, learn: (published: readonly JWK[]) => Promise<void>): () => void {
    const look = async (): Promise<void> => {
      this.kept = (await this.settings.get<KeptKey[]>(KEPT_KEYS)) ?? this.kept;
      await learn(this.published);
    };
    // While the database is not there, the keys are the ones that were known.
    const timer = setInterval(() => void look().catch(() => undefined), everyMs).unref();
    return () => clearInterval(timer);
  }
}
