/** Defects of what reads the logs and keeps read models. */
import { disordered } from '../faults/broker';
import { poison } from '../faults/poison';
import { killedProjectionAt } from '../faults/processes';
import { restoredAnd } from '../scenarios/restored';
import type { Mutant } from './mutant';

const RUNNER = 'libs/projections/src/runner';
const STORE = 'libs/projections/src/postgres/pg-projection-store.ts';
const killedInWriting = killedProjectionAt('after-rows', 'after-commit');
const setBack = restoredAnd(200);
const NOTHING = '{ changes: {}, parked: [] }';

/** Whatever an event says is before it. */
const LINK_BELIEVED = {
  file: `${RUNNER}/judgements.ts`,
  find: 'if (event.previousId !== previous) return i;',
  put: 'if (previous === undefined) return i;',
};

export const projectionMutants: readonly Mutant[] = [
  {
    name: 'hole-not-filled',
    defect: 'a hole is noticed, and the owner is not asked for what is missing',
    edits: [{ file: `${RUNNER}/owner-dialogue.ts`, find: '    await this.fill(head);\n', put: '' }],
    builds: ['user-orders-query'],
    fault: disordered,
    caughtBy: ['I10'],
  },
  {
    name: 'head-not-asked',
    defect: 'the head of the log is not compared on a timer, so a lost tail stays lost',
    edits: [
      {
        file: `${RUNNER}/owner-dialogue.ts`,
        find: 'lane.askOwner.wait(settings.headEveryMs)',
        put: 'lane.askOwner.wait()',
      },
    ],
    builds: ['user-orders-query'],
    fault: disordered,
    caughtBy: ['I10'],
  },
  {
    name: 'gaps-applied-over',
    defect: 'events are applied as they come, whatever is missing before them',
    edits: [
      {
        file: `${RUNNER}/reorder-buffer.ts`,
        find: '    while (this.held.has(this.whole + 1)) this.whole++;',
        put: '    for (const at of this.held.keys()) this.whole = Math.max(this.whole, at);',
      },
      {
        file: `${RUNNER}/reorder-buffer.ts`,
        find: 'events.push(this.held.get(position)!.event);',
        put: 'if (this.held.has(position)) events.push(this.held.get(position)!.event);',
      },
      LINK_BELIEVED,
    ],
    builds: ['user-orders-query'],
    fault: disordered,
    caughtBy: ['I8', 'I9'],
    seconds: 20,
  },
  {
    name: 'checkpoint-before-rows',
    defect: 'the checkpoint is committed first, the rows after it',
    edits: [
      {
        file: STORE,
        find: '        if (await writeBatch(this.pool, write)) {',
        put: `        if (!(await writeBatch(this.pool, { ...write, folded: ${NOTHING}, beside: [] }))) continue;
        const nextMark = randomUUID();
        if (await writeBatch(this.pool, { ...write, mark: write.nextMark, nextMark })) {
          (write as { nextMark: string }).nextMark = nextMark;`,
      },
    ],
    builds: ['user-orders-query'],
    fault: killedInWriting,
    caughtBy: ['I8', 'I9', 'I21'],
    seconds: 20,
  },
  {
    name: 'rows-before-checkpoint',
    defect: 'the rows are committed first, the checkpoint after them: a crash in between applies twice',
    edits: [
      {
        file: STORE,
        find: '        if (await writeBatch(this.pool, write)) {',
        put: `        const kept = from.position > 0 ? from : checkpoint;
        if (await writeBatch(this.pool, { ...write, checkpoint: kept })) {
          const rest = { folded: ${NOTHING}, beside: [], mark: write.nextMark, nextMark: randomUUID() };
          await writeBatch(this.pool, { ...write, ...rest });
          (write as { nextMark: string }).nextMark = rest.nextMark;`,
      },
    ],
    builds: ['user-orders-query'],
    fault: killedInWriting,
    caughtBy: ['I8', 'I9', 'I21'],
    seconds: 20,
  },
  {
    name: 'parked-key-flows-on',
    defect: 'what comes after a parked event of its key is applied',
    edits: [
      {
        file: 'libs/projections/src/fold/fold-batch.ts',
        find: 'if (waitsBehind(waiting, key, stored))',
        put: 'if (false as boolean)',
      },
    ],
    builds: ['user-orders-query'],
    fault: poison,
    caughtBy: ['I8'],
    seconds: 20,
  },
  {
    name: 'fork-not-noticed',
    defect: 'the event at the checkpoint is not compared with the one the log holds there now',
    edits: [
      { file: `${RUNNER}/judgements.ts`, find: 'if (head.eventIdAt !== at.eventId)', put: 'if (false as boolean)' },
    ],
    builds: ['user-orders-query', 'products'],
    scenario: setBack,
    caughtBy: ['F20'],
  },
  {
    name: 'link-not-checked',
    defect: 'an event is applied at the next position, whatever event it says is before it',
    edits: [LINK_BELIEVED],
    builds: ['user-orders-query', 'products'],
    scenario: setBack,
    caughtBy: ['F20'],
  },
  {
    name: 'foreign-refill',
    defect: 'what an owner gives is taken without a look whether it is of the log that was applied',
    edits: [
      { file: `${RUNNER}/judgements.ts`, find: 'if (head.eventIdAt !== at.eventId)', put: 'if (false as boolean)' },
      LINK_BELIEVED,
    ],
    builds: ['user-orders-query', 'products'],
    scenario: setBack,
    caughtBy: ['F20'],
  },
];
