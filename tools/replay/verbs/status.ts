/** `status` and `plan`: what there is, how far it is, what it costs; and what a rebuild would take. */
import type { LogHead, LogName } from '@foldline/contracts';
import { fingerprint, MemoryFold, type Generation } from '@foldline/projections';
import { bytes, duration, number, table, type Output } from '../output';
import type { Opened, Session } from '../session';
import { nameOf, SUBJECTS, type Target } from '../targets';
import { serving } from './generations';

const SAMPLE_MS = 500;
const SAMPLE_EVENTS = 2_000;

export async function status(session: Session, targets: readonly Target[], out: Output): Promise<void> {
  const projections = await Promise.all(targets.map(async target => statusOf(session, await session.open(target))));
  out.answer(projections, () => projections.map(text).join('\n\n'));
}

type Status = Awaited<ReturnType<typeof statusOf>>;

async function statusOf(session: Session, { target, stores }: Opened) {
  const { model } = target;
  const generations = await stores.generations(nameOf(target));
  const heads = await session.heads(model.projection.logs);
  const before = await Promise.all(generations.map(one => stores.figures(model.projection, one.generation)));
  const from = performance.now();
  await session.pause(SAMPLE_MS);
  const now = await Promise.all(generations.map(one => stores.figures(model.projection, one.generation)));
  const seconds = (performance.now() - from) / 1000;
  return {
    projection: nameOf(target),
    keptBy: target.keptBy,
    heads: Object.fromEntries([...heads].map(([log, head]) => [log, head?.position ?? null])),
    generations: await Promise.all(
      generations.map(async (one, i) => {
        const { checkpoints, ...costs } = now[i]!;
        const sum = (figures: (typeof now)[number]) =>
          [...figures.checkpoints.values()].reduce((all, { position }) => all + position, 0);
        return {
          ...describe(one, fingerprint(model.projection)),
          ...costs,
          eventsPerSecond: Math.round((sum(now[i]!) - sum(before[i]!)) / seconds),
          logs: await Promise.all(
            model.projection.logs.map(log => laneOf(session, log, checkpoints.get(log), heads.get(log))),
          ),
        };
      }),
    ),
  };
}

const describe = (
  { generation, state, serving: serves, previous, madeAt, keepUntil, partition, fingerprint: made }: Generation,
  current: string,
) => ({
  generation,
  state: serves ? 'serving' : state,
  previous,
  madeAt,
  keepUntil,
  partition,
  fingerprint: made === current ? ('fresh' as const) : ('stale' as const),
});

async function laneOf(
  session: Session,
  log: LogName,
  at: { readonly incarnation: string; readonly position: number } | undefined,
  head: LogHead | undefined,
) {
  const position = at?.position ?? 0;
  if (!head) return { log, position, head: null, lagEvents: null, lagSeconds: null, replaced: false };
  const replaced = at !== undefined && at.incarnation !== head.incarnation;
  const lagEvents = Math.max(0, head.position - position);
  const [next] = lagEvents > 0 && !replaced ? await session.reader.read(log, position, 1).catch(() => []) : [];
  const lagSeconds = next ? Math.max(0, (Date.now() - Date.parse(next.recordedAt)) / 1000) : 0;
  return { log, position, head: head.position, lagEvents, lagSeconds: Number(lagSeconds.toFixed(1)), replaced };
}

function text({ projection, keptBy, generations }: Status): string {
  const part = generations[0]?.partition;
  const head = `${projection}${part ? `, partition ${part}` : ''} (kept by ${keptBy})`;
  if (generations.length === 0) return `${head}\n  nothing yet: start ${keptBy}, which makes the first generation`;
  const rows = generations.map(one => [
    `  ${one.generation}`,
    one.state + (one.previous ? ', previous' : ''),
    one.fingerprint,
    one.logs
      .map(
        ({ log, position, head: end, replaced }) =>
          `${log} ${number(position)}/${end === null ? '?' : number(end)}${replaced ? ' (log replaced)' : ''}`,
      )
      .join('  '),
    lag(one.logs),
    number(one.eventsPerSecond),
    number(one.parked),
    number(one.rows),
    bytes(one.bytes),
  ]);
  const notes = generations.flatMap(one => [
    ...(one.state === 'building'
      ? [`  ${one.generation} is not finished: "rebuild ${projection}" goes on with it`]
      : []),
    ...(one.fingerprint === 'stale'
      ? [`  ${one.generation} was made by other code or tables: "rebuild ${projection} --switch"`]
      : []),
    ...(one.parked > 0 ? [`  ${one.generation} has parked events: "parked ${projection}"`] : []),
    ...(one.keepUntil ? [`  ${one.generation} is dropped by itself after ${one.keepUntil}`] : []),
    ...(one.logs.some(({ replaced }) => replaced)
      ? [`  ${one.generation} is of a log that was replaced: "rebuild ${projection} --switch"`]
      : []),
  ]);
  const titles = ['  generation', 'state', 'code', 'positions', 'lag', 'events/s', 'parked', 'rows', 'disk'];
  return [head, table([titles, ...rows]), ...notes].join('\n');
}

function lag(logs: readonly { readonly lagEvents: number | null; readonly lagSeconds: number | null }[]): string {
  if (logs.some(({ lagEvents }) => lagEvents === null)) return 'unknown';
  const events = logs.reduce((sum, { lagEvents }) => sum + lagEvents!, 0);
  return events === 0
    ? 'level'
    : `${number(events)} events, ${Math.max(...logs.map(({ lagSeconds }) => lagSeconds!))} s`;
}

interface Plan {
  readonly projection: string;
  readonly events: Readonly<Record<string, number | null>>;
  readonly eventsInAll: number;
  readonly rows: number | null;
  readonly bytes: number;
  readonly eventsPerSecond: number;
  readonly seconds: number | null;
  readonly readsWholeLogs: boolean;
}

/** Estimates by folding the first events of each log now. `throttle`: events a second that a rebuild reads at most. */
export async function plan(
  session: Session,
  targets: readonly Target[],
  options: { readonly throttle: number; readonly user?: string; readonly product?: string },
  out: Output,
): Promise<void> {
  const subject = SUBJECTS.find(one => options[one] !== undefined);
  const plans: Plan[] = [];
  for (const target of targets) {
    const { stores } = await session.open(target);
    const { projection } = target.model;
    const heads = await session.heads(projection.logs);
    const events = Object.fromEntries([...heads].map(([log, head]) => [log, head?.position ?? null]));
    const total = Object.values(events).reduce<number>((sum, count) => sum + (count ?? 0), 0);
    // A repair is not held back.
    const perSecond = Math.min(await sampleRate(session, target), subject ? Infinity : options.throttle);
    const figures = await stores.figures(projection, await serving(stores, target));
    plans.push({
      projection: nameOf(target),
      events,
      eventsInAll: total,
      rows: subject ? null : figures.rows,
      bytes: subject ? 0 : figures.bytes,
      eventsPerSecond: Math.round(perSecond),
      seconds: perSecond > 0 ? Number((total / perSecond).toFixed(1)) : null,
      // Events are addressed by position only, so the one subject's can be anywhere.
      readsWholeLogs: true,
      ...(subject && { [subject]: options[subject] }),
    });
  }
  out.answer(plans, () =>
    plans
      .map(
        one =>
          `${one.projection}: reads ${Object.entries(one.events)
            .map(([log, count]) => `${log} ${count === null ? '? (does not answer)' : number(count)}`)
            .join(', ')} events` +
          (subject
            ? ` (a repair of one ${subject} must read the whole logs), writes only the rows of that ${subject}`
            : `, writes about ${number(one.rows!)} rows and ${bytes(one.bytes)}`) +
          `; about ${one.seconds === null ? '?' : duration(one.seconds)}, ${paceOf(one, options.throttle)}.`,
      )
      .join('\n'),
  );
}

const paceOf = ({ eventsPerSecond }: Plan, throttle: number): string =>
  eventsPerSecond === throttle
    ? `at the ${number(throttle)} events/s that it is throttled to`
    : `at ${number(eventsPerSecond)} events/s as a sample went now`;

async function sampleRate(session: Session, target: Target): Promise<number> {
  const fold = new MemoryFold(target.model.projection);
  const from = performance.now();
  let events = 0;
  for (const log of target.model.projection.logs)
    for (const event of await session.reader.read(log, 0, SAMPLE_EVENTS).catch(() => [])) {
      fold.fold(event);
      events += 1;
    }
  return events > 0 ? events / ((performance.now() - from) / 1000) : 0;
}
