/** How tests put events into a store of read models and look at what it holds. */
import type { Batch, Checkpoint } from '../ports';
import type { Row } from '../projection';
import type { ProjectionStore, ProjectionStores } from '../store/projection-store';
import type { SampleLog } from './sample-log';
import { sampleProjection } from './sample-projection';

export async function rowsOf(store: ProjectionStore): Promise<Record<string, Row[]>> {
  const all: Record<string, Row[]> = {};
  for (const table of Object.keys(store.projection.tables)) {
    all[table] = [];
    for await (const chunk of store.rows(table)) all[table].push(...chunk);
  }
  return all;
}

/** Applies everything from the store's checkpoint on, as a runner would, in batches of `size`. */
export async function applyAll(store: ProjectionStore, log: SampleLog, size = 1000): Promise<number> {
  let parked = 0;
  for (;;) {
    const from = (await store.checkpoint(log.log)) ?? { incarnation: log.incarnation, position: 0, eventId: '' };
    const events = log.events.slice(from.position, from.position + size);
    if (events.length === 0) return parked;
    const applied = await store.apply({ log: log.log, from, events });
    if (applied.kind === 'applied') parked += applied.parked.length;
  }
}

const start = (log: SampleLog): Checkpoint => ({ incarnation: log.incarnation, position: 0, eventId: '' });
export const batchOf = (log: SampleLog, from: number, to: number): Batch => ({
  log: log.log,
  from: from === 0 ? start(log) : { ...start(log), position: from, eventId: log.events[from - 1]!.eventId },
  events: log.events.slice(from, to),
});

/** Numbers of generations that no other test of the file has. */
let generation = 100;

/** Before each test `use` gets a generation that nobody has written to; the result opens one more and gives it to `use` too. */
export function withFreshGenerations(
  openStores: () => Promise<ProjectionStores>,
  use: (store: ProjectionStore, stores: ProjectionStores) => void,
): () => Promise<void> {
  let stores: ProjectionStores;
  const fresh = async () => use(await stores.open(sampleProjection, ++generation), stores);
  beforeAll(async () => {
    stores = await openStores();
    await stores.prepare();
    await stores.prepare();
  });
  beforeEach(fresh);
  return fresh;
}
