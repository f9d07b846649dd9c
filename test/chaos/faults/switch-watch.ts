/** Looks all the time at what readers are shown: whichever generation serves, its positions never go back. */
import { setTimeout as pause } from 'node:timers/promises';
import { withDatabase, type Sql } from '../model/log-events';
import type { ChaosStack } from '../stack/chaos-stack';

interface Shown {
  readonly serving: number;
  readonly log: string;
  readonly position: number;
}

const EVERY_MS = 10;
/** One statement, so one moment. */
const SHOWN = `select p.serving, c.log, c.position::int from read.projections p
  join read.checkpoints c on c.projection = p.name and c.generation = p.serving where p.name = $1`;

export class SwitchWatch {
  looks = 0;
  /** How often another generation served than at the look before. */
  moves = 0;
  readonly violations: string[] = [];
  private going = true;
  private running = Promise.resolve();
  private serving = 0;
  private readonly newest = new Map<string, number>();

  constructor(
    private readonly stack: ChaosStack,
    private readonly projection: string,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.going = false;
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.going)
      // The session may be lost on the way: the next one goes on.
      await withDatabase(this.stack, 'query', async sql => {
        for (; this.going; await pause(EVERY_MS)) await this.look(sql);
      }).catch(() => pause(EVERY_MS));
  }

  private async look(sql: Sql): Promise<void> {
    const shown = await sql<Shown>(SHOWN, [this.projection]);
    this.looks += 1;
    for (const { serving, log, position } of shown) {
      const before = this.newest.get(log) ?? 0;
      if (position < before)
        this.violations.push(
          `generation ${serving} of ${this.projection} serves ${log} ${position}, before it ${before} was shown`,
        );
      this.newest.set(log, position);
    }
    const serving = shown[0]?.serving ?? this.serving;
    if (this.serving !== 0 && serving !== this.serving) this.moves += 1;
    this.serving = serving;
  }
}
