/** The public keys that sign-in tokens are checked with: known ones are kept, unknown ones asked for, seldom. */
import { importJWK, type CryptoKey, type JWK } from 'jose';

/** Where a service keeps the keys it knows, in its own database, so that a restart needs nobody else. */
export interface KeyStore {
  load(): Promise<readonly JWK[]>;
  save(keys: readonly JWK[]): Promise<void>;
}

/** Asks the users service for its key set. */
export type KeySource = () => Promise<readonly JWK[]>;

const REFETCH_MS = 10_000;
const KID = /^[A-Za-z0-9_-]{1,100}$/;

/** Only what a public Ed25519 key has; anything else in an answer is dropped. */
const publicKey = ({ kty, crv, x, kid }: JWK): JWK | undefined =>
  kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string' && typeof kid === 'string' && KID.test(kid)
    ? { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }
    : undefined;

export class KeyRing {
  private keys = new Map<string, CryptoKey>();
  private asked = -Infinity;
  private asking: Promise<void> | undefined;
  private loaded: Promise<void> | undefined;

  constructor(
    private readonly store: KeyStore,
    private readonly sources: readonly KeySource[],
  ) {}

  has(kid: string): boolean {
    return this.keys.has(kid);
  }

  /** The key of a token; throws for one that stays unknown. The header's own `jwk`, `jku` or `x5u` are never looked at. */
  async find(kid: unknown): Promise<CryptoKey> {
    if (typeof kid !== 'string' || !KID.test(kid)) throw new Error('no usable key id');
    this.loaded ??= this.load();
    await this.loaded;
    if (!this.keys.has(kid)) await this.refresh();
    const key = this.keys.get(kid);
    if (!key) throw new Error('unknown key id');
    return key;
  }

  /** Asks for the key set, at most once in ten seconds; callers in between wait for the same answer. */
  refresh(): Promise<void> {
    if (this.asking) return this.asking;
    if (performance.now() - this.asked < REFETCH_MS) return Promise.resolve();
    this.asked = performance.now();
    this.asking = this.fetch().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async load(): Promise<void> {
    await this.use(await this.store.load().catch(() => []));
  }

  private async fetch(): Promise<void> {
    for (const source of this.sources) {
      const keys = (await source().catch(() => [])).flatMap(key => publicKey(key) ?? []);
      if (keys.length === 0) continue;
      await this.use(keys);
      await this.store.save(keys).catch(() => undefined);
      return;
    }
  }

  private async use(keys: readonly JWK[]): Promise<void> {
    const imported = await Promise.all(
      keys.map(async key => [key.kid!, (await importJWK(key, 'EdDSA')) as CryptoKey] as const),
    );
    if (imported.length > 0) this.keys = new Map(imported);
  }
}
