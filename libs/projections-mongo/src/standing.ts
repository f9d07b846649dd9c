/** What a generation's store remembers between batches, valid as long as the mark is the same; reading it settles what was left half done. */
import type { LogName } from '@foldline/contracts';
import { ParkedKeys, SinkHaltedError, type Checkpoint } from '@foldline/projections';
import type { Db } from './connection';
import { putInPlace } from './put-in-place';
import { generationId, records, type GenerationDocument, type Hold } from './records';

export interface Standing {
  turn: number;
  mark: string;
  readonly checkpoints: Map<LogName, Checkpoint>;
  readonly parkedKeys: ParkedKeys;
  readonly hold: Hold | null;
  readonly repairs: number;
}

export async function readGeneration(db: Db, projection: string, generation: number): Promise<GenerationDocument> {
  const found = await records(db).generations.findOne({ _id: generationId(projection, generation) });
  if (!found || found.dropped)
    throw new SinkHaltedError(`generation ${generation} of ${projection} does not exist any more`);
  return found;
}

/** True when the write with this mark is still the last one: then nothing of it is pending any more. */
export async function settle(db: Db, projection: string, generation: number, mark: string): Promise<boolean> {
  const _id = generationId(projection, generation);
  const { matchedCount } = await records(db).generations.updateOne({ _id, mark }, { $set: { pending: null } });
  return matchedCount === 1;
}

export async function readStanding(db: Db, projection: string, generation: number): Promise<Standing> {
  for (;;) {
    const found = await readGeneration(db, projection, generation);
    const { turn, mark, checkpoints, pending, hold = null, repairs = 0 } = found;
    if (pending) {
      await putInPlace(db, generation, { turn, mark, pending });
      if (!(await settle(db, projection, generation, mark))) continue;
    }
    const parked = await records(db)
      .parked.find({ of: found._id }, { projection: { log: 1, key: 1 } })
      .toArray();
    return {
      ...{ turn, mark, hold, repairs },
      checkpoints: checkpointsOf(checkpoints),
      parkedKeys: new ParkedKeys(parked),
    };
  }
}

export const checkpointsOf = (checkpoints: GenerationDocument['checkpoints']): Map<LogName, Checkpoint> =>
  new Map(
    Object.entries(checkpoints).map(([log, { incarnation, position, eventId }]) => [
      log as LogName,
      { incarnation, position, eventId },
    ]),
  );
