/** What stays true when many write at once. */
import { setTimeout as pause } from 'node:timers/promises';
import type { StoredEvent } from '@foldline/contracts';
import type { EventLog } from '../event-log.port';
import type { LogUnderTest } from './log-under-test';
import { appendTo } from './sample-appends';

/** All events, by pages. */
export async function everything(log: EventLog): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (;;) {
    const page = await log.read(events.length, 1_000);
    if (page.length === 0) return events;
    events.push(...page);
  }
}

/** Positions are 1..N, versions of each stream 1..n in that order, event ids unique, times never decrease. */
export function expectDense(events: readonly StoredEvent[]): void {
  expect(events.map(event => event.position)).toEqual(events.map((_, i) => i + 1));
  const versions = new Map<string, number>();
  for (const { stream, version } of events) {
    if (version !== (versions.get(stream) ?? 0) + 1) throw new Error(`${stream} goes on with version ${version}`);
    versions.set(stream, version);
  }
  expect(new Set(events.map(event => event.eventId)).size).toBe(events.length);
  const times = events.map(event => event.recordedAt);
  expect(times).toEqual([...times].sort());
}

/** A writer on its own stream that must never fail, and now and then tries one of a few contested streams. */
async function write(
  log: EventLog,
  writer: number,
  appends: number,
  tally: { own: number; won: number; lost: number },
) {
  for (let i = 0; i < appends; i++) {
    if (Math.random() < 0.3) await pause(Math.random() * 5);
    const own = await log.append(appendTo(`product-own-${writer}`, i));
    if (own.kind !== 'appended') throw new Error(`a neighbour's conflict failed writer ${writer}: ${own.kind}`);
    tally.own++;
    if (Math.random() < 0.5) continue;
    const stream = `product-contested-${Math.floor(Math.random() * 3)}`;
    const { events } = await log.load(stream, 0);
    const contested = await log.append(appendTo(stream, events.length));
    if (contested.kind === 'appended') tally.won++;
    else tally.lost++;
  }
}

export function concurrencyContract(under: () => LogUnderTest): void {
  it('64 writers with delays and conflicts leave no hole, no fork and no failed neighbour', async () => {
    const { log } = under();
    const logs = [log, under().replica()];
    const tally = { own: 0, won: 0, lost: 0 };
    await Promise.all(Array.from({ length: 64 }, (_, writer) => write(logs[writer % 2]!, writer, 12, tally)));
    const events = await everything(log);
    expectDense(events);
    expect(events).toHaveLength(tally.own + tally.won);
    expect(tally.lost).toBeGreaterThan(0);
  });

  it('a reader that follows positions while twelve write never misses an event (positions are in commit order)', async () => {
    const { log } = under();
    const other = under().replica();
    let writing = true;
    const seen: number[] = [];
    const reader = (async () => {
      for (let last = 0; ;) {
        const stop = !writing;
        const page = await log.read(last, 100);
        seen.push(...page.map(event => event.position));
        last = page.at(-1)?.position ?? last;
        if (stop && page.length === 0) return;
      }
    })();
    const tally = { own: 0, won: 0, lost: 0 };
    await Promise.all(Array.from({ length: 12 }, (_, writer) => write(writer % 2 ? log : other, writer, 25, tally)));
    writing = false;
    await reader;
    const { position } = await log.head();
    expect(position).toBe(tally.own + tally.won);
    expect(seen).toEqual(Array.from({ length: position }, (_, i) => i + 1));
  });
}
