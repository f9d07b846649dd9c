/** Defects of the read model's store on MongoDB. */
import { lateWrites } from '../faults/late-writes';
import { killedProjectionAt } from '../faults/processes';
import type { Mutant } from './mutant';

const LIB = 'libs/projections-mongo/src';
const PROGRAM = { readStore: 'mongo', builds: ['user-orders-query'] } as const;

export const mongoMutants: readonly Mutant[] = [
  {
    ...PROGRAM,
    name: 'mark-not-compared',
    defect: 'a batch is committed whatever was committed since it was read',
    edits: [
      {
        file: `${LIB}/commit.ts`,
        find: '{ _id: this.id, mark: at.mark, pending: null },',
        put: '{ _id: this.id, mark: at.mark && { $exists: true } } as never,',
      },
    ],
    // What is late meets what was written since.
    fault: lateWrites,
    seconds: 12,
    caughtBy: ['I8', 'I9', 'SQL'],
  },
  {
    ...PROGRAM,
    name: 'checkpoint-before-documents',
    defect: 'the checkpoint is committed alone, and the documents after it: a crash in between loses them',
    edits: [
      {
        file: `${LIB}/mongo-projection-store.ts`,
        find: 'this.committer.commit(standing, set, pending, next);',
        put: 'this.committer.commit(standing, set, null, next);',
      },
    ],
    fault: killedProjectionAt('after-commit'),
    caughtBy: ['I8', 'I9', 'SQL'],
  },
];
