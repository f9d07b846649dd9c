/** The public keys that sign-in tokens are checked with: known ones are kept, unknown ones asked for, seldom. */
import { setTimeout as pause } from 'node:timers/promises';
import { importJWK, type CryptoKey, type JWK } from 'jose';

/** Where a service keeps the keys it knows, in its own database, so that a restart needs nobody else. */
export interface KeyStore {
  load(): Promise<readonly JWK[]>;
  save(keys: readonly JWK[]): Promise<void>;
}

/** Asks the users service for its key set. */
export type KeySource = () => Promise<readonly JWK[]>;

/** No key is known yet and nobody who has them answers: a token is neither good nor bad. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
  constructor() {
    super('Sign-in cannot be checked until the users service has answered for its keys.');
  }
}

export interface KeyRingTimes {
  /** Between two questions for an unknown key, and between two that nobody answered. */
  readonly refetchMs: number;
  readonly retryMs: number;
  /** After this a key that the users service has withdrawn is asked after, and forgotten. */
  readonly keepMs: number;
  readonly patienceMs: number;
  readonly now: () => number;
}

const TIMES: KeyRingTimes = {
  refetchMs: 10_000,
  retryMs: 1000,
  keepMs: 60_000,
  patienceMs: 3000,
  now: () => performance.now(),
};
const KID = /^[A-Za-z0-9_-]{1,100}$/;

/** Only what a public Ed25519 key has; anything else in an answer is dropped. */
const publicKey = ({ kty, crv, x, kid }: JWK): JWK | undefined =>
  kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string' && typeof kid === 'string' && KID.test(kid)
    ? { kty, crv, x, kid, alg: 'EdDSA', use: 'sig' }
    : undefined;

async function readKeys(jwks: readonly JWK[]): Promise<Map<string, { jwk: JWK; key: CryptoKey }>> {
  const keys = new Map<string, { jwk: JWK; key: CryptoKey }>();
  for (const given of Array.isArray(jwks) ? jwks : []) {
    const jwk = publicKey(given ?? {});
    const key = jwk && (await importJWK(jwk, 'EdDSA').catch(() => undefined));
    if (key) keys.set(jwk.kid!, { jwk, key: key as CryptoKey });
  }
  return keys;
}

export class KeyRing {
  private keys: Awaited<ReturnType<typeof readKeys>> = new Map();
  private nextQuestionAt = -Infinity;
  private oldAt = -Infinity;
  private asking: Promise<void> | undefined;
  private loaded: Promise<void> | undefined;
  private readonly times: KeyRingTimes;

  constructor(
    private readonly store: KeyStore,
    private readonly sources: readonly KeySource[],
    times: Partial<KeyRingTimes> = {},
  ) {
    this.times = { ...TIMES, ...times };
  }

  /** Known and, as far as was heard, not withdrawn. */
  has(kid: string): boolean {
    if (this.times.now() >= this.oldAt) void this.refresh();
    return this.keys.has(kid);
  }

  /**
   * The key of a token; throws for one that stays unknown. The header's own `jwk`, `jku` or `x5u` are never looked at.
   * Throws KeysUnavailableError when no key is known at all.
   */
  async find(kid: unknown): Promise<CryptoKey> {
    if (typeof kid !== 'string' || !KID.test(kid)) throw new Error('no usable key id');
    this.loaded ??= this.load();
    await this.loaded;
    if (!this.has(kid)) await this.refresh();
    const known = this.keys.get(kid);
    if (known) return known.key;
    throw this.keys.size === 0 ? new KeysUnavailableError() : new Error('unknown key id');
  }

  /** Asks for the key set, at most once in ten seconds; callers in between share the answer. Never fails: known keys go on. */
  refresh(): Promise<void> {
    const { now, refetchMs } = this.times;
    if (this.asking) return this.asking;
    if (now() < this.nextQuestionAt) return Promise.resolve();
    this.nextQuestionAt = now() + refetchMs;
    this.asking = this.ask().finally(() => (this.asking = undefined));
    return this.asking;
  }

  /** Takes what is told by one who knows them all, as the service that makes them. */
  async learn(jwks: readonly JWK[]): Promise<void> {
    const keys = await readKeys(jwks);
    const isNews = [...keys.keys()].join() !== [...this.keys.keys()].join();
    this.keys = keys;
    this.oldAt = this.times.now() + this.times.keepMs;
    if (isNews) await this.store.save([...keys.values()].map(({ jwk }) => jwk)).catch(() => undefined);
  }

  private async load(): Promise<void> {
    const stored = await readKeys(await this.store.load().catch(() => []));
    if (this.keys.size === 0) this.keys = stored;
  }

  private async ask(): Promise<void> {
    const { now, retryMs } = this.times;
    for (const source of this.sources) {
      const keys = await readKeys(await this.answerOf(source));
      if (keys.size === 0) continue;
      await this.learn([...keys.values()].map(({ jwk }) => jwk));
      return;
    }
    this.nextQuestionAt = now() + retryMs;
  }

  private answerOf(source: KeySource): Promise<readonly JWK[]> {
    const patience = new AbortController();
    const asked = Promise.resolve().then(source);
    const enough = pause(this.times.patienceMs, [], { signal: patience.signal, ref: false });
    return Promise.race([asked, enough])
      .catch(() => [])
      .finally(() => {
        patience.abort();
        enough.catch(() => undefined);
      });
  }
}
