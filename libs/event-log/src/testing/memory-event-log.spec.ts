import { eventLogContract, MemoryEventLog } from './index';

describe('the event log in memory', () => {
  eventLogContract(async () => {
    const log = new MemoryEventLog('products');
    return {
      log,
      replica: () => log,
      forgetCommands: async () => log.forgetCommands(),
      close: () => log.close(),
    };
  });
});
