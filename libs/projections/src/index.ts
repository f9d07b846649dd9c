/** Projections: pure folds of events into rows, and what keeps them right whatever the transport does. */
export * from './projection';
export * from './ports';
export { Runner, type RunnerPorts } from './runner/runner';
export { DEFAULT_SETTINGS, type RunnerSettings } from './runner/settings';
export type { LaneCounters, LaneState, LaneStatus, RunnerStatus } from './runner/status';
export type { Reached } from './runner/waiters';
