/** Moves the pointer that readers follow; fenced, so that no reader is ever shown less than before. */
import { setTimeout as pause } from 'node:timers/promises';
import { assertReady, behind, refused, type SwitchOptions } from '@foldline/projections';
import type { Db } from './connection';
import { holding } from './hold';
import { movePointer, readPointer } from './pointer';
import { generationId, records } from './records';
import { checkpointsOf } from './standing';

const LOOK_EVERY_MS = 5;

export async function switchGeneration(
  db: Db,
  projection: string,
  generation: number,
  { waitMs, replaced = new Set(), keepMs }: SwitchOptions,
): Promise<void> {
  const find = (of: number) => records(db).generations.findOne({ _id: generationId(projection, of) });
  for (;;) {
    const pointer = await readPointer(db, projection);
    const { serving } = pointer;
    if (serving === 0) throw refused.nothingYet(projection);
    const found = await find(generation);
    assertReady(projection, generation, pointer.dropping.includes(generation) ? undefined : found?.state);
    if (serving === generation) return;
    const moved = await holding(db, projection, serving, async ({ standing }) => {
      const shown = new Map([...standing.checkpoints].filter(([log]) => !replaced.has(log)));
      for (const end = performance.now() + waitMs; ; await pause(LOOK_EVERY_MS)) {
        const what = behind(shown, checkpointsOf((await find(generation))?.checkpoints ?? {}));
        if (what.length === 0) break;
        if (performance.now() >= end) throw refused.behind(projection, generation, what);
      }
      const previousUntil = keepMs === undefined ? null : new Date(Date.now() + keepMs);
      return movePointer(db, pointer, { serving: generation, previous: serving, previousUntil });
    });
    if (moved) return;
  }
}
