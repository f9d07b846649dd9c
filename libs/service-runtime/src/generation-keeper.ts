/** Keeps every generation of a projection current, the one that serves and one to come or to go back to, as they come and go. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Positions } from '@foldline/contracts';
import type {
  Generation,
  LogFeed,
  LogReader,
  Projection,
  ProjectionStore,
  Reached,
  ReplayableStores,
  Runner,
  RunnerSettings,
} from '@foldline/projections';
import type { Kit } from '@foldline/service-kit';
import { generationMetrics } from './metrics';
import type { Readers } from './readers';

export interface KeeperPorts {
  readonly projection: Projection;
  readonly stores: Pick<ReplayableStores, 'generations' | 'drop'>;
  openServing(): Promise<ProjectionStore>;
  /** An existing generation; rejects when it is gone. */
  reopen(generation: number): Promise<ProjectionStore>;
  readonly reader: LogReader;
  readonly feed?: LogFeed;
  readonly settingsOf: (generation: number) => Partial<RunnerSettings>;
  /** Work beside the rows of a generation, begun with it and ended before it. */
  readonly beside?: (generation: number, runner: Runner) => { stop(): Promise<void> };
}

interface Kept {
  readonly store: ProjectionStore;
  readonly runner: Runner;
  readonly beside?: { stop(): Promise<void> };
}

export interface GenerationAnswer<T> {
  readonly generation: number;
  readonly result: T;
}

const LOOK_EVERY_MS = 500;
/** The pointer moved while a reader asked: it is looked at again, and cannot move more often than people type. */
const MOST_MOVES = 20;

export class GenerationKeeper {
  private readonly kept = new Map<number, Kept>();
  private readonly stopping = new AbortController();
  private serving = 0;
  private looking: Promise<void> | undefined;
  private watching: Promise<void> = Promise.resolve();

  private constructor(
    private readonly kit: Kit,
    private readonly readers: Readers,
    private readonly ports: KeeperPorts,
  ) {}

  /** Resolves when the serving generation is kept, the first one made where there was none. */
  static async start(kit: Kit, readers: Readers, ports: KeeperPorts): Promise<GenerationKeeper> {
    const keeper = new GenerationKeeper(kit, readers, ports);
    const store = await ports.openServing();
    keeper.serving = store.generation;
    keeper.keep(store);
    await keeper.look();
    keeper.watching = keeper.watch();
    kit.shutdown.on('runners', () => keeper.stop());
    const { name } = ports.projection;
    generationMetrics(kit, () =>
      [...keeper.kept].map(([generation, { store: of }]) => ({
        projection: name,
        generation,
        serving: generation === keeper.serving,
        stale: of.stale,
      })),
    );
    kit.readiness.watches(`${name} is of this build`, () => {
      const current = keeper.kept.get(keeper.serving)?.store;
      return current?.stale ? `stale: made by other code or tables. ${current.wayOut}` : undefined;
    });
    return keeper;
  }

  /** Waits until a generation, or the one that serves, shows at least these positions. */
  async reached(
    wanted: Positions,
    { timeoutMs, generation = this.serving }: { timeoutMs: number; generation?: number },
  ): Promise<Reached> {
    const kept = this.kept.get(generation);
    if (kept) return kept.runner.reached(wanted, { timeoutMs });
    // It serves since a moment: found at the next look.
    await Promise.race([this.look(), pause(Math.max(0, timeoutMs), undefined, { ref: false })]);
    const found = this.kept.get(generation);
    if (found) return found.runner.reached(wanted, { timeoutMs });
    await pause(Math.min(50, Math.max(0, timeoutMs)));
    return 'timeout';
  }

  /** What the serving generation shows. */
  positions(): Positions {
    return this.kept.get(this.serving)?.runner.positions() ?? {};
  }

  /** How many events the serving generation is behind, over all logs. */
  lagEvents(): number {
    return (
      this.kept
        .get(this.serving)
        ?.runner.status()
        .logs.reduce((sum, { lagEvents }) => sum + lagEvents, 0) ?? 0
    );
  }

  /** Something was appended: all ask the owner now. */
  poke(): void {
    for (const { runner } of this.kept.values()) runner.poke();
  }

  /**
   * `read` is done when the generation it reads from shows `wanted`; the positions are of before it, so rows show at least them.
   * Undefined when the time is up.
   */
  async read<T>(
    wanted: Positions,
    timeoutMs: number,
    read: () => Promise<GenerationAnswer<T>>,
  ): Promise<{ readonly result: T; readonly positions: Positions } | undefined> {
    const end = performance.now() + timeoutMs;
    for (let moves = 0; moves < MOST_MOVES; moves += 1) {
      const generation = this.serving;
      if ((await this.reached(wanted, { timeoutMs: end - performance.now(), generation })) !== 'reached')
        return undefined;
      const positions = this.positions();
      const answer = await read();
      if (answer.generation === generation && this.serving === generation) return { result: answer.result, positions };
      await this.look();
    }
    return undefined;
  }

  private async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await Promise.all([...this.kept.values()].flatMap(({ beside }) => (beside ? [beside.stop()] : [])));
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await pause(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.look();
    }
  }

  /** One at a time; a store that cannot be reached is looked at again later. */
  private look(): Promise<void> {
    this.looking ??= this.followGenerations()
      .catch((error: unknown) => this.kit.log.debug({ err: error }, 'generations cannot be looked at'))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async followGenerations(): Promise<void> {
    const { projection, stores, reopen } = this.ports;
    const there = await stores.generations(projection.name);
    for (const { generation, state } of there)
      if (state === 'ready' && !this.kept.has(generation) && !this.stopping.signal.aborted)
        this.keep(await reopen(generation));
    const serving = there.find(one => one.serving)?.generation;
    if (serving !== undefined && serving !== this.serving && this.kept.has(serving)) {
      this.kit.log.info({ projection: projection.name, from: this.serving, to: serving }, 'another generation serves');
      this.serving = serving;
    }
    for (const generation of this.kept.keys())
      if (!there.some(one => one.generation === generation)) await this.letGo(generation);
    for (const one of there) if (isOver(one)) await stores.drop(projection.name, one.generation).catch(() => undefined);
  }

  private keep(store: ProjectionStore): void {
    const { reader, feed, settingsOf, beside } = this.ports;
    const { generation } = store;
    const runner = this.readers.start({
      sink: store,
      reader,
      ...(feed && { feed }),
      settings: settingsOf(generation),
      spare: () => generation !== this.serving,
    });
    const work = beside?.(generation, runner);
    this.kept.set(generation, { store, runner, ...(work && { beside: work }) });
    if (store.stale)
      this.kit.log.warn({ reader: store.name }, `made by other code or tables than this build's. ${store.wayOut}`);
  }

  private async letGo(generation: number): Promise<void> {
    const { runner, beside } = this.kept.get(generation)!;
    this.kept.delete(generation);
    await beside?.stop();
    await this.readers.stop(runner);
  }
}

const isOver = ({ serving, keepUntil }: Generation): boolean =>
  !serving && keepUntil !== null && Date.parse(keepUntil) < Date.now();
