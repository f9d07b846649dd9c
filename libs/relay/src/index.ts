/** Log to JetStream. */
export * from './relay';
