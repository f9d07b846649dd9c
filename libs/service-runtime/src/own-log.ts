/** A service's own log, read directly: projections of it need no broker. */
import type { EventLog } from '@foldline/event-log';
import type { LogReader } from '@foldline/projections';

/** Asked for any other log it refuses: that would be another service's database. */
export const ownLogReader = (log: EventLog): LogReader => {
  const assertOwn = (name: string): void => {
    if (name !== log.log) throw new Error(`the log of ${name} is not this service's own`);
  };
  return {
    async head(name, at) {
      assertOwn(name);
      return log.head(at);
    },
    async read(name, after, limit) {
      assertOwn(name);
      return log.read(after, limit);
    },
  };
};
