/** The one write that decides, at the mark that was read, and what follows from it. */
import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { wayOutOf } from '@foldline/projections';
import type { Db } from './connection';
import type { RowDocument } from './row-documents';
import { putInPlace, takeBack, type Before } from './put-in-place';
import { DURABLE, generationId, records, type GenerationDocument, type Pending } from './records';
import { readGeneration, settle } from './standing';

const { BSON } = mongoose.mongo;

/** Of a write that is put into place; a document holds 16 MiB. */
const MOST_BYTES = 12 * 1024 * 1024;

/** What no document can hold: it would fail for ever, so the event that brings it is parked. */
export class RefusedRowsError extends Error {
  override readonly name = 'RefusedRowsError';
}

/** A generation as of one write. */
export interface Turn {
  readonly turn: number;
  readonly mark: string;
}

export class Committer {
  readonly id: string;

  constructor(
    private readonly db: Db,
    private readonly projection: string,
    readonly generation: number,
  ) {
    this.id = generationId(projection, generation);
  }

  /**
   * Everything in `set` and `pending` at the mark it was read at, or nothing: undefined. So too where something is pending again: the
   * server was killed and forgot that it had been put into place. Rejects with RefusedRowsError before
   * anything is written.
   */
  async commit(
    at: Turn,
    set: Partial<GenerationDocument> & Readonly<Record<string, unknown>>,
    pending: Pending | null,
    next = randomUUID() as string,
  ): Promise<Turn | undefined> {
    const all = { ...set, turn: at.turn + 1, mark: next, pending };
    if (sizeOf(all) > MOST_BYTES)
      throw new RefusedRowsError(`the store refuses its rows (a document of ${MOST_BYTES} bytes)`);
    const { matchedCount } = await records(this.db).generations.updateOne(
      { _id: this.id, mark: at.mark, pending: null },
      { $set: all },
      // On disk before rows follow it: a store that forgets it after a crash would keep rows of a write it does not know.
      DURABLE,
    );
    return matchedCount === 1 ? { turn: at.turn + 1, mark: next } : undefined;
  }

  /** Puts a committed write into place. False: others wrote since, so what is known of the generation is old. */
  async finish(at: Turn, pending: Pending, before: Before): Promise<boolean> {
    const { db, projection, generation } = this;
    await putInPlace(db, generation, { ...at, pending });
    if (await settle(db, projection, generation, at.mark)) return true;
    const { turn } = await readGeneration(db, projection, generation);
    if (turn >= at.turn) return false;
    await takeBack(db, generation, { ...at, pending }, before);
    throw new Error(`${this.id}: the store came back older than it was; going on from what it holds`);
  }

  /** Rows of a newer write than the one known here: either somebody else wrote since, or the store has forgotten that write. */
  async refuseUnlessMoved({ mark }: Turn): Promise<void> {
    const now = await readGeneration(this.db, this.projection, this.generation);
    if (now.mark === mark)
      throw new Error(
        `${this.id}: rows are newer than what the store knows of its writes. ${wayOutOf(this.projection)}`,
      );
  }
}

/** Documents of a write that is not among those that the generation has seen: the store came back older while they were written. */
export const isFromLostWrite = ({ _turn, _mark }: RowDocument, at: Turn): boolean =>
  _turn > at.turn || (_turn === at.turn && _mark !== at.mark);

function sizeOf(document: object): number {
  try {
    return BSON.calculateObjectSize(document as Record<string, unknown>, { serializeFunctions: false });
  } catch (error) {
    throw new RefusedRowsError(`the store refuses its rows (${(error as Error).name})`);
  }
}
