/** Stores whose generations can be built, switched, looked into, mended and dropped: what replay works on, whatever keeps them. */
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { Checkpoint, LogReader } from '../ports';
import type { Projection, Row } from '../projection';
import type { Side } from '../replay/compare';
import type { PageSettings } from '../replay/log-pages';
import type { GenerationBuild, ReachedCheckpoint } from './generation-build';
import type { ProjectionStore, ProjectionStores, StoredParkedEvent } from './projection-store';

export interface ReplayableStores extends ProjectionStores {
  /** An existing generation. Rejects with GenerationRefusedError. */
  reopen(projection: Projection, generation: number): Promise<ProjectionStore>;
  /** Begins the next generation, or goes on with one that was begun. Rejects with BuildInProgressError or GenerationRefusedError. */
  beginBuild(projection: Projection): Promise<GenerationBuild>;
  /**
   * Makes a ready generation serve, only where it shows at least what the serving one shows, in one step for readers. Rejects
   * with GenerationRefusedError where it does not within `waitMs`. `replaced`: logs whose serving checkpoints are of a log
   * that is another one now, and hold nothing back.
   */
  switchTo(projection: string, generation: number, options: SwitchOptions): Promise<void>;
  /** Deletes a generation that does not serve. Rejects with GenerationRefusedError. */
  drop(projection: string, generation: number): Promise<void>;
  figures(projection: Projection, generation: number): Promise<GenerationFigures>;
  /** A generation as it stood at one moment, for as long as `work` takes; nobody waits for it. */
  snapshot<T>(
    projection: Projection,
    generation: number,
    logs: LogsToRead,
    work: (snapshot: GenerationSnapshot) => Promise<T>,
  ): Promise<T>;
  /**
   * Tries parked events again, in order; `key` undefined: all. What cannot be applied yet stays parked, with all that waits
   * behind it. Rejects with GenerationRefusedError where nothing of the key is parked.
   */
  redrive(projection: Projection, generation: number, key?: string): Promise<Redriven>;
  /**
   * Puts the rows of one subject as `rightRows` has them at exactly the generation's positions, which stand still meanwhile.
   * Returns how many rows were changed.
   */
  repair(
    projection: Projection,
    generation: number,
    scope: Scope,
    value: string,
    rightRows: RightRows,
  ): Promise<number>;
}

export interface SwitchOptions {
  readonly waitMs: number;
  readonly replaced?: ReadonlySet<LogName>;
  /** The one that served is dropped by itself after so long; absent: only by hand. */
  readonly keepMs?: number;
}

export interface GenerationFigures {
  readonly checkpoints: ReadonlyMap<LogName, ReachedCheckpoint>;
  readonly parked: number;
  /** As the statistics have it: near, not exact. */
  readonly rows: number;
  /** Rows and indexes on the disk. */
  readonly bytes: number;
}

/** Where events come from that a store without snapshots needs to tell what one moment held. */
export interface LogsToRead {
  readonly reader: LogReader;
  readonly settings: PageSettings;
}

export interface GenerationSnapshot extends Side {
  readonly generation: number;
  readonly positions: ReadonlyMap<LogName, Checkpoint>;
  /** Folds further events of one log, in order, over the rows of the moment, in memory; those of parked keys wait, as they do in the store. */
  advance(log: LogName, events: readonly StoredEvent[]): Promise<void>;
}

export interface Redriven {
  readonly applied: number;
  /** Still parked, with the reason of this try. */
  readonly parked: readonly Pick<StoredParkedEvent, 'log' | 'position' | 'key' | 'reason'>[];
}

/** Rows with this value in these columns, by table: all that belongs to one subject. */
export type Scope = Readonly<Record<string, string>>;
export type RightRows = (at: ReadonlyMap<LogName, Checkpoint>) => Promise<(table: string) => Iterable<Row>>;

/** Logs of which `now` shows less than was shown, in words; empty: a switch takes nothing away from readers. */
export function behind(shown: ReadonlyMap<LogName, Checkpoint>, now: ReadonlyMap<LogName, Checkpoint>): string[] {
  return [...shown].flatMap(([log, { incarnation, position }]) => {
    const at = now.get(log);
    if (at && at.incarnation !== incarnation) return [`${log} is of another log`];
    return (at?.position ?? 0) >= position ? [] : [`${log} at ${at?.position ?? 0} of ${position}`];
  });
}
