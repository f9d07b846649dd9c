/** Defects of the log and of what publishes it. */
import { appendsLost } from '../faults/links';
import { soldWhileChanged } from '../faults/races';
import type { Mutant } from './mutant';

const SQL = 'libs/event-log/src/sql';

export const logMutants: readonly Mutant[] = [
  {
    name: 'version-not-checked',
    defect: 'an append is taken at whatever version the stream is',
    edits: [
      {
        file: `${SQL}/017-append-by-place.sql`,
        find: 'where w.expected <> coalesce(',
        put: 'where false and w.expected <> coalesce(',
      },
      {
        file: `${SQL}/017-append-by-place.sql`,
        find: 'e.stream, e.version, e.type,',
        put: `e.stream, (select coalesce(max(x.version), 0) from log.events x where x.stream = e.stream)::int
           + (row_number() over (partition by e.stream order by e.version))::int, e.type,`,
      },
    ],
    builds: [],
    fault: soldWhileChanged,
    caughtBy: ['I3', 'I11'],
    seconds: 20,
  },
  {
    name: 'key-not-stored',
    defect: 'the answer of a key is not stored with the append',
    edits: [
      {
        file: `${SQL}/017-append-by-place.sql`,
        find: '     where c.n <> all (refused_ns);\n  end if;\n\n  written',
        put: '     where false;\n  end if;\n\n  written',
      },
    ],
    builds: [],
    caughtBy: ['I17', 'I17r'],
    mix: { repeat: 20 },
  },
  {
    name: 'claims-not-checked',
    defect: 'a claim that another stream holds is no obstacle',
    edits: [{ file: `${SQL}/010-contested.sql`, find: ' where not c.release\n', put: ' where false\n' }],
    builds: [],
    caughtBy: ['I16'],
    seconds: 20,
    mix: { rival: 20 },
  },
  {
    name: 'silence-is-success',
    defect: 'an append that was never answered counts as written',
    edits: [
      {
        file: 'libs/event-log/src/postgres/append-lane.ts',
        find: 'if (this.closing || Date.now() + wait > giveUpAt) throw unavailable(error, unknown);',
        put: `if (this.closing) throw unavailable(error, unknown);
        if (Date.now() + wait > giveUpAt) {
          const written = { kind: 'appended', incarnation: crypto.randomUUID(), position: 1, recordedAt: new Date().toISOString() };
          return { results: appends.map(() => written as AppendResult), head: 0 };
        }`,
      },
    ],
    builds: ['orders', 'products'],
    fault: appendsLost,
    // What was acknowledged is not there, or its repeat is answered with another.
    caughtBy: ['I1', 'I17'],
    seconds: 30,
  },
  {
    name: 'relay-skips',
    defect: 'the relay leaves out the first event of every page of several',
    edits: [
      {
        file: 'libs/relay/src/relay.ts',
        find: 'this.ports.publisher.publish(events)',
        put: 'this.ports.publisher.publish(events.length > 1 ? events.slice(1) : events)',
      },
    ],
    builds: ['products', 'orders'],
    caughtBy: ['WIRE'],
    seconds: 20,
  },
];
