/** For tests of what is built on the log. */
export { MemoryEventLog } from './memory-event-log';
export { eventLogContract } from './event-log-contract';
export type { LogUnderTest } from './log-under-test';
export { everything, expectDense } from './concurrency-contract';
export { appendTo, newId, received, stepTo } from './sample-appends';
export { makeLogDatabase, type LogDatabase } from './log-database';
