/** A database in front of which something happens once, before a call gets to the server. */
import type { Mongo } from '../index';

export function interposed(
  mongo: Mongo,
  collection: string,
  method: string,
  when: (...args: never[]) => boolean,
  before: () => unknown,
): Mongo {
  let done = false;
  const listening = (real: object): object =>
    new Proxy(real, {
      get(target, called) {
        const value: unknown = Reflect.get(target, called, target);
        if (typeof value !== 'function') return value;
        if (called !== method) return value.bind(target) as unknown;
        return async (...args: never[]): Promise<unknown> => {
          if (!done && when(...args)) {
            done = true;
            await before();
          }
          return value.apply(target, args) as unknown;
        };
      },
    });
  const db = new Proxy(mongo.db, {
    get: (target, name: keyof Mongo['db']) => {
      if (name !== 'collection') return target[name];
      return (of: string) => (of === collection ? listening(target.collection(of)) : target.collection(of));
    },
  });
  return { ...mongo, db };
}
