/** Defects of rebuilds and switches. */
import { replayedWith } from '../faults/replay';
import type { Mutant } from './mutant';

/** Without a kill half-way: that is another matter. */
const movedAbout = replayedWith({ kill: false });
const SWITCHING = 'libs/projections/src/postgres/switching.ts';

export const replayMutants: readonly Mutant[] = [
  {
    name: 'switch-not-fenced',
    defect: 'another generation serves at once, however far it is behind',
    edits: [{ file: SWITCHING, find: 'if (what.length === 0) break;', put: 'if (what.length >= 0) break;' }],
    builds: ['replay'],
    fault: movedAbout,
    caughtBy: ['I18'],
  },
  {
    name: 'rollback-to-stale',
    defect: 'the way back is taken without looking how far the generation before is',
    edits: [
      {
        file: SWITCHING,
        find: 'if (what.length === 0) break;',
        put: 'if (what.length === 0 || generation < serving) break;',
      },
    ],
    builds: ['replay'],
    fault: movedAbout,
    caughtBy: ['I18'],
  },
  {
    name: 'only-serving-kept',
    defect: 'a generation that does not serve is not kept current',
    edits: [
      {
        file: 'libs/service-runtime/src/generation-keeper.ts',
        find: `for (const { generation, state } of there)
      if (state === 'ready'`,
        put: `for (const { generation, state, serving: serves } of there)
      if (serves && state === 'ready'`,
      },
    ],
    builds: ['user-orders-query'],
    fault: movedAbout,
    caughtBy: ['I18'],
  },
  {
    name: 'hand-over-skips',
    defect: 'a rebuild leaves out the event at which the service goes on',
    edits: [
      {
        file: 'libs/projections/src/replay/rebuild.ts',
        find: '      this.fold.fold(event);',
        put: '      if (event.position !== head.position) this.fold.fold(event);',
      },
    ],
    builds: ['replay'],
    fault: movedAbout,
    caughtBy: ['I18'],
  },
];
