/** Builds a generation anew from the logs: folds in memory, writes in bulk, and can be interrupted at any moment. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogHead, LogName, StoredEvent } from '@foldline/contracts';
import { allOf } from '../all-of';
import type { LogReader } from '../ports';
import type { Projection } from '../projection';
import type { GenerationBuild, ReachedCheckpoint } from '../store/generation-build';
import { assertFollows, LogBrokenError, pagesOf, type Place } from './log-pages';
import { MemoryFold } from './memory-fold';

export interface LogProgress {
  readonly log: LogName;
  readonly position: number;
  readonly head: number;
}

export interface RebuildProgress {
  readonly phase: 'reading' | 'finishing';
  readonly logs: readonly LogProgress[];
  /** Folded by this run. */
  readonly events: number;
  /** Held in memory now. */
  readonly rows: number;
  /** The owner that is waited for, and why. */
  readonly waiting?: { readonly log: LogName; readonly reason: string };
}

export interface RebuildSettings {
  /** Most events in a page; of a short log fewer, so that a kill repeats little of it. */
  readonly pageSize: number;
  /** Pages asked for ahead, per log. */
  readonly workers: number;
  /** Most events a second; 0: as fast as it goes. */
  readonly throttle: number;
  /** Events between two writes: what a kill repeats at most. */
  readonly flushEvents: (total: number) => number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RebuildProgress) => void;
}

/** A kill repeats at most a write under way, what was folded since, and a page: 5 % of the work. */
const FLUSH_SHARE = 0.02;
const PAGE_SHARE = 0.01;
/** Below these a log is read in a moment anyway. */
const LEAST_FLUSH = 200;
const LEAST_PAGE = 100;

export const DEFAULT_REBUILD: Omit<RebuildSettings, 'signal' | 'onProgress'> = {
  pageSize: 800,
  workers: 4,
  throttle: 0,
  flushEvents: total => Math.max(LEAST_FLUSH, Math.floor(total * FLUSH_SHARE)),
};

export type Rebuilt = { readonly kind: 'finished'; readonly events: number } | { readonly kind: 'interrupted' };

export class Rebuild {
  private readonly fold: MemoryFold;
  private readonly reached = new Map<LogName, ReachedCheckpoint>();
  private readonly heads = new Map<LogName, LogHead>();
  private events = 0;
  private unwritten = 0;
  private writing: Promise<void> = Promise.resolve();
  private waiting: RebuildProgress['waiting'];
  private startedAt = 0;

  constructor(
    projection: Projection,
    private readonly build: GenerationBuild,
    private readonly reader: LogReader,
    private readonly settings: RebuildSettings,
  ) {
    this.fold = new MemoryFold(projection);
  }

  /**
   * Ends with the generation ready at exact positions, or interrupted with everything written that was folded. Rejects
   * with PoisonEventError or LogBrokenError, or with what the store says; then a next run goes on after the last write.
   */
  async run(): Promise<Rebuilt> {
    await this.resume();
    this.startedAt = performance.now();
    try {
      // While the logs are read they grow: again, until no more is left than whoever takes over applies in a moment. In a
      // shop that is always written to, nothing left at all would never come.
      for (let left = await this.askHeads(); left > 0 && !this.stopped;) {
        await this.readLogs();
        left = await this.askHeads();
        if (left <= this.settings.pageSize) break;
      }
    } catch (error) {
      await this.writing.catch(() => undefined);
      throw error;
    }
    await this.flush();
    await this.writing;
    if (this.stopped) return { kind: 'interrupted' };
    this.tell('finishing');
    await this.build.finish(this.settings.throttle <= 0);
    return { kind: 'finished', events: this.events };
  }

  private get total(): number {
    return [...this.heads.values()].reduce((sum, { position }) => sum + position, 0);
  }

  /** A large write takes the database from those who read: a rebuild that must let them come first writes a second's work at most. */
  private get flushEvents(): number {
    const { flushEvents, throttle } = this.settings;
    return Math.min(flushEvents(this.total), throttle > 0 ? throttle : Infinity);
  }

  private get stopped(): boolean {
    return this.settings.signal.aborted;
  }

  /** Order across logs does not matter: owners answer side by side, and this folds whatever comes first. */
  private async readLogs(): Promise<void> {
    const failed = new AbortController();
    const signal = AbortSignal.any([failed.signal, this.settings.signal]);
    const reading = this.fold.projection.logs.map(log =>
      this.readLog(log, signal).catch((error: unknown) => {
        failed.abort();
        throw error;
      }),
    );
    await allOf(reading);
  }

  private async resume(): Promise<void> {
    for (const [log, checkpoint] of await this.build.checkpoints()) this.reached.set(log, checkpoint);
    if (this.reached.size === 0) return;
    for (const name of Object.keys(this.fold.projection.tables))
      for await (const rows of this.build.rows(name)) this.fold.load({ [name]: rows });
  }

  private async askHeads(): Promise<number> {
    let left = 0;
    for (const log of this.fold.projection.logs) {
      const head = await this.askHead(log);
      if (!head) return 0;
      const at = this.reached.get(log);
      if (at && at.incarnation !== head.incarnation)
        throw new LogBrokenError(
          `the log of ${log} was replaced while generation ${this.build.generation} was built: drop it, then rebuild`,
        );
      this.heads.set(log, head);
      left += Math.max(0, head.position - (at?.position ?? 0));
    }
    return left;
  }

  private async askHead(log: LogName): Promise<LogHead | undefined> {
    while (!this.settings.signal.aborted) {
      try {
        const head = await this.reader.head(log);
        this.waiting = undefined;
        return head;
      } catch (error) {
        this.onWaiting(log, error instanceof Error ? error.message : String(error));
        await pause(500, undefined, { signal: this.settings.signal }).catch(() => undefined);
      }
    }
    return undefined;
  }

  private async readLog(log: LogName, signal: AbortSignal): Promise<void> {
    const { workers } = this.settings;
    const pageSize = Math.min(this.settings.pageSize, Math.max(LEAST_PAGE, Math.floor(this.total * PAGE_SHARE)));
    const head = this.heads.get(log)!;
    const onWaiting = (of: LogName, reason: string) => this.onWaiting(of, reason);
    const after = this.reached.get(log)?.position ?? 0;
    for await (const page of pagesOf(this.reader, log, after, head.position, {
      pageSize,
      ahead: workers,
      without: this.fold.projection.ignores,
      signal,
      onWaiting,
    }))
      await this.take(log, head, page);
  }

  private async take(log: LogName, head: LogHead, page: readonly StoredEvent[]): Promise<void> {
    const before = this.reached.get(log);
    let previous: Place | undefined = before;
    for (const event of page) {
      if (event.incarnation !== head.incarnation)
        throw new LogBrokenError(`the log of ${log} was replaced while it was read: run this again`);
      assertFollows(event, previous);
      this.fold.fold(event);
      previous = event;
    }
    const { incarnation, position, eventId, recordedAt } = page.at(-1)!;
    this.reached.set(log, { incarnation, position, eventId, recordedAt });
    const events = position - (before?.position ?? 0);
    this.events += events;
    this.unwritten += events;
    this.waiting = undefined;
    this.tell('reading');
    if (this.unwritten >= this.flushEvents) await this.flush();
    await this.slowDown();
  }

  /** Begins a write when the one before has ended; folding goes on meanwhile. */
  private async flush(): Promise<void> {
    await this.writing;
    if (this.unwritten === 0) return;
    this.unwritten = 0;
    this.writing = this.build.write(this.fold.takeChanges(), new Map(this.reached));
    // A failure is seen by whoever waits for this write next.
    this.writing.catch(() => undefined);
  }

  private async slowDown(): Promise<void> {
    const { throttle, signal } = this.settings;
    if (throttle <= 0) return;
    const early = (this.events / throttle) * 1000 - (performance.now() - this.startedAt);
    if (early > 1) await pause(early, undefined, { signal }).catch(() => undefined);
  }

  private onWaiting(log: LogName, reason: string): void {
    this.waiting = { log, reason };
    this.tell('reading');
  }

  private tell(phase: RebuildProgress['phase']): void {
    this.settings.onProgress({
      phase,
      logs: this.fold.projection.logs.map(log => ({
        log,
        position: this.reached.get(log)?.position ?? 0,
        head: this.heads.get(log)?.position ?? 0,
      })),
      events: this.events,
      rows: this.fold.rows,
      ...(this.waiting && { waiting: this.waiting }),
    });
  }
}
