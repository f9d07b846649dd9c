/** What every event log promises; run against each adapter. */
import type { LogUnderTest } from './log-under-test';
import { answersContract } from './answers-contract';
import { concurrencyContract } from './concurrency-contract';
import { readingContract } from './reading-contract';

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
