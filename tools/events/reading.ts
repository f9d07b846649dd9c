/** Reads logs from their owners: the last matching events, those from a position on, and what comes next. */
import { LOGS, type LogHead, type LogName, type StoredEvent } from '@foldline/contracts';
import type { LogReader } from '@foldline/projections';

const PAGE = 1000;

type Match = (event: StoredEvent) => boolean;

/** In the order of their times; of one log in the order of its positions. */
export const merged = (events: readonly StoredEvent[]): StoredEvent[] =>
  [...events].sort(
    (a, b) =>
      (a.recordedAt < b.recordedAt ? -1 : a.recordedAt > b.recordedAt ? 1 : 0) ||
      LOGS.indexOf(a.log) - LOGS.indexOf(b.log) ||
      a.position - b.position,
  );

/** Up to `limit` events after a position that match, and not beyond `end`. */
export async function readForward(
  reader: LogReader,
  log: LogName,
  { after, end, limit, match }: { after: number; end: number; limit: number; match: Match },
): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (let at = after; at < end && found.length < limit;) {
    const page = await reader.read(log, at, Math.min(PAGE, end - at));
    if (page.length === 0) break;
    found.push(...page.filter(match));
    at = page.at(-1)!.position;
  }
  return found.slice(0, limit);
}

/** The last `limit` events up to `end` that match: looks backwards, so that a long log costs no more than a short one. */
export async function readBackward(
  reader: LogReader,
  log: LogName,
  { end, limit, match, least = 0 }: { end: number; limit: number; match: Match; least?: number },
): Promise<StoredEvent[]> {
  let found: StoredEvent[] = [];
  for (let upTo = end; upTo > least && found.length < limit;) {
    const after = Math.max(least, upTo - PAGE);
    found = [...(await readForward(reader, log, { after, end: upTo, limit: Infinity, match })), ...found];
    upTo = after;
  }
  return limit === Infinity ? found : found.slice(-limit);
}

export interface Following {
  readonly heads: ReadonlyMap<LogName, LogHead>;
  readonly match: Match;
  show(event: StoredEvent): void;
  /** Told once when an owner stops answering, and when it answers again. */
  say(text: string): void;
  pause(): Promise<void>;
  readonly signal: AbortSignal;
}

/** Shows what is appended from now on, until the signal. Rejects when a log was replaced by another. */
export async function follow(reader: LogReader, { heads, match, show, say, pause, signal }: Following): Promise<void> {
  const at = new Map([...heads].map(([log, { position }]) => [log, position]));
  const silent = new Set<LogName>();
  while (!signal.aborted) {
    for (const [log, { incarnation }] of heads) {
      try {
        const page = await reader.read(log, at.get(log)!, PAGE);
        if (silent.delete(log)) say(`${log} answers again`);
        for (const event of page) {
          if (event.incarnation !== incarnation)
            throw new ReplacedLogError(`The log ${log} was replaced by another. Start again to follow that one.`);
          if (match(event)) show(event);
          at.set(log, event.position);
        }
      } catch (error) {
        if (error instanceof ReplacedLogError) throw error;
        if (!silent.has(log)) say(`${log} does not answer; waiting for it`);
        silent.add(log);
      }
    }
    await pause();
  }
}

class ReplacedLogError extends Error {}
