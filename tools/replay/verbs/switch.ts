/** `switch`, `rollback` and `drop`: which generation serves, and which there are. */
import type { LogName } from '@foldline/contracts';
import { confirm } from '../confirm';
import { UsageError } from '../../exit-codes';
import type { Output } from '../output';
import type { Opened, Session } from '../session';
import { nameOf, type Target } from '../targets';
import { choose, serving } from './generations';

export interface SwitchVerbOptions {
  /** How long the one that served is kept; absent: until it is dropped. */
  readonly keepMs?: number;
}

/** What serves stands still at most so long for the first try, and for any: less than writers wait for it. */
const [FIRST_FENCE_MS, LONGEST_FENCE_MS] = [1_000, 4_000];
/** Tries, with a pause between them in which everybody goes on. */
const TRIES = 20;

/** A store that takes a second for a batch is never level within one: each try stands still for longer than the one before. */
export const fenceMs = (tried: number): number => Math.min(LONGEST_FENCE_MS, FIRST_FENCE_MS * tried);

/** Moves readers to a generation as soon as it shows all that they may have seen. */
export async function switchTarget(
  session: Session,
  { target, stores }: Opened,
  generation: number,
  { keepMs }: SwitchVerbOptions,
  out: Output,
): Promise<number> {
  const name = nameOf(target);
  const from = await serving(stores, target);
  if (from === generation) return from;
  const replaced = await replacedLogs(session, { target, stores }, from);
  for (let tried = 1; ; tried += 1) {
    try {
      await stores.switchTo(name, generation, {
        waitMs: fenceMs(tried),
        replaced,
        ...(keepMs !== undefined && { keepMs }),
      });
      return from;
    } catch (error) {
      if (tried === TRIES || !/ is behind /.test((error as Error).message)) throw error;
      if (tried === 1) out.say(`${name}: waiting for generation ${generation} to be level`);
      await session.pause(500);
    }
  }
}

/** Logs that are others now than the serving generation's: what it shows of them holds nobody back. */
async function replacedLogs(
  session: Session,
  { target, stores }: Omit<Opened, 'store'>,
  generation: number,
): Promise<Set<LogName>> {
  const { checkpoints } = await stores.figures(target.model.projection, generation);
  const heads = await session.heads(target.model.projection.logs);
  return new Set(
    [...checkpoints].flatMap(([log, { incarnation }]) => {
      const head = heads.get(log);
      return head && head.incarnation !== incarnation ? [log] : [];
    }),
  );
}

interface Moved {
  readonly projection: string;
  readonly from: number;
  readonly serving: number;
}

export async function switchVerb(
  session: Session,
  targets: readonly Target[],
  { to, ...options }: SwitchVerbOptions & { readonly to?: number },
  out: Output,
): Promise<void> {
  const done: Moved[] = [];
  for (const target of targets) {
    const opened = await session.open(target);
    const there = await opened.stores.generations(nameOf(target));
    if (targets.length > 1 && !there.some(one => one.state === 'ready' && !one.serving)) continue;
    const generation = choose(target, there, to, one => one.state === 'ready' && !one.serving, 'switch to');
    const from = await switchTarget(session, opened, generation, options, out);
    done.push({ projection: nameOf(target), from, serving: generation });
  }
  if (done.length === 0) throw new UsageError('No projection has a generation to switch to: run "rebuild" first.');
  out.answer(done, () =>
    done
      .map(({ projection, from, serving: to }) => `${projection}: generation ${to} serves now, before it ${from}.`)
      .join('\n'),
  );
}

export async function rollback(session: Session, targets: readonly Target[], out: Output): Promise<void> {
  const done: Moved[] = [];
  for (const target of targets) {
    const opened = await session.open(target);
    const there = await opened.stores.generations(nameOf(target));
    const previous = there.find(one => one.previous && !one.serving);
    if (!previous && targets.length > 1) continue;
    if (!previous)
      throw new UsageError(
        `${nameOf(target)} has nothing to go back to: it was not switched, or the one before was dropped.`,
      );
    const from = await switchTarget(session, opened, previous.generation, {}, out);
    done.push({ projection: nameOf(target), from, serving: previous.generation });
  }
  if (done.length === 0) throw new UsageError('No projection has anything to go back to.');
  out.answer(done, () =>
    done
      .map(
        ({ projection, from, serving: to }) =>
          `${projection}: back to generation ${to}; ${from} is kept current until it is dropped.`,
      )
      .join('\n'),
  );
}

export async function drop(
  session: Session,
  target: Target,
  { generation, yes = false }: { readonly generation?: number; readonly yes?: boolean },
  out: Output,
): Promise<void> {
  const { stores } = await session.open(target);
  const name = nameOf(target);
  const chosen = choose(target, await stores.generations(name), generation, one => !one.serving, 'drop');
  await confirm(`This deletes generation ${chosen} of ${name} for good.`, yes);
  await stores.drop(name, chosen);
  out.answer({ projection: name, dropped: chosen }, () => `${name}: generation ${chosen} is gone.`);
}
