/** Reads logs from their owners as fast as they answer: several pages of known positions at once, handed over in order. */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogName, StoredEvent } from '@foldline/contracts';
import type { LogReader } from '../ports';

/** What an owner gave does not continue what was read before: the log was replaced, or is not what its owner says. */
export class LogBrokenError extends Error {
  override readonly name = 'LogBrokenError';
}

/** The event does not follow the one read before it. */
export const forked = ({ log, position }: StoredEvent): LogBrokenError =>
  new LogBrokenError(
    `the log of ${log} is another one from position ${position} on: it was set back. Run "replay log-restored", then rebuild`,
  );

export const holeAfter = (log: LogName, position: number): LogBrokenError =>
  new LogBrokenError(`the log of ${log} has a hole after position ${position}`);

export type Place = Pick<StoredEvent, 'position' | 'eventId'>;

/** Throws where an event does not follow the one that was read before it; between them others may have been left out. */
export function assertFollows(event: StoredEvent, before: Place | undefined): void {
  const { position = 0, eventId = '' } = before ?? {};
  if (event.position === position + 1 && event.previousId !== eventId) throw forked(event);
}

export interface PageSettings {
  /** Events asked for at once. */
  readonly pageSize: number;
  /** Pages of one log asked for ahead. */
  readonly ahead: number;
  /** Types of events that owners may leave out from inside their pages. */
  readonly without?: readonly string[];
  readonly signal: AbortSignal;
  /** The owner did not answer; it is asked again until it does, or the signal comes. */
  readonly onWaiting: (log: LogName, reason: string) => void;
}

const RETRY_MS = 500;

/** Pages of one log after a position up to another, in order and without holes. Ends early only when `signal` is aborted. */
export async function* pagesOf(
  reader: LogReader,
  log: LogName,
  after: number,
  upTo: number,
  settings: PageSettings,
): AsyncGenerator<readonly StoredEvent[]> {
  const { pageSize, ahead, signal } = settings;
  const asked: Promise<readonly StoredEvent[][]>[] = [];
  let next = after;
  for (;;) {
    while (asked.length < ahead && next < upTo) {
      const to = Math.min(next + pageSize, upTo);
      const range = readRange(reader, log, next, to, settings);
      // Looked at later, in its turn.
      range.catch(() => undefined);
      asked.push(range);
      next = to;
    }
    const range = asked.shift();
    if (!range) return;
    for (const page of await range) {
      if (signal.aborted) return;
      yield page;
    }
    if (signal.aborted) return;
  }
}

/** Owners bound a page by its bytes too, so one range may take several. */
async function readRange(reader: LogReader, log: LogName, after: number, upTo: number, settings: PageSettings) {
  const pages: StoredEvent[][] = [];
  for (let at = after; at < upTo && !settings.signal.aborted;) {
    const page = await readPage(reader, log, at, upTo, settings);
    if (page.length === 0 && settings.signal.aborted) break;
    for (const [i, { position }] of page.entries()) {
      const isNext = position === at + 1;
      if (!isNext && !(i > 0 && position > at && settings.without?.length)) throw holeAfter(log, at);
      at = position;
    }
    if (page.length === 0)
      throw new LogBrokenError(`the log of ${log} ends at ${at}, before the head that its owner told`);
    pages.push([...page]);
  }
  return pages;
}

async function readPage(reader: LogReader, log: LogName, at: number, upTo: number, settings: PageSettings) {
  while (!settings.signal.aborted) {
    try {
      return await reader.read(log, at, upTo - at, settings.without);
    } catch (error) {
      if (error instanceof LogBrokenError) throw error;
      settings.onWaiting(log, error instanceof Error ? error.message : String(error));
      await pause(RETRY_MS, undefined, { signal: settings.signal }).catch(() => undefined);
    }
  }
  return [];
}
