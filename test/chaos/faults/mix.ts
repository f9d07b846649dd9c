/** Several things at once (row 58): a random choice of what does not need the others to be whole. */
import type { Effect, Fault, FaultScene } from './fault';

const AT_ONCE = 3;

export const mixOf = (faults: readonly Fault[]): Fault => ({
  row: 58,
  name: 'several at once',
  async inject(scene: FaultScene): Promise<Effect> {
    const possible = faults.filter(({ readStore = scene.stack.readStore }) => readStore === scene.stack.readStore);
    const chosen = possible.sort(() => scene.random.next() - 0.5).slice(0, AT_ONCE);
    const effects = await Promise.all(
      chosen.map(fault =>
        fault.inject(scene).catch((error: unknown) => ({ count: 0, note: (error as Error).message }) as Effect),
      ),
    );
    return {
      // One of them may take the ground from under another.
      count: effects.filter(({ count }) => count > 0).length,
      note: chosen.map(({ row }, i) => `row ${row}: ${effects[i]!.count}`).join(', '),
    };
  },
});
