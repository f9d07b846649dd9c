/** Reads a batch before anything is loaded: lifts events to their newest version, sets poison aside, gathers the rows to load. */
import { InvalidEventError, upcastEvent, type StoredEvent } from '@foldline/contracts';
import type { ParkedPlace } from '../ports';
import type { EventFrom, Projection, Touch, Touches } from '../projection';
import { keyText } from './working-rows';

type AnyTouches = Touches<Projection['tables']>;

export interface ParkedEvent {
  /** Later events of the same log with this key, or of the stream of this name, wait behind it. */
  readonly key: string;
  readonly reason: string;
  /** As the log stores it. */
  readonly event: StoredEvent;
}

/** As runners tell of it. */
export const placeOf = ({ key, reason, event: { position, type } }: ParkedEvent): ParkedPlace => ({
  position,
  type,
  key,
  reason,
});

export type PreparedEvent =
  | { readonly kind: 'ready'; readonly event: EventFrom<never>; readonly stored: StoredEvent; readonly key: string }
  | { readonly kind: 'poison'; readonly stored: StoredEvent; readonly key: string; readonly reason: string };

/** Rows of one table to load: by key and by value of a column; each once. */
export interface RowsToLoad {
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly where: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface PreparedBatch {
  /** But for those that the projection ignores or leaves to other partitions. */
  readonly events: readonly PreparedEvent[];
  readonly toLoad: Readonly<Record<string, RowsToLoad>>;
}

class Gathered implements RowsToLoad {
  readonly keys = new Map<string, readonly string[]>();
  readonly where = new Map<string, Set<string>>();

  add(touch: Touch): void {
    if ('column' in touch) {
      const values = this.where.get(touch.column) ?? new Set();
      this.where.set(touch.column, values.add(touch.value));
    } else this.keys.set(keyText(touch), touch);
  }
}

/** Safe to store and to log: a rule's own reason, or the name of what was thrown; never the event's values. */
export const reasonOf = (error: unknown): string =>
  error instanceof InvalidEventError
    ? error.reason
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : 'unknown';

/** `refused` names events that the store cannot take, by position, with the reason. */
export function prepareBatch(
  projection: Projection,
  stored: readonly StoredEvent[],
  refused: ReadonlyMap<number, string> = new Map(),
): PreparedBatch {
  const toLoad = Object.fromEntries(Object.keys(projection.tables).map(name => [name, new Gathered()]));
  const prepare = (event: StoredEvent): PreparedEvent | undefined => {
    let key = event.stream;
    try {
      const lifted = upcastEvent(event) as EventFrom<never>;
      if (projection.keeps?.(lifted) === false) return undefined;
      key = projection.keyOf(lifted);
      const reason = refused.get(event.position);
      if (reason !== undefined) return { kind: 'poison', stored: event, key, reason };
      const touches: AnyTouches = projection.touches(lifted);
      for (const [table, ofTable] of Object.entries(touches))
        for (const touch of ofTable ?? []) toLoad[table]!.add(touch);
      return { kind: 'ready', event: lifted, stored: event, key };
    } catch (error) {
      return { kind: 'poison', stored: event, key, reason: reasonOf(error) };
    }
  };
  const isMet = ({ type }: StoredEvent): boolean => !projection.ignores?.includes(type);
  const isOurs = (event: PreparedEvent | undefined): event is PreparedEvent => event !== undefined;
  return { events: stored.filter(isMet).map(prepare).filter(isOurs), toLoad };
}
