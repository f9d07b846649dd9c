/** The event log of a service: append, load, read. */
export * from './event-log.port';
export { eventIdOf } from './event-ids';
export { UnreadableEventError } from './stored-events';
export { eventLogMigrations } from './sql/migrations';
export { PostgresEventLog, type PostgresEventLogSettings } from './postgres/postgres-event-log';
export type { CommittedBatch } from './postgres/group-commit';
export { StateStore, type Evolves, type StateAt, type StateStoreSettings } from './state/state-store';
export { CommandExecutor, type Execute, type Executed, type Outcome } from './state/command-executor';
export {
  eventIdAt,
  LogInUseError,
  moveSteps,
  renewIncarnation,
  type MovedStep,
  type Restored,
} from './postgres/restored';
