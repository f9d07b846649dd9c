/** How a log's event types and their versions are declared; everything else about events is derived from it. */
import 'reflect-metadata';
import type { LogName } from '../logs';

type DataClass = new () => object;
/** A version after the first says how the data of the one before it becomes its own. */
type LaterVersion = { readonly data: DataClass; readonly upcast: (before: never) => object };
type Versions = readonly [DataClass, ...LaterVersion[]];

type Newest<V extends Versions> = V extends readonly [...unknown[], { data: new () => infer D }]
  ? D
  : V extends readonly [new () => infer D]
    ? D
    : never;

export interface EventVersion {
  readonly log: LogName;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: DataClass;
  /** Turns the data of the version before into this version's; absent on version 1. */
  readonly upcast?: (before: object) => object;
}

export type EventOf<Types extends Record<string, Versions>> = {
  [T in keyof Types & string]: { readonly type: T; readonly data: Newest<Types[T]> };
}[keyof Types & string];

/** Declares the event types of a log: `{ OrderPlaced: [OrderPlacedV1] }`; the position in the list is the schema version. */
export function defineEvents<const Types extends Record<string, Versions>>(log: LogName, types: Types) {
  const versions: EventVersion[] = Object.entries(types).flatMap(([type, [first, ...later]]) => [
    { log, type, schemaVersion: 1, data: first },
    ...later.map((version, i) => ({
      log,
      type,
      schemaVersion: i + 2,
      data: version.data,
      upcast: version.upcast as (before: object) => object,
    })),
  ]);
  return { log, types, versions };
}
