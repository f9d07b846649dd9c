/** One statement on the serving generation; a store that is gone is told apart from a statement that is wrong. */
import { isUnavailable } from '@foldline/postgres';
import type { ServingGeneration } from '@foldline/projections';
import { StoreUnavailableError } from '../../query/read-store.port';

type Read<T> = (generation: number) => Promise<{ readonly serving: number; readonly result: T }>;

export async function askStore<T>(serving: ServingGeneration, read: Read<T>): Promise<T> {
  try {
    return await serving.read(read);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    throw new StoreUnavailableError('the read model cannot be reached', { cause: error });
  }
}
