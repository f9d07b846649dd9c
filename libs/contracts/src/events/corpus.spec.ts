import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { allEventVersions, checkEventData, newestSchemaVersion, readCloudEventEnvelope, upcastEvent } from '../index';

/** One event of every version that was ever written, as it was stored: lines are added, none is ever changed. */
const corpus = readFileSync(resolve(__dirname, '../../corpus/events.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map(line => readCloudEventEnvelope(JSON.parse(line)));

const nameOf = (event: { log: string; type: string; schemaVersion: number }): string =>
  `${event.log}/${event.type} v${event.schemaVersion}`;

it('holds every version of every event once', () =>
  expect(corpus.map(nameOf).sort()).toEqual(allEventVersions.map(nameOf).sort()));

it.each(corpus.map(event => [nameOf(event), event] as const))('%s becomes a valid event of today', (_, event) => {
  const { log, type, data } = upcastEvent(event);
  expect(() => checkEventData(log, type, newestSchemaVersion(log, type), data)).not.toThrow();
});

it('a cancellation of version 1 gave the whole total back', () => {
  const old = corpus.find(({ type, schemaVersion }) => type === 'OrderCancelled' && schemaVersion === 1)!;
  expect(old.data).not.toHaveProperty('refund');
  expect(upcastEvent(old).data).toEqual({ ...old.data, refund: (old.data as { total: number }).total });
});
