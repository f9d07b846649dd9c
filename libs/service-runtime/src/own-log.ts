/** A service's own log: read directly by its own projections, which need no broker, and by others through it. */
import { LogUnavailableError, type EventLog } from '@foldline/event-log';
import type { LogReader } from '@foldline/projections';
import type { Kit } from '@foldline/service-kit';
import { OwnedLogAwayError, type OwnedLog } from '@foldline/transport/owner';

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

/** What others may ask of the log. That the database is away now is one line for each, not a fault: they ask again. */
export function logForOthers(log: EventLog, { log: lines }: Pick<Kit, 'log'>): OwnedLog {
  const told = (error: unknown): never => {
    if (!(error instanceof LogUnavailableError)) throw error;
    const { cause } = error;
    lines.warn(
      { reason: cause instanceof Error ? cause.message : error.message },
      'the log could not be read for another service',
    );
    throw new OwnedLogAwayError(error.message);
  };
  return {
    head: at => log.head(at).catch(told),
    readJoined: (...page) => log.readJoined(...page).catch(told),
  };
}
