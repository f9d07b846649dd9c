/** Password hashing with bounded effort: argon2id as OWASP's Password Storage Cheat Sheet advises (m = 19 MiB, t = 2, p = 1). */
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { retryLater } from '@foldline/service-kit';

// The package declares the enum as const, which isolated modules cannot read.
const ARGON2ID = 2 as Algorithm;
const PARAMETERS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

const AT_ONCE = 2;
const MOST_WAITING = 64;

export class PasswordHashes {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private unknown: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password.normalize('NFKC'), PARAMETERS));
  }

  /** The same work whether or not there is a hash, so that time tells nothing. */
  async verify(stored: string | undefined, password: string): Promise<boolean> {
    this.unknown ??= hash('nobody has this password', PARAMETERS);
    const against = stored ?? (await this.unknown);
    const matches = await this.inTurn(() => verify(against, password.normalize('NFKC')));
    return stored !== undefined && matches;
  }

  /** True for a hash made with parameters of an earlier time. */
  isOutdated(stored: string): boolean {
    return !CURRENT.test(stored);
  }

  /** Throws 503 when too many wait already: hashing is the dearest thing a stranger can ask for. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= AT_ONCE) {
      if (this.waiting.length >= MOST_WAITING)
        throw retryLater('service-unavailable', 2, 'Too many people sign in at this moment.');
      await new Promise<void>(enter => this.waiting.push(enter));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }
}
