/** What the contract needs of a log to try it. */
import type { EventLog } from '../event-log.port';

export interface LogUnderTest {
  /** Empty, of the log `products`. */
  readonly log: EventLog;
  /** The same log as another process sees it; may be the same object. */
  replica(): EventLog;
  /** Forgets the answers of commands, as a day's passing does. */
  forgetCommands(): Promise<void>;
  close(): Promise<void>;
}
