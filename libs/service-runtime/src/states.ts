/** The states of a service's streams, with their snapshots written before the service ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { StateStore, type EventLog, type Evolves } from '@foldline/event-log';
import type { Kit } from '@foldline/service-kit';

/** Snapshots only save time: a database that is gone must not keep the service from ending. */
const LAST_SNAPSHOTS_MS = 1000;

export function openStates<State, Event>(
  log: EventLog,
  domain: Evolves<State, Event>,
  kit: Kit,
): StateStore<State, Event> {
  const states = new StateStore<State, Event>(log, domain, '', {
    onSnapshotError: error =>
      kit.log.warn({ err: error }, 'a snapshot could not be written: its stream takes longer to load, nothing is lost'),
  });
  // After the last command and the last reaction, while the log is still open.
  kit.shutdown.on('relay', () => Promise.race([states.flush(), pause(LAST_SNAPSHOTS_MS, undefined, { ref: false })]));
  return states;
}
