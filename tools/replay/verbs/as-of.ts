/** `as-of`: what a read model holds of a user when every log is folded up to a moment, and no further. */
import { isTime } from '@foldline/contracts';
import { FreshFold } from '@foldline/projections';
import { Interrupted, UsageError } from '../../exit-codes';
import { table, type Output } from '../output';
import type { Session } from '../session';
import { nameOf, type Target } from '../targets';
import { rowsOf } from './rebuild';

export async function asOf(
  session: Session,
  target: Target,
  { user, at }: { readonly user: string; readonly at: string },
  out: Output,
): Promise<void> {
  const { projection } = target.model;
  const scope = target.scopes.user;
  if (!scope) throw new UsageError(`${nameOf(target)} holds nothing of a single user.`);
  if (!isTime(at)) throw new UsageError(`"${at}" is no time: write it in UTC, like 2026-01-31T12:00:00Z.`);
  const time = new Date(at);
  if (time.getTime() > Date.now()) throw new UsageError(`${time.toISOString()} is in the future.`);
  await session.reachBroker();
  const firsts = await Promise.all(projection.logs.map(log => session.reader.read(log, 0, 1)));
  const began = firsts.flatMap(([first]) => (first ? [first.recordedAt] : [])).sort()[0];
  if (began === undefined || time.toISOString() < began)
    throw new UsageError(
      began === undefined ? 'The logs are empty.' : `The logs begin at ${began}: ${time.toISOString()} is before it.`,
    );
  const fold = new FreshFold(projection, session.reader, {
    pageSize: 2000,
    ahead: 2,
    signal: session.signal,
    onWaiting: (log, reason) => out.say(`waiting for ${log}: ${reason}`),
  });
  await fold.followUntil(time.toISOString());
  if (session.signal.aborted) throw new Interrupted('Stopped.');
  const rows = Object.fromEntries(
    Object.entries(scope).map(([name, column]) => [name, [...rowsOf(fold, name, column, user)]]),
  );
  const positions = Object.fromEntries([...fold.positions].map(([log, { position }]) => [log, position]));
  out.answer({ projection: nameOf(target), user, at: time.toISOString(), positions, rows }, () =>
    [
      `${nameOf(target)} of user ${user} as of ${time.toISOString()}, at ${Object.entries(positions)
        .map(([log, position]) => `${log} ${position}`)
        .join(', ')}`,
      ...Object.entries(rows).map(([name, ofTable]) => {
        if (ofTable.length === 0) return `${name}: none`;
        const columns = Object.keys(ofTable[0]!);
        const cells = ofTable.map(row => columns.map(column => cell(row[column])));
        return `${name}\n${table([columns, ...cells])}`;
      }),
    ].join('\n\n'),
  );
}

const cell = (value: unknown): string =>
  value === null || value === undefined ? '-' : typeof value === 'object' ? JSON.stringify(value) : String(value);
