/** What every event log promises; run against each adapter. */
import type { EventLog } from '../event-log.port';
import { answersContract } from './answers-contract';
import { concurrencyContract } from './concurrency-contract';
import { readingContract } from './reading-contract';

export interface LogUnderTest {
  /** Empty, of the log `products`. */
  readonly log: EventLog;
  /** The same log as another process sees it; may be the same object. */
  replica(): EventLog;
  /** Forgets the answers of commands, as a day's passing does. */
  forgetCommands(): Promise<void>;
  close(): Promise<void>;
}

export function eventLogContract(make: () => Promise<LogUnderTest>): void {
  let made: LogUnderTest;
  beforeEach(async () => {
    made = await make();
  });
  afterEach(() => made.close());
  const under = () => made;
  answersContract(under);
  readingContract(under);
  concurrencyContract(under);
}
