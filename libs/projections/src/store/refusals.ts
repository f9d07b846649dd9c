/** What a store answers to what it does not do, in the same words whatever keeps it: each says what to do instead. */
import { partitionText } from '@foldline/contracts';
import type { Projection } from '../projection';
import { GenerationRefusedError } from './generation-build';
import type { Generation, GenerationState } from './projection-store';

/** Most generations of one projection: the one that serves, and one to come or to go back to. */
const MOST_GENERATIONS = 2;

export const refused = {
  noGeneration: (projection: string, generation: number) =>
    new GenerationRefusedError(`${projection} has no generation ${generation}: "status" lists what there is.`),
  nothingYet: (projection: string) =>
    new GenerationRefusedError(`${projection} has no generation yet: start its service first.`),
  serves: (projection: string, generation: number) =>
    new GenerationRefusedError(`generation ${generation} of ${projection} serves: switch to another one first.`),
  behind: (projection: string, generation: number, what: readonly string[]) =>
    new GenerationRefusedError(
      `generation ${generation} of ${projection} is behind the one that serves (${what.join('; ')}): ` +
        'see that its service runs, and try again when "status" says that it is level.',
    ),
  nothingParked: (key: string) =>
    new GenerationRefusedError(`nothing of the key ${key} is parked: "parked" lists what is.`),
  hasParked: (projection: string, generation: number) =>
    new GenerationRefusedError(`generation ${generation} of ${projection} has parked events: redrive them first.`),
};

export function assertReady(projection: string, generation: number, state: GenerationState | null | undefined): void {
  if (!state) throw refused.noGeneration(projection, generation);
  if (state !== 'ready')
    throw new GenerationRefusedError(
      `generation ${generation} of ${projection} is not built yet: run "rebuild" first.`,
    );
}

/** `kept`: those that would stand beside a new one. */
export function assertRoom(projection: string, kept: readonly Generation[]): void {
  if (kept.length < MOST_GENERATIONS) return;
  throw new GenerationRefusedError(
    `${projection} has ${kept.length} generations (${kept.map(one => one.generation).join(', ')}), and each one costs: drop one that does not serve first.`,
  );
}

const partitionName = (partition: string | null): string =>
  partition === null ? 'the whole' : `partition ${partition}`;

/** A database keeps one partition, or the whole: with the events of another one, its rows would have holes that nobody fills. */
export function assertSamePartition(
  { name, partition }: Projection,
  there: readonly Pick<Generation, 'partition'>[],
): void {
  const ours = partition ? partitionText(partition) : null;
  const other = there.find(one => one.partition !== ours);
  if (!other) return;
  const setting = other.partition === null ? 'leave READ_PARTITION out' : `set READ_PARTITION=${other.partition}`;
  throw new GenerationRefusedError(
    `this database keeps ${partitionName(other.partition)} of ${name}, and ${partitionName(ours)} is asked for: ` +
      `${setting}, or give what is asked for a database of its own.`,
  );
}
