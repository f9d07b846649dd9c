/** A database whose client dies in the middle of its work: after so many documents were written, or before. */
import type { Mongo } from '../index';

export class CrashError extends Error {
  override readonly name = 'CrashError';
}

type Operations = readonly object[];
/** Each is one step, however many documents it is about. */
const STEPS = ['updateOne', 'updateMany', 'insertOne', 'replaceOne', 'deleteOne', 'deleteMany', 'drop'] as const;
type Step = (typeof STEPS)[number];
type Writes = Record<Step | 'bulkWrite' | 'insertMany', (...args: object[]) => Promise<unknown>>;

const isStep = (method: keyof Writes): method is Step => (STEPS as readonly string[]).includes(method);

/**
 * The same database, but of all documents that are written through it only the first `documents` get there; what comes
 * after fails, also within one call. `written()` counts them.
 */
export function crashingAfter(mongo: Mongo, documents: number): { mongo: Mongo; written(): number } {
  let written = 0;
  const left = (): number => documents - written;
  const one = async (run: () => Promise<unknown>): Promise<unknown> => {
    if (left() <= 0) throw new CrashError();
    written += 1;
    return run();
  };
  const many = async (operations: Operations, run: (operations: Operations) => Promise<unknown>): Promise<unknown> => {
    const through = operations.slice(0, Math.max(0, left()));
    written += through.length;
    const result = through.length > 0 ? await run(through) : undefined;
    if (through.length < operations.length) throw new CrashError();
    return result;
  };
  const collection = (name: string): Writes => {
    const real = mongo.db.collection(name) as unknown as Writes;
    return new Proxy(real, {
      get(target, method: keyof Writes) {
        const value: unknown = target[method];
        if (isStep(method)) return (...args: object[]) => one(() => target[method](...args));
        if (method === 'bulkWrite' || method === 'insertMany')
          return (operations: Operations, ...rest: object[]) =>
            many(operations, through => target[method](through, ...rest));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  };
  const db = new Proxy(mongo.db, {
    get: (target, name: keyof Mongo['db']) => (name === 'collection' ? collection : target[name]),
  });
  return { mongo: { ...mongo, db }, written: () => written };
}
