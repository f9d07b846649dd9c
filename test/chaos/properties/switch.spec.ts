import fc from 'fast-check';
import type { LogName, Positions } from '@foldline/contracts';
import { GenerationRefusedError, PgProjectionStores, ServingGeneration } from '@foldline/projections';
import { FreshReads } from '../../../apps/user-orders-query/src/query/fresh-reads';
import type { Moment } from '../../../apps/user-orders-query/src/query/read-store.port';
import { ConnectionLost, GENERATIONS, LOGS, SwitchWorld, type Death } from './switch-world';

const PROJECTION = 'sample';
const CLIENTS = 2;
/** Milliseconds of the world's own clock that whoever sleeps lets pass. */
let clock = 0;
let nap: () => Promise<unknown> = () => Promise.resolve();
jest.mock('node:timers/promises', () => ({
  ...jest.requireActual<object>('node:timers/promises'),
  setTimeout: (ms: number) => {
    clock += ms;
    return nap();
  },
}));
beforeEach(() => void jest.spyOn(performance, 'now').mockImplementation(() => clock));
afterEach(() => jest.restoreAllMocks());

type Actor =
  | { readonly kind: 'runner'; readonly generation: number; readonly log: LogName; readonly times: number }
  | { readonly kind: 'writer'; readonly client: number; readonly log: LogName; readonly times: number }
  | { readonly kind: 'reader'; readonly client: number; readonly waitMs: number; readonly times: number }
  /** `back`: to the one before, as a rollback does, whichever that is by then. */
  | { readonly kind: 'switch'; readonly to: number | 'back'; readonly waitMs: number; readonly death: Death };

const times = fc.integer({ min: 1, max: 6 });
const waitMs = fc.constantFrom(0, 40);
const log = fc.constantFrom(...LOGS);
const client = fc.nat({ max: CLIENTS - 1 });
const generation = fc.constantFrom(...GENERATIONS);
const actor: fc.Arbitrary<Actor> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('runner' as const), generation, log, times }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('writer' as const), client, log, times }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reader' as const), client, waitMs, times }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('switch' as const),
      to: fc.constantFrom<number | 'back'>(...GENERATIONS, 'back'),
      waitMs,
      death: fc.oneof(
        { weight: 3, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.nat({ max: 5 }) },
        { weight: 1, arbitrary: fc.constant('commit-answer-lost' as const) },
      ),
    }),
  },
);

const seen = { shown: 0, behind: 0, switches: 0, refused: 0, died: 0 };

/** A caller who sends along all that it has written and was shown. */
class Client {
  token: Positions = {};
  readonly violations: string[] = [];

  constructor(
    private readonly world: SwitchWorld,
    private readonly turn: (what: string) => Promise<unknown>,
  ) {}

  know(positions: Positions): void {
    const newer = Object.entries(positions).filter(
      ([name, at]) => at.position > (this.token[name as LogName]?.position ?? 0),
    );
    this.token = { ...this.token, ...Object.fromEntries(newer) };
  }

  async read(wait: number): Promise<'shown' | 'behind'> {
    const { world, turn } = this;
    const pointer = new ServingGeneration(world.session, PROJECTION);
    const reached = async () => {
      clock += 5;
      await turn('progress');
      return 'timeout' as const;
    };
    const reads = new FreshReads({ reached }, { head: world.head }, LOGS);
    const moment = (): Promise<Moment & { readonly serving: number }> =>
      pointer.read(async of => {
        await turn(`rows of ${of}`);
        const result = { generation: of, positions: world.positionsOf(of), user: 'open', caller: null } as const;
        return { serving: world.serving, result: { ...result, serving: world.serving } };
      });
    const wanted = this.token;
    const answer = await reads.read(wanted, wait, moment, () => undefined);
    if (answer.kind === 'behind') return 'behind';
    if (answer.kind !== 'shown') throw new Error(`nobody should be told ${answer.kind}`);
    const { positions, generation: from, serving } = answer.shown;
    if (from !== serving) this.violations.push(`was shown generation ${from} while ${serving} served`);
    for (const [name, at] of Object.entries(wanted))
      if ((positions[name as LogName]?.position ?? 0) < at.position)
        this.violations.push(`asked for ${name} ${at.position}, shown ${positions[name as LogName]?.position ?? 0}`);
    this.know(positions);
    return 'shown';
  }
}

class Story {
  readonly world: SwitchWorld;
  readonly clients: readonly Client[];

  constructor(turn: (what: string) => Promise<unknown>) {
    this.world = new SwitchWorld(turn);
    this.clients = Array.from({ length: CLIENTS }, () => new Client(this.world, turn));
    this.turn = turn;
  }
  private readonly turn: (what: string) => Promise<unknown>;

  async play(actor: Actor): Promise<void> {
    switch (actor.kind) {
      case 'runner':
        for (let i = 0; i < actor.times; i++) await this.world.apply(actor.generation, actor.log);
        return;
      case 'writer':
        for (let i = 0; i < actor.times; i++) {
          await this.turn('append');
          this.clients[actor.client]!.know(this.world.append(actor.log));
        }
        return;
      case 'reader':
        for (let i = 0; i < actor.times; i++) seen[await this.clients[actor.client]!.read(actor.waitMs)] += 1;
        return;
      case 'switch':
        return this.move(actor);
    }
  }

  /** After the last fault: runners reach the heads, everybody is shown what it asks for, and every generation may serve. */
  async heal(): Promise<void> {
    for (const of of GENERATIONS) for (const name of LOGS) while (await this.world.apply(of, name));
    for (const to of [2, 1, 2]) {
      await this.move({ kind: 'switch', to, waitMs: 0, death: undefined }, true);
      expect(this.world.serving).toBe(to);
      for (const one of this.clients) expect(await one.read(0)).toBe('shown');
    }
  }

  private async move({ to, waitMs: wait, death }: Actor & { kind: 'switch' }, mustWork = false): Promise<void> {
    const target = to === 'back' ? this.world.previous : to;
    if (target === null) return;
    try {
      await new PgProjectionStores(this.world.pool(death)).switchTo(PROJECTION, target, { waitMs: wait });
    } catch (error) {
      if (mustWork) throw error;
      if (error instanceof ConnectionLost) seen.died += 1;
      else if (error instanceof GenerationRefusedError) seen.refused += 1;
      else throw error;
    }
  }
}

/** `INTERLEAVINGS=5000` looks further. */
const RUNS = Number(process.env['INTERLEAVINGS'] ?? 250);

it('no switch and no way back shows anybody less than before, however it meets runners, readers and lost sessions', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(actor, { minLength: 4, maxLength: 14, size: 'max' }),
      async (scheduler, actors) => {
        clock = 0;
        const turn = (what: string): Promise<unknown> => scheduler.schedule(Promise.resolve(), what);
        nap = () => turn('sleep');
        const story = new Story(turn);
        await scheduler.waitFor(Promise.all(actors.map(one => story.play(one))));
        await scheduler.waitFor(story.heal());
        expect(story.world.violations).toEqual([]);
        for (const one of story.clients) expect(one.violations).toEqual([]);
        seen.switches += story.world.switches;
      },
    ),
    { numRuns: RUNS },
  );
  // The run counts only if everything happened that a switch may meet.
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(RUNS / 20);
}, 1_000_000);
