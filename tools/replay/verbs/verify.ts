/** `verify`: the serving generation against a fresh fold of the logs, or against another generation, at equal positions. */
import type { LogHead, LogName } from '@foldline/contracts';
import {
  compareSides,
  FreshFold,
  pagesOf,
  type Comparison,
  type Difference,
  type GenerationSnapshot,
  type PageSettings,
  type ReplayableStores,
} from '@foldline/projections';
import { storeNamed, type StoreName } from '../../deployment';
import { AnsweredNo, Interrupted } from '../../exit-codes';
import { giveWay } from '../give-way';
import { number, table, type Output } from '../output';
import type { Opened, Session } from '../session';
import { nameOf, type Target } from '../targets';
import { existing, serving } from './generations';

export interface VerifyOptions {
  readonly generation?: number;
  /** Another generation; absent: a fresh fold. */
  readonly against?: number;
  readonly againstStore?: string;
}

export async function verify(session: Session, targets: readonly Target[], options: VerifyOptions, out: Output) {
  giveWay();
  const reports: Report[] = [];
  for (const target of targets) reports.push(await verifyOne(session, await session.open(target), options, out));
  out.answer(reports, () => reports.map(text).join('\n\n'));
  if (reports.some(({ equal }) => !equal)) throw new AnsweredNo('the read models differ');
}

type Report = Awaited<ReturnType<typeof verifyOne>>;

async function verifyOne(session: Session, { target, store, stores }: Opened, options: VerifyOptions, out: Output) {
  const { projection } = target.model;
  const generation = await namedOrServing(stores, target, options.generation);
  const other = await otherSide(session, target, stores, options);
  const heads = await session.heads(projection.logs);
  const settings = settingsOf(session, target, out, heads);
  const fresh = new FreshFold(projection, session.reader, settings);
  // The long part first, so that the snapshot is a short one.
  if (!other) await fresh.followTo((await stores.figures(projection, generation)).checkpoints);
  if (session.signal.aborted) throw new Interrupted('Stopped; nothing was compared.');
  const logs = { reader: session.reader, settings };
  const { comparison, positions } = await stores.snapshot(projection, generation, logs, async left => {
    if (!other) {
      await fresh.followTo(left.positions);
      return { comparison: await compareSides(projection, left, fresh), positions: left.positions };
    }
    return other.stores.snapshot(projection, other.generation, logs, async right => {
      const level = join(left, right);
      for (const side of [left, right]) await carry(session, side, level, settings);
      return { comparison: await compareSides(projection, left, right), positions: left.positions };
    });
  });
  out.settle();
  return {
    projection: nameOf(target),
    left: `generation ${generation}${other?.store ? ` in ${store}` : ''}`,
    right: other
      ? `generation ${other.generation}${other.store ? ` in ${other.store}` : ''}`
      : 'a fresh fold of the logs',
    positions: Object.fromEntries([...positions].map(([log, { position }]) => [log, position])),
    ...comparison,
  };
}

interface OtherSide {
  readonly stores: ReplayableStores;
  readonly generation: number;
  /** Where it is another one than this side's. */
  readonly store?: StoreName;
}

/** Undefined: a fresh fold. */
async function otherSide(
  session: Session,
  target: Target,
  stores: ReplayableStores,
  { against, againstStore }: VerifyOptions,
): Promise<OtherSide | undefined> {
  if (againstStore === undefined)
    return against === undefined ? undefined : { stores, generation: await namedOrServing(stores, target, against) };
  const other = await session.open(target, storeNamed(againstStore));
  return { ...other, generation: await namedOrServing(other.stores, target, against) };
}

const namedOrServing = async (stores: ReplayableStores, target: Target, named: number | undefined): Promise<number> =>
  named === undefined ? serving(stores, target) : existing(target, await stores.generations(nameOf(target)), named);

/** Over the events that this side lacks. */
async function carry(
  session: Session,
  side: GenerationSnapshot,
  level: ReadonlyMap<LogName, number>,
  settings: PageSettings,
): Promise<void> {
  const from = new Map([...side.positions].map(([log, { position }]) => [log, position]));
  for (const [log, upTo] of level)
    for await (const page of pagesOf(session.reader, log, from.get(log) ?? 0, upTo, settings))
      await side.advance(log, page);
}

function settingsOf(session: Session, target: Target, out: Output, heads: ReadonlyMap<LogName, LogHead | undefined>) {
  const { projection } = target.model;
  const at = new Map<LogName, number>();
  return {
    pageSize: 2000,
    ahead: 2,
    signal: session.signal,
    onWaiting: (log: LogName, reason: string) => out.say(`waiting for ${log}: ${reason}`),
    onPage: (log: LogName, position: number) => {
      at.set(log, position);
      const logs = projection.logs.map(one => ({
        log: one,
        position: at.get(one) ?? 0,
        head: heads.get(one)?.position ?? 0,
      }));
      const events = [...at.values()].reduce((sum, one) => sum + one, 0);
      out.progress(`${projection.name}: folding`, { phase: 'reading', logs, events, rows: 0 });
    },
  };
}

function join(...sides: readonly GenerationSnapshot[]): ReadonlyMap<LogName, number> {
  const level = new Map<LogName, number>();
  for (const { positions } of sides)
    for (const [log, { position }] of positions) level.set(log, Math.max(position, level.get(log) ?? 0));
  return level;
}

function text({ projection, left, right, positions, equal, tables, first }: Report): string {
  const at = Object.entries(positions).map(([log, position]) => `${log} ${number(position)}`);
  const counts = table([
    ['  table', left, right, 'differences'],
    ...tables.map(one => [`  ${one.table}`, number(one.left), number(one.right), number(one.differences)]),
  ]);
  const lines = [`${projection}: ${left} against ${right}, at ${at.join(', ')}`, counts];
  lines.push(...first.map(one => `  ${describe(one, left, right)}`));
  lines.push(equal ? '  equal, row by row' : `  NOT equal${more({ first, tables })}`);
  return lines.join('\n');
}

const more = ({ first, tables }: Pick<Comparison, 'first' | 'tables'>): string => {
  const all = tables.reduce((sum, { differences }) => sum + differences, 0);
  return all > first.length ? `: the first ${first.length} of ${number(all)} differences are shown` : '';
};

function describe({ table: of, key, kind, fields }: Difference, left: string, right: string): string {
  const row = `${of} ${key.join(', ')}`;
  if (kind !== 'different') return `${row}: only in ${kind === 'only-left' ? left : right}`;
  return `${row}: ${fields.map(one => `${one.column} ${JSON.stringify(one.left)} against ${JSON.stringify(one.right)}`).join(', ')}`;
}
