/** The event log of a service: append, load, read. */
export * from './event-log.port';
