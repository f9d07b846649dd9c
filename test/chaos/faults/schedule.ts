/** Does the faults of a run one after the other: each at least once, then by chance until the time is over. What did not happen is tried once more. */
import { quietly } from '../load/quietly';
import { outcomeOf, type Call, type History } from '../load/history';
import type { Effect, Fault, FaultScene, Fired } from './fault';

/** Enough for the load to find its feet again between two faults. */
const BETWEEN_MS = [2000, 5000] as const;
/** In one of so many turns nothing happens, so that recovery is seen too. */
const QUIET_ONE_IN = 6;
/** How long who called while the broker was down has for an answer before the next fault comes. */
const ANSWERED_WITHIN_MS = 20_000;

/** Those that rule others out come last. */
const spoils = ({ rulesOut = [] }: Fault): number => rulesOut.length;

type Injected = Omit<Fired, 'ok' | 'fail' | 'unknown'>;

/** Commands whose first attempt was made while a fault lasted. */
const commandsDuring = ({ at, until }: Injected, { calls }: History): Call[] =>
  calls.filter(({ key, attempts }) => key && attempts.length > 0 && attempts[0]!.at >= at && attempts[0]!.at < until);

export class FaultSchedule {
  private readonly injected: Injected[] = [];

  constructor(
    private readonly faults: readonly Fault[],
    private readonly scene: FaultScene,
    private readonly say: (line: string) => void,
  ) {}

  /** Until `end` (performance.now()), or until each had its turn; when `signal` is given, what is under way is finished. */
  async run(end: number, signal: AbortSignal): Promise<void> {
    if (this.faults.length === 0) return;
    const { random } = this.scene;
    const first = [...this.faults].sort(() => random.next() - 0.5).sort((a, b) => spoils(a) - spoils(b));
    await quietly(2000, signal);
    for (let turn = 0; !signal.aborted && (turn < first.length || performance.now() < end); turn += 1) {
      const fault = first[turn] ?? random.of(this.faults.filter(one => !this.isRuledOut(one)));
      const isFirst = turn < first.length;
      const happened = (!isFirst && random.below(QUIET_ONE_IN) === 0) || (await this.inject(fault, signal));
      // A busy machine may have been too slow for it.
      if (isFirst && !happened && !signal.aborted) await this.inject(fault, signal);
      await quietly(random.between(...BETWEEN_MS), signal);
    }
  }

  /** With what became of the commands that began meanwhile, as far as it is known now. */
  fired(): Fired[] {
    const { history } = this.scene;
    return this.injected.map(one => {
      const counts = { ok: 0, fail: 0, unknown: 0 };
      for (const call of commandsDuring(one, history)) counts[outcomeOf(call).verdict] += 1;
      return { ...one, ...counts };
    });
  }

  private isRuledOut({ row }: Fault): boolean {
    const done = this.faults.filter(({ name }) => this.injected.some(one => one.name === name));
    return done.some(({ rulesOut }) => rulesOut?.includes(row));
  }

  private async inject(fault: Fault, signal: AbortSignal): Promise<boolean> {
    const { stack, history } = this.scene;
    const at = history.now();
    let effect: Effect;
    try {
      effect = await fault.inject(this.scene);
    } catch (error) {
      effect = { count: 0, note: `could not be done: ${(error as Error).message}` };
    }
    stack.heal();
    await stack.whenReady().catch((error: unknown) => this.say((error as Error).message));
    const fired: Injected = { row: fault.row, name: fault.name, at, until: history.now(), ...effect };
    this.injected.push(fired);
    history.note({ fault: fired });
    this.say(
      `row ${fault.row} ${fault.name}: ${effect.count} (${effect.note}), ${((fired.until - at) / 1000).toFixed(1)} s`,
    );
    // They are to show that the broker is not needed (I23); the next fault may keep them from it.
    if (fired.brokerDown) await this.untilAnswered(commandsDuring(fired, history), signal);
    return effect.count > 0;
  }

  private async untilAnswered(calls: readonly Call[], signal: AbortSignal): Promise<void> {
    const isOpen = (call: Call): boolean => outcomeOf(call).verdict === 'unknown';
    const giveUpAt = performance.now() + ANSWERED_WITHIN_MS;
    while (!signal.aborted && performance.now() < giveUpAt && calls.some(isOpen)) await quietly(200, signal);
  }
}
