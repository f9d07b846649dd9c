/** `log-restored`: tells everybody that a log is an earlier copy of what it was, so that nobody goes on as if it were not. */
import { eventIdAt, LogInUseError, moveSteps, renewIncarnation, type MovedStep } from '@foldline/event-log';
import { Connection } from '@foldline/postgres';
import { LOGS, type LogName } from '@foldline/contracts';
import { confirm } from '../confirm';
import { UsageError } from '../../exit-codes';
import { number, type Output } from '../output';
import type { Session } from '../session';

const isLog = (name: string): name is LogName => (LOGS as readonly string[]).includes(name);

/** Under a service that runs the log would change its name: what the service has told its readers would be of two logs. */
async function renewed(own: Connection, service: string, role: string) {
  try {
    return await renewIncarnation(own, decodeURIComponent(role));
  } catch (error) {
    if (!(error instanceof LogInUseError)) throw error;
    throw new UsageError(
      `${service} still runs, or somebody else works as ${error.role} on its database: ${error.sessions.join(', ')}. ` +
        `Nothing was changed. Stop ${service} where it is run from (docker compose stop ${service}; what restarts it by itself, too), then run this again. ` +
        'A session whose process is gone ends with: select pg_terminate_backend(<process>).',
    );
  }
}

export async function logRestored(
  { deployment }: Session,
  service: string,
  { yes = false }: { readonly yes?: boolean },
  out: Output,
): Promise<void> {
  if (!isLog(service)) throw new UsageError(`There is no log of "${service}"; there are: ${LOGS.join(', ')}.`);
  await confirm(
    `This gives the log of ${service} a new identity: every reader of it halts until its read model is rebuilt.`,
    yes,
  );
  const owner = (name: string) =>
    Connection.open({ url: deployment.ownerUrl(name), name: `replay log-restored ${service}` });
  const own = await owner(service);
  const steps: (MovedStep & { service: string })[] = [];
  try {
    const restored = await renewed(own, service, new URL(deployment.databaseUrl(service)).username);
    for (const other of LOGS.filter(log => log !== service)) {
      const session = await owner(other);
      try {
        const moved = await moveSteps(session, service, restored, position => eventIdAt(own, position));
        steps.push(...moved.map(step => ({ service: other, ...step })));
      } finally {
        await session.close();
      }
    }
    out.answer({ log: service, ...restored, steps }, () =>
      [
        `The log of ${service} ends at ${number(restored.position)} and has a new identity: ${restored.incarnation}.`,
        ...steps.map(
          one =>
            `The step ${one.step} of ${one.service} goes on after ${number(one.to)} (it had come to ${number(one.from)}).`,
        ),
        `Start ${service} and whoever reads it again, then build the read models anew from it:`,
        '  npm run -s replay -- rebuild --switch',
      ].join('\n'),
    );
  } finally {
    await own.close();
  }
}
