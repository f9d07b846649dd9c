/** One of several read models that a projection is split into: it reads whole logs, and folds what falls to it. */
import { isIn, type LogName, type Partition } from '@foldline/contracts';
import type { EventFrom, Projection, Table } from './projection';

/**
 * `idOf`: whose rows an event changes; undefined where it concerns every partition. An event may touch rows of that id and
 * rows that every partition has, and no others.
 */
export const partitioned = <L extends LogName, Tables extends Record<string, Table>, Ignored extends string>(
  projection: Projection<L, Tables, Ignored>,
  partition: Partition,
  idOf: (event: EventFrom<L, Ignored>) => string | undefined,
): Projection<L, Tables, Ignored> => ({
  ...projection,
  partition,
  keeps: event => {
    const id = idOf(event);
    return id === undefined || isIn(partition, id);
  },
});
