/** The errors of the log that have an answer of their own. */
export { InvalidEventError } from '@foldline/contracts';
export { EventTooLargeError, LogUnavailableError, UnreadableEventError } from '@foldline/event-log';
