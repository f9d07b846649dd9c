/** `rebuild`: the next generation, beside the one that serves; or the rows of one subject, in place. */
import type { LogName } from '@foldline/contracts';
import { DEFAULT_REBUILD, FreshFold, Rebuild, type RebuildProgress, type Row } from '@foldline/projections';
import { storeNamed } from '../../deployment';
import { Interrupted, UsageError } from '../../exit-codes';
import { giveWay } from '../give-way';
import { duration, number, type Output } from '../output';
import type { Opened, Session } from '../session';
import { nameOf, SUBJECTS, type Subject, type Target } from '../targets';
import { serving } from './generations';
import { switchTarget } from './switch';

export interface RebuildOptions {
  readonly switch?: boolean;
  /** The store to move to. */
  readonly to?: string;
  readonly throttle: number;
  readonly workers: number;
  readonly user?: string;
  readonly product?: string;
}

/** How long a service may take to keep what was built before it is said that it does not. */
const TAKE_OVER_MS = 20_000;

export async function rebuild(session: Session, targets: readonly Target[], options: RebuildOptions, out: Output) {
  giveWay();
  const subject = SUBJECTS.find(one => options[one] !== undefined);
  const results: object[] = [];
  for (const target of targets) {
    if (subject && !target.scopes[subject]) {
      if (targets.length === 1) throw new UsageError(`${nameOf(target)} holds nothing of a single ${subject}.`);
      continue;
    }
    const to = options.to === undefined ? undefined : storeNamed(options.to);
    const opened = await session.open(target, to);
    results.push(
      subject
        ? await repair(session, opened, subject, options[subject]!, out)
        : to !== undefined && to !== session.storeOf(target)
          ? await moveTo(session, opened, options, out)
          : await rebuildWhole(session, opened, options, out),
    );
  }
  out.answer({ type: 'result', rebuilt: results }, () => results.map(textOf).join('\n'));
}

const textOf = (result: object): string => (result as { text: string }).text;

/** Builds the next generation, or goes on with one that was begun. Rejects with Interrupted. */
async function build(session: Session, { target, stores }: Opened, options: RebuildOptions, out: Output) {
  const { projection } = target.model;
  const { name } = projection;
  const built = await stores.beginBuild(projection);
  const from = performance.now();
  const { generation, resumed } = built;
  out.say(`${name}: ${resumed ? 'going on with' : 'building'} generation ${generation}`);
  let last: RebuildProgress | undefined;
  try {
    const done = await new Rebuild(projection, built, session.reader, {
      ...DEFAULT_REBUILD,
      workers: options.workers,
      throttle: options.throttle,
      signal: session.signal,
      onProgress: progress => out.progress(name, (last = progress)),
    }).run();
    if (done.kind === 'interrupted')
      throw new Interrupted(
        `Stopped. What was built of generation ${generation} is kept: run the same command to go on, or "drop ${name} ${generation}".`,
      );
  } finally {
    out.settle();
    await built.close();
  }
  const seconds = (performance.now() - from) / 1000;
  const { events, rows } = last!;
  const eventsPerSecond = Math.round(events / seconds);
  const figures = { events, rows, seconds: Number(seconds.toFixed(3)), eventsPerSecond };
  return {
    generation,
    result: {
      ...{ projection: name, generation, ...figures, resumed },
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    },
    text: `${name}: generation ${generation} built from ${number(events)} events in ${duration(seconds)} (${number(eventsPerSecond)} events/s), ${number(rows)} rows`,
  };
}

async function rebuildWhole(session: Session, opened: Opened, options: RebuildOptions, out: Output) {
  const name = nameOf(opened.target);
  const { generation, result, text } = await build(session, opened, options, out);
  const keptCurrent = await takenOver(session, opened, generation, out);
  if (options.switch) await switchTarget(session, opened, generation, {}, out);
  const more = options.switch
    ? ', and it serves now.'
    : `. It does not serve yet: "verify ${name}", then "switch ${name}".`;
  return Object.assign(hide(text + more), { ...result, keptCurrent, serving: options.switch === true });
}

/** Into a store that the service does not read yet: there it serves whoever is told to read it. */
async function moveTo(session: Session, opened: Opened, options: RebuildOptions, out: Output) {
  const { target, store, stores } = opened;
  const name = nameOf(target);
  // Left by an earlier move: nobody goes back to it.
  for (const one of await stores.generations(name))
    if (one.state === 'ready' && !one.serving && one.previous) await stores.drop(name, one.generation);
  const { generation, result, text } = await build(session, opened, options, out);
  if ((await stores.generations(name)).some(({ serving: serves }) => serves))
    await switchTarget(session, opened, generation, {}, out);
  else await stores.openServing(target.model.projection);
  const more = ` in ${store}. Next: "verify ${name} --against-store ${store}", then start ${target.keptBy} with READ_STORE=${store}.`;
  return Object.assign(hide(text + more), { ...result, store });
}

/** For people only: not part of a JSON answer. */
const hide = (text: string): { text: string } =>
  Object.defineProperty({} as { text: string }, 'text', { value: text, enumerable: false });

/** From here on its service keeps it current, from exactly where the rebuild ended. */
async function takenOver(
  session: Session,
  { target, stores }: Opened,
  generation: number,
  out: Output,
): Promise<boolean> {
  const heads = await session.heads(target.model.projection.logs);
  for (const end = performance.now() + TAKE_OVER_MS; performance.now() < end; await session.pause(100)) {
    const { checkpoints } = await stores.figures(target.model.projection, generation);
    const isLevel = [...heads].every(([log, head]) => (checkpoints.get(log)?.position ?? 0) >= (head?.position ?? 0));
    if (isLevel) return true;
  }
  out.say(`${target.keptBy} does not keep generation ${generation} current: it does as soon as it runs.`);
  return false;
}

async function repair(session: Session, { target, stores }: Opened, subject: Subject, id: string, out: Output) {
  const { projection } = target.model;
  const generation = await serving(stores, target);
  const scope = target.scopes[subject]!;
  const heads = new Map<LogName, number>();
  for (const [log, head] of await session.heads(projection.logs)) heads.set(log, head?.position ?? 0);
  const at = new Map<LogName, number>();
  let events = 0;
  const fold = new FreshFold(projection, session.reader, {
    pageSize: 2000,
    ahead: 2,
    signal: session.signal,
    onWaiting: (log, reason) => out.say(`waiting for ${log}: ${reason}`),
    onPage: (log, position) => {
      events += position - (at.get(log) ?? 0);
      at.set(log, position);
      const logs = projection.logs.map(one => ({ log: one, position: at.get(one) ?? 0, head: heads.get(one) ?? 0 }));
      out.progress(projection.name, { phase: 'reading', logs, events, rows: 0 });
    },
  });
  // All of the logs but their last moment, before anybody has to wait.
  await fold.followTo((await stores.figures(target.model.projection, generation)).checkpoints);
  if (session.signal.aborted) throw new Interrupted('Stopped; nothing was changed.');
  const changed = await stores.repair(projection, generation, scope, id, async positions => {
    await fold.followTo(positions);
    return table => rowsOf(fold, table, scope[table]!, id);
  });
  out.settle();
  const text = `${projection.name}: ${changed === 0 ? 'nothing had to be changed' : `${number(changed)} rows put right`} of ${subject} ${id} in generation ${generation}.`;
  return Object.assign(hide(text), { projection: projection.name, generation, [subject]: id, events, changed });
}

export function* rowsOf(fold: FreshFold, table: string, column: string, value: string): Iterable<Row> {
  for (const row of fold.memory[table]!.sorted()) if (row[column] === value) yield row;
}
