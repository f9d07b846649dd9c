/** Facts that are new enough: behind the caller's token, or silent about what is asked, the copy gets a moment to catch up. */
import type { LogName, Positions, ProductId, UserId } from '@foldline/contracts';
import type { LogReader } from '@foldline/projections';
import type { GenerationKeeper } from '@foldline/service-runtime';
import { assertSameLog } from '@foldline/service-kit';
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

  /** Never asks another service's database; with the broker down it decides by what is there. */
  async read(userId: UserId, productIds: readonly ProductId[], wanted: Positions): Promise<Facts> {
    await this.reach(this.ofCopies(wanted));
    const facts = await this.facts.read(userId, productIds);
    const silentAbout = [
      ...(facts.buyerStatus === 'unknown' ? ['users' as const] : []),
      ...(productIds.some(id => !facts.products.has(id)) ? ['products' as const] : []),
    ];
    if (silentAbout.length === 0 || !(await this.caughtUp(silentAbout))) return facts;
    return this.facts.read(userId, productIds);
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

  /** True when something was learned since, so that looking again may help. */
  private async caughtUp(logs: readonly LogName[]): Promise<boolean> {
    const before = JSON.stringify(this.kept.positions());
    const heads = await Promise.all(
      logs.map(async log => {
        const head = await Promise.race([
          this.reader.head(log).catch(() => undefined),
          new Promise<undefined>(done => setTimeout(() => done(undefined), HEAD_MS).unref()),
        ]);
        return head && head.position > 0
          ? [[log, { incarnation: head.incarnation, position: head.position }] as const]
          : [];
      }),
    );
    const wanted = Object.fromEntries(heads.flat());
    if (Object.keys(wanted).length > 0) await this.kept.reached(wanted, { timeoutMs: PATIENCE_MS });
    return JSON.stringify(this.kept.positions()) !== before || Object.keys(wanted).length > 0;
  }
}
