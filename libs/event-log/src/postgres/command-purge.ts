/** Forgets the answers of commands that are older than a repeat may be. */
import type { Queryable } from '@foldline/postgres';

const EVERY_MS = 10 * 60_000;
const AT_ONCE = 5_000;

export class CommandPurge {
  private readonly timer: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly database: Queryable,
    private readonly keptMs: number,
  ) {
    // A purge that fails is made up for by the next one.
    this.timer = setInterval(() => void this.run().catch(() => undefined), EVERY_MS).unref();
  }

  /** Returns how many answers were forgotten. */
  async run(): Promise<number> {
    for (let total = 0; ;) {
      const purged = await this.purgeSome();
      total += purged;
      if (purged < AT_ONCE || this.stopped) return total;
    }
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  private async purgeSome(): Promise<number> {
    const { rows } = await this.database.query<{ purged: number }>(
      `select log.purge_commands($1 * interval '1 millisecond', $2) as purged`,
      [this.keptMs, AT_ONCE],
    );
    return rows[0]!.purged;
  }
}
