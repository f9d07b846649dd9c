/** What every store does around a batch: one at a time, and cut down to the event that its rows cannot be stored for. */
import type { Applied, Batch } from '../ports';

/** The lanes of the logs write the same rows, so they take turns in the process instead of losing them at the database. */
export class Turns {
  private last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work);
    this.last = result.catch(() => undefined);
    return result;
  }
}

export type ApplyBatch = (batch: Batch, refused?: ReadonlyMap<number, string>) => Promise<Applied>;

/**
 * Halves a batch that the store refuses until the event is alone that must be parked; the rest comes with a next batch.
 * `reasonOf`: why the store can never take these rows, undefined for a failure of any other kind.
 */
export async function applyOrIsolate(
  batch: Batch,
  apply: ApplyBatch,
  reasonOf: (error: unknown) => string | undefined,
): Promise<Applied> {
  try {
    return await apply(batch);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    const { events } = batch;
    if (events.length === 1) return apply(batch, new Map([[events[0]!.position, reason]]));
    return applyOrIsolate({ ...batch, events: events.slice(0, Math.floor(events.length / 2)) }, apply, reasonOf);
  }
}
