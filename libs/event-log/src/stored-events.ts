/** Stored events as this build reads them. */
import { InvalidEventError, upcastEvent, type StoredEvent } from '@foldline/contracts';

/** The log holds an event that this build cannot read: of a later version, or of a type it does not know. No request is to blame. */
export class UnreadableEventError extends InvalidEventError {
  constructor({ log, position }: Pick<StoredEvent, 'log' | 'position'>, reason: string) {
    super(`${log} ${position} cannot be read: ${reason}. Deploy a build that knows it.`);
    this.name = 'UnreadableEventError';
  }
}

/** Lifted to the newest version. Throws UnreadableEventError. */
export function readStored(event: StoredEvent): StoredEvent {
  try {
    return upcastEvent(event);
  } catch (error) {
    throw error instanceof InvalidEventError ? new UnreadableEventError(event, error.reason) : error;
  }
}
