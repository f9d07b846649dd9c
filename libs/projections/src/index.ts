/** Projections: pure folds of events into rows, and what keeps them right whatever the transport does. */
export * from './projection';
export { partitioned } from './partitioned';
export * from './ports';
export { Runner, type RunnerPorts } from './runner/runner';
export { DEFAULT_SETTINGS, type AppliedBatch, type RunnerSettings } from './runner/settings';
export type { LaneCounters, LaneState, LaneStatus, RunnerStatus } from './runner/status';
export type { Reached } from './runner/waiters';
export { keyOfRow, keyText } from './fold/working-rows';
export { placeOf, prepareBatch, type ParkedEvent, type PreparedBatch, type RowsToLoad } from './fold/prepare-batch';
export { foldBatch, type Changes, type Folded, type LoadedRows } from './fold/fold-batch';
export type { RowChange } from './fold/working-rows';
export * from './store/projection-store';
export { fingerprint } from './store/fingerprint';
export { ParkedKeys } from './store/parked-keys';
export { applyOrIsolate, Turns, type ApplyBatch } from './store/batch-turns';
export { BUILD_SESSION, PgProjectionStores, PROJECTION_SESSION_OPTIONS } from './postgres/pg-projection-stores';
export { PgProjectionStore, type Beside, type PgStoreOptions } from './postgres/pg-projection-store';
export { generationTable } from './postgres/generation-tables';
export type { Part } from './postgres/statement';
export { ServingGeneration, servingSql } from './postgres/serving';
export type { PgReadModel } from './postgres/pg-read-model';
export * from './store/generation-build';
export * from './store/replayable-stores';
export { assertReady, assertRoom, assertSamePartition, refused } from './store/refusals';
export { holeAfter, LogBrokenError, pagesOf, type PageSettings } from './replay/log-pages';
export { MemoryFold, PoisonEventError, TableInMemory } from './replay/memory-fold';
export {
  DEFAULT_REBUILD,
  Rebuild,
  type LogProgress,
  type RebuildProgress,
  type RebuildSettings,
  type Rebuilt,
} from './replay/rebuild';
export { compareSides, rowDifferences, type Comparison, type Difference, type Side } from './replay/compare';
export { FreshFold, type At } from './replay/follow-logs';
