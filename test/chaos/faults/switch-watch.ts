/** Looks all the time at what readers are shown: whichever generation serves, its positions never go back. */
import { setTimeout as pause } from 'node:timers/promises';
import { withStanding, type AskStanding } from '../model/standing';
import type { Projection } from '../model/stored-rows';
import type { ChaosStack } from '../stack/chaos-stack';

const EVERY_MS = 10;

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
    private readonly projection: Projection,
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
      await withStanding(this.stack, this.projection, async ask => {
        for (; this.going; await pause(EVERY_MS)) await this.look(ask);
      }).catch(() => pause(EVERY_MS));
  }

  private async look(ask: AskStanding): Promise<void> {
    const shown = (await ask()).find(({ serving }) => serving);
    this.looks += 1;
    if (!shown) return;
    const { generation: serving } = shown;
    for (const [log, position] of Object.entries(shown.positions)) {
      const before = this.newest.get(log) ?? 0;
      if (position < before)
        this.violations.push(
          `generation ${serving} of ${this.projection.name} serves ${log} ${position}, before it ${before} was shown`,
        );
      this.newest.set(log, position);
    }
    if (this.serving !== 0 && serving !== this.serving) this.moves += 1;
    this.serving = serving;
  }
}
