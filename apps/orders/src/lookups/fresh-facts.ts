/** Facts that are new enough: behind the caller's token, or silent about what is asked, the copy gets a moment to catch up. */
import type { LogName, Positions, ProductId, UserId } from '@foldline/contracts';
import type { LogReader } from '@foldline/projections';
import type { GenerationKeeper } from '@foldline/service-runtime';
import { assertSameLog, retryLater } from '@foldline/service-kit';
import type { Facts, FactsReader } from './facts-reader';

const COPIED: readonly LogName[] = ['users', 'products'];
const PATIENCE_MS = 2000;
const HEAD_MS = 500;

export class FreshFacts {
  constructor(
    private readonly facts: FactsReader,
    private readonly kept: Pick<GenerationKeeper, 'reached' | 'positions'>,
    private readonly reader: LogReader,
  ) {}

  /**
   * Never asks another service's database; with the broker down it decides by what is there.
   * Throws 503 when a product is not there and its log could not be asked: then nobody can say that it does not exist.
   */
  async read(userId: UserId, productIds: readonly ProductId[], wanted: Positions): Promise<Facts> {
    await this.reach(this.ofCopies(wanted));
    const facts = await this.facts.read(userId, productIds);
    const lacksProducts = ({ products }: Facts) => productIds.some(id => !products.has(id));
    const silentAbout = [
      ...(facts.buyerStatus === 'unknown' ? ['users' as const] : []),
      ...(lacksProducts(facts) ? ['products' as const] : []),
    ];
    if (silentAbout.length === 0) return facts;
    const isLevel = await this.caughtUp(silentAbout);
    const again = await this.facts.read(userId, productIds);
    if (!isLevel && lacksProducts(again))
      throw retryLater(
        'service-unavailable',
        1,
        'The catalogue could not be asked for a product that is not known here.',
      );
    return again;
  }

  async isClosed(userId: UserId): Promise<boolean> {
    return (await this.facts.read(userId, [])).buyerStatus === 'closed';
  }

  private ofCopies(wanted: Positions): Positions {
    return Object.fromEntries(COPIED.flatMap(log => (wanted[log] ? [[log, wanted[log]]] : [])));
  }

  /** Waits a moment and no longer: what the copy cannot hear while the broker is down must not stop a command. */
  private async reach(wanted: Positions): Promise<void> {
    if (Object.keys(wanted).length === 0) return;
    await this.kept.reached(wanted, { timeoutMs: PATIENCE_MS });
    for (const log of COPIED) {
      const at = this.kept.positions()[log];
      if (at) assertSameLog(wanted, log, at);
    }
  }

  /** Whether the copy shows all that these logs held a moment ago. */
  private async caughtUp(logs: readonly LogName[]): Promise<boolean> {
    const heads = await Promise.all(
      logs.map(log =>
        Promise.race([
          this.reader.head(log).catch(() => undefined),
          new Promise<undefined>(done => setTimeout(() => done(undefined), HEAD_MS).unref()),
        ]),
      ),
    );
    const wanted = Object.fromEntries(
      heads.flatMap((head, i) =>
        head ? [[logs[i], { incarnation: head.incarnation, position: head.position }] as const] : [],
      ),
    );
    const reached = await this.kept.reached(wanted, { timeoutMs: PATIENCE_MS });
    return heads.every(head => head) && reached === 'reached';
  }
}
