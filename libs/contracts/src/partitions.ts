/** Which of several read models of one projection keeps what belongs to an id: one rule for whoever writes, routes and answers. */
import declared from '../services.json';

/** `number` from 1 to `of`. */
export interface Partition {
  readonly number: number;
  readonly of: number;
}

/** How many partitions there may be. With twice as many, partition k of n becomes k and k + n. */
export const PARTITION_COUNTS: readonly number[] = declared.readers.query.partitions['user-orders'];

/** By the last 32 bits of a UUID, which are random in all that are made here; what is no UUID belongs somewhere too. */
export const partitionOf = (id: string, of: number): number => ((parseInt(id.slice(-8), 16) >>> 0) % of) + 1;

/** Whether an id falls to it; without a partition all do. */
export const isIn = (partition: Partition | undefined, id: string): boolean =>
  !partition || partitionOf(id, partition.of) === partition.number;

const PARTITION = /^([1-9])\/([1-9])$/;

/** Of `1/2`; undefined where that is not a partition. */
export function parsePartition(text: string): Partition | undefined {
  const [number, of] = (PARTITION.exec(text) ?? []).slice(1).map(Number);
  return number && of && number <= of && PARTITION_COUNTS.includes(of) ? { number, of } : undefined;
}

/** As a setting has it. */
export const partitionText = ({ number, of }: Partition): string => `${number}/${of}`;

/** As whom it reads at the broker, whose permissions list these names. */
export const readerName = (projection: string, partition?: Partition): string =>
  partition ? `${projection}-${partition.number}of${partition.of}` : projection;
