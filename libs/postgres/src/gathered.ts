/** Asks of the same moment become one call: the cost of a round trip is shared by all who wait for it. */

interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export interface GatheringLimits {
  /** Calls under way at once; further asks wait and share the next one. */
  readonly calls: number;
  /** Asks in one call. */
  readonly asks: number;
}

export class Gathered<Ask, Answer> {
  private waiting: Waiting<Ask, Answer>[] = [];
  private calls = 0;
  private scheduled = false;

  /** `answer` gives one answer for each ask, in their order. */
  constructor(
    private readonly answer: (asks: readonly Ask[]) => Promise<readonly Answer[]>,
    private readonly limits: GatheringLimits = { calls: 2, asks: 64 },
  ) {}

  ask(ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ ask, resolve, reject });
      this.schedule();
    });
  }

  /** At the end of the tick, when all requests that came with it have asked. */
  private schedule(): void {
    if (this.scheduled || this.calls >= this.limits.calls || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.call(this.waiting.splice(0, this.limits.asks));
      this.schedule();
    });
  }

  private async call(batch: readonly Waiting<Ask, Answer>[]): Promise<void> {
    this.calls += 1;
    try {
      const answers = await this.answer(batch.map(({ ask }) => ask));
      batch.forEach(({ resolve }, i) => resolve(answers[i]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.calls -= 1;
      this.schedule();
    }
  }
}
