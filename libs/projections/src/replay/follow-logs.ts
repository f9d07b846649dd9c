/** Folds logs into memory up to wanted positions, and further when more is wanted. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { Checkpoint, LogReader } from '../ports';
import { assertFollows, LogBrokenError, pagesOf, type PageSettings, type Place } from './log-pages';
import { MemoryFold } from './memory-fold';
import type { Projection } from '../projection';
import type { Side } from './compare';

export type At = ReadonlyMap<LogName, Pick<Checkpoint, 'incarnation' | 'position'>>;

export class FreshFold implements Side {
  private readonly fold: MemoryFold;
  private readonly at = new Map<LogName, { incarnation: string; position: number }>();
  private readonly last = new Map<LogName, Place>();

  constructor(
    projection: Projection,
    private readonly reader: LogReader,
    private readonly settings: PageSettings & { readonly onPage?: (log: LogName, position: number) => void },
  ) {
    this.fold = new MemoryFold(projection);
  }

  get positions(): At {
    return this.at;
  }

  get memory(): MemoryFold['tables'] {
    return this.fold.tables;
  }

  /** To the ends of the logs as their owners tell them now. */
  async followToHeads(): Promise<void> {
    const heads = new Map<LogName, { incarnation: string; position: number }>();
    for (const log of this.fold.projection.logs) heads.set(log, await this.reader.head(log));
    await this.followTo(heads);
  }

  /** Rejects with PoisonEventError, or with LogBrokenError where a log is not the one that was read before. */
  async followTo(wanted: At): Promise<void> {
    for (const log of this.fold.projection.logs) {
      const want = wanted.get(log);
      if (want) await this.followLog(log, want.incarnation, want.position, this.fold.projection.ignores);
    }
  }

  /** Every log up to its last event recorded at or before a time (RFC 3339). */
  async followUntil(time: string): Promise<void> {
    for (const log of this.fold.projection.logs) {
      const { incarnation, position } = await this.reader.head(log);
      // The last event before that time may be one that the projection ignores.
      await this.followLog(log, incarnation, position, [], ({ recordedAt }) => recordedAt <= time);
    }
  }

  async *rows(table: string): AsyncIterable<readonly Record<string, unknown>[]> {
    yield [...this.fold.tables[table]!.sorted()];
  }

  private async followLog(
    log: LogName,
    incarnation: string,
    upTo: number,
    without: readonly string[] | undefined,
    isWanted: (event: StoredEvent) => boolean = () => true,
  ): Promise<void> {
    const after = this.at.get(log);
    if (after && after.position > 0 && after.incarnation !== incarnation)
      throw new LogBrokenError(`the log of ${log} is another one than was read before: run this again`);
    let position = after?.position ?? 0;
    for await (const page of pagesOf(this.reader, log, position, upTo, { ...this.settings, without })) {
      for (const event of page) {
        if (event.incarnation !== incarnation)
          throw new LogBrokenError(`the log of ${log} is another one than its checkpoint was made in: rebuild from it`);
        if (!isWanted(event)) return;
        assertFollows(event, this.last.get(log));
        this.fold.fold(event);
        position = event.position;
        this.at.set(log, { incarnation, position });
        this.last.set(log, event);
      }
      this.settings.onPage?.(log, position);
    }
  }
}
