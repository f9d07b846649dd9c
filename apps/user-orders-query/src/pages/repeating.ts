/** A background loop: goes on while there is work, looks again now and then or when woken, and survives failures. */

export interface Repeating {
  readonly everyMs: number;
  /** Share of the time it may work while there is more to do; 1: without a break. */
  readonly duty: number;
  readonly onError: (error: unknown) => void;
}

export class Repeat {
  private stopped = false;
  private wakeUp: () => void = () => {};
  private readonly ended: Promise<void>;

  /** `work` does a bounded piece and tells whether there is more. */
  constructor(
    private readonly work: () => Promise<boolean>,
    private readonly how: Repeating,
  ) {
    this.ended = this.run();
  }

  wake(): void {
    this.wakeUp();
  }

  /** Lets the piece under way end. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.ended;
  }

  private async run(): Promise<void> {
    const { everyMs, duty, onError } = this.how;
    while (!this.stopped) {
      const from = performance.now();
      const more = await this.work().catch(error => {
        onError(error);
        return false;
      });
      const took = performance.now() - from;
      if (!this.stopped) await this.rest(more ? took * (1 / duty - 1) : everyMs, !more);
    }
  }

  private rest(ms: number, wakable: boolean): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        if (!wakable && !this.stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
