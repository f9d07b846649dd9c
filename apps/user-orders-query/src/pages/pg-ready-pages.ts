/** Ready pages in PostgreSQL: found for readers, offered by them, brought up to date by fan-outs, and built when nothing else is to do. */
import type { Pool } from '@foldline/postgres';
import type { Beside } from '@foldline/projections';
import type { Gathered } from '@foldline/postgres';
import { PageBuilding, type MakePage } from './page-building';
import { concernedUsers, emptyAllUnlessLevel, emptyPages } from './page-emptying';
import { updateNextChunk } from './page-fanout';
import { pageFinding } from './page-finding';
import { keepPages, type Offer } from './page-keeping';
import type { FoundPage, ReadyPages } from './ready-pages';
import { Repeat } from './repeating';

export interface PageWork {
  readonly generation: number;
  readonly make: MakePage;
  /** False while the projection is catching up: then its work goes first. */
  readonly idle: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** More offers than this wait for nobody: the next reader makes the page again. */
const MOST_OFFERS = 500;

export class PgReadyPages implements ReadyPages {
  readonly counts = { hits: 0, misses: 0, kept: 0, refused: 0, built: 0, emptied: 0, fanoutChunks: 0, resets: 0 };
  private readonly finding: Gathered<string, FoundPage>;
  private readonly offers = new Map<string, Offer & { readonly generation: number }>();
  private keeping?: Repeat;

  /** `reads` answers users; `writes` does the work behind. */
  constructor(
    reads: Pool,
    private readonly writes: Pool,
  ) {
    this.finding = pageFinding(reads);
  }

  async find(userId: string): Promise<FoundPage> {
    const found = await this.finding.ask(userId);
    if (found.body === null) this.counts.misses += 1;
    else this.counts.hits += 1;
    return found;
  }

  offer(userId: string, { generation, version }: FoundPage, body: string): void {
    if (this.offers.size >= MOST_OFFERS) return;
    this.offers.set(userId, { userId, generation, version, body });
    this.keeping?.wake();
  }

  /** To stand beside the rows in every statement that writes them. One that is repeated counts again. */
  readonly beside: Beside = (touched, generation) => {
    const users = concernedUsers(touched);
    this.counts.emptied += users.length;
    return emptyPages(touched, generation, users);
  };

  /** Keeps the pages of one generation; each that is kept has its own work. */
  start({ generation, make, idle, onError }: PageWork): { stop(): Promise<void> } {
    const building = new PageBuilding(this.writes, generation, make);
    this.keeping ??= new Repeat(() => this.keepOffers(), { everyMs: 500, duty: 1, onError });
    const work = [
      new Repeat(() => this.fanOut(generation), { everyMs: 100, duty: 0.8, onError }),
      new Repeat(
        async () => {
          if (!idle()) return false;
          if (await emptyAllUnlessLevel(this.writes, generation)) this.counts.resets += 1;
          const { more, built } = await building.buildNextChunk();
          this.counts.built += built;
          return more;
        },
        { everyMs: 500, duty: 0.5, onError },
      ),
    ];
    return { stop: async () => void (await Promise.all(work.map(repeat => repeat.stop()))) };
  }

  async stop(): Promise<void> {
    await this.keeping?.stop();
  }

  private async fanOut(generation: number): Promise<boolean> {
    const more = await updateNextChunk(this.writes, generation);
    if (more) this.counts.fanoutChunks += 1;
    return more;
  }

  private async keepOffers(): Promise<boolean> {
    const [first] = this.offers.values();
    if (!first) return false;
    const offers = [...this.offers.values()].filter(({ generation }) => generation === first.generation);
    for (const { userId } of offers) this.offers.delete(userId);
    const kept = await keepPages(this.writes, first.generation, offers);
    this.counts.kept += kept;
    this.counts.refused += offers.length - kept;
    return this.offers.size > 0;
  }
}
