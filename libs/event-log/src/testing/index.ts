/** For tests of what is built on the log. */
export { MemoryEventLog } from './memory-event-log';
export { eventLogContract, type LogUnderTest } from './event-log-contract';
export { everything, expectDense } from './concurrency-contract';
export { appendTo, newId, received, stepTo } from './sample-appends';
export { makeLogDatabase, type LogDatabase } from './log-database';
