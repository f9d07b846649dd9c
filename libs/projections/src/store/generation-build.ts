/** What a rebuild needs of a store: a generation that nobody serves or keeps yet, written in bulk by one process at a time. */
import type { LogName } from '@foldline/contracts';
import type { Changes } from '../fold/fold-batch';
import type { Checkpoint } from '../ports';
import type { Row } from '../projection';

export interface ReachedCheckpoint extends Checkpoint {
  /** Of the event at the checkpoint. */
  readonly recordedAt: string;
}

export interface GenerationBuild {
  readonly generation: number;
  /** True when an earlier run had begun it. */
  readonly resumed: boolean;
  checkpoints(): Promise<ReadonlyMap<LogName, ReachedCheckpoint>>;
  /** All rows written so far, in chunks. */
  rows(table: string): AsyncIterable<readonly Row[]>;
  /** Rows and checkpoints together or not at all; `before` tells which rows are there already. */
  write(changes: Changes, checkpoints: ReadonlyMap<LogName, ReachedCheckpoint>): Promise<void>;
  /**
   * Builds indexes and lets whoever keeps read models current take it from its checkpoints on. Done again where it was cut off. `sideBySide`: as
   * much at once as the store allows; else one after the other, which leaves more to those who read.
   */
  finish(sideBySide: boolean): Promise<void>;
  /** Lets go of the right to build; what was written stays for the next run. */
  close(): Promise<void>;
}

/** Somebody else builds this projection now. */
export class BuildInProgressError extends Error {
  override readonly name = 'BuildInProgressError';
}

/** The store refuses what was asked, and says what to do instead. */
export class GenerationRefusedError extends Error {
  override readonly name = 'GenerationRefusedError';
}
