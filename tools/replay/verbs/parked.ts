/** `parked` and `redrive`: events that could not be applied, what waits behind them, and another try. */
import type { Redriven, StoredParkedEvent } from '@foldline/projections';
import { AnsweredNo, UsageError } from '../../exit-codes';
import { number, table, type Output } from '../output';
import type { Session } from '../session';
import { nameOf, type Target } from '../targets';
import { serving } from './generations';

interface Found extends Omit<StoredParkedEvent, 'event'> {
  readonly projection: string;
  readonly generation: number;
  readonly type: string;
  readonly stream: string;
}
interface Done extends Redriven {
  readonly projection: string;
  readonly generation: number;
  readonly serving: boolean;
}

export async function parked(session: Session, targets: readonly Target[], out: Output): Promise<void> {
  const found: Found[] = [];
  for (const target of targets) {
    const { stores } = await session.open(target);
    for (const { generation, state } of await stores.generations(nameOf(target))) {
      if (state !== 'ready') continue;
      const store = await stores.reopen(target.model.projection, generation);
      // The event itself may hold personal data: it is looked at in the log, by its position.
      for (const { event, ...one } of await store.parked())
        found.push({ projection: nameOf(target), generation, ...one, type: event.type, stream: event.stream });
    }
  }
  out.answer(found, () =>
    found.length === 0
      ? 'Nothing is parked.'
      : table([
          ['projection', 'generation', 'log', 'position', 'type', 'key', 'reason', 'since'],
          ...found.map(one => [
            one.projection,
            String(one.generation),
            one.log,
            number(one.position),
            one.type,
            one.key,
            one.reason,
            one.parkedAt,
          ]),
        ]),
  );
}

export async function redrive(
  session: Session,
  targets: readonly Target[],
  { key, all = false }: { readonly key?: string; readonly all?: boolean },
  out: Output,
): Promise<void> {
  if ((key === undefined) === !all) throw new UsageError('Name the key to redrive, or say --all.');
  const done: Done[] = [];
  for (const target of targets) {
    const { stores } = await session.open(target);
    const current = await serving(stores, target);
    for (const { generation, state } of await stores.generations(nameOf(target))) {
      if (state !== 'ready') continue;
      const { projection } = target.model;
      const store = await stores.reopen(projection, generation);
      const here = (await store.parked()).filter(one => key === undefined || one.key === key);
      if (here.length === 0) continue;
      const outcome = await stores.redrive(projection, generation, key);
      done.push({ projection: nameOf(target), generation, serving: generation === current, ...outcome });
    }
  }
  if (done.length === 0 && key !== undefined)
    throw new UsageError(`Nothing of the key ${key} is parked: "parked" lists what is.`);
  out.answer(done, () =>
    done.length === 0
      ? 'Nothing is parked.'
      : done
          .flatMap(one => [
            `${one.projection} generation ${one.generation}: ${number(one.applied)} applied, ${number(one.parked.length)} still parked`,
            ...one.parked.map(({ log, position, reason }) => `  ${log} ${number(position)}: ${reason}`),
          ])
          .join('\n'),
  );
  if (done.some(one => one.parked.length > 0)) throw new AnsweredNo('some events still cannot be applied');
}
