/** Holds a generation still: its record says who holds it, and nobody else writes meanwhile. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Committer, type Turn } from './commit';
import type { Db } from './connection';
import type { Before } from './put-in-place';
import { touchPointer } from './pointer';
import { DURABLE, records, type GenerationDocument, type Pending } from './records';
import { readStanding, type Standing } from './standing';

/** Longer than any pause of an honest holder; as long as this writers wait for one that was killed. */
const LEASE_MS = 5_000;
const RENEW_MS = 1_000;
const LOOK_EVERY_MS = 5;

const later = (): Date => new Date(Date.now() + LEASE_MS);

export class HoldLostError extends Error {
  override readonly name = 'HoldLostError';
}

/** As `readStanding`, when nobody holds the generation. */
export async function readFree(db: Db, projection: string, generation: number): Promise<Standing> {
  for (;;) {
    const standing = await readStanding(db, projection, generation);
    if (!standing.hold) return standing;
    if (standing.hold.until.getTime() > Date.now()) await pause(LOOK_EVERY_MS);
    else await breakHold(db, projection, generation, standing);
  }
}

/**
 * The pointer is touched first: a holder that was away for so long finds that it can move it no more, so no generation
 * begins to serve by what was true while another one stood still.
 */
async function breakHold(db: Db, projection: string, generation: number, at: Turn): Promise<void> {
  await touchPointer(db, projection);
  await new Committer(db, projection, generation).commit(at, { hold: null }, null);
}

/** After a failure: what was committed is put into place before. */
async function letGo(db: Db, projection: string, generation: number, by: string): Promise<void> {
  const standing = await readStanding(db, projection, generation);
  if (standing.hold?.by === by) await breakHold(db, projection, generation, standing);
}

export class Held {
  private at: Turn;

  constructor(
    private readonly committer: Committer,
    readonly standing: Standing,
    at: Turn,
  ) {
    this.at = at;
  }

  /** What `readStanding` gave is of this write, and whatever is read while the hold lasts. */
  get turn(): Turn {
    return this.at;
  }

  /** Rejects with HoldLostError where somebody broke the hold: nothing was written. */
  async commit(
    set: Partial<GenerationDocument> & Readonly<Record<string, unknown>>,
    pending: Pending,
    before: Before,
  ): Promise<void> {
    const next = await this.committer.commit(this.at, set, pending);
    if (!next) throw new HoldLostError(`${this.committer.id}: this took too long; run it again`);
    this.at = next;
    await this.committer.finish(next, pending, before);
  }
}

/** `work` runs while nobody else writes to the generation. */
export async function holding<T>(
  db: Db,
  projection: string,
  generation: number,
  work: (held: Held) => Promise<T>,
): Promise<T> {
  const committer = new Committer(db, projection, generation);
  const by = randomUUID();
  let held: Held | undefined;
  while (!held) {
    const standing = await readFree(db, projection, generation);
    const at = await committer.commit(standing, { hold: { by, until: later() } }, null);
    if (at) held = new Held(committer, standing, at);
  }
  const renewal = setInterval(() => {
    records(db)
      .generations.updateOne({ _id: committer.id, 'hold.by': by }, { $set: { 'hold.until': later() } }, DURABLE)
      // A store that cannot be reached: whoever finds the hold over breaks it.
      .catch(() => undefined);
  }, RENEW_MS);
  try {
    const result = await work(held);
    await committer.commit(held.turn, { hold: null }, null);
    return result;
  } catch (error) {
    // What was sent may still be on its way, also to the pointer.
    await letGo(db, projection, generation, by).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(renewal);
  }
}
