import type { StoredEvent } from '@foldline/contracts';
import { readStored } from './stored-events';

it('an event of a version to come is named, with what to do', () => {
  const event = { log: 'orders', position: 7, type: 'OrderCancelled', schemaVersion: 99, data: {} } as StoredEvent;
  expect(() => readStored(event)).toThrow(/^orders 7 cannot be read: .*99.*Deploy a build that knows it\.$/);
});
