/** Makes each service's database, roles and tables; safe to run again, and with nothing to do it does nothing. */
import type { DatabaseName, Service } from '@foldline/contracts';
import { eventLogMigrations } from '@foldline/event-log';
import { setUpDatabases, type MigrationSet } from '@foldline/postgres';
import { userMigrations } from '../../apps/users/src/migrations';
import { readSettings } from './settings';

/** EX_CONFIG of sysexits.h: something is wrong that a restart will not mend. */
const WRONG_SETTINGS = 78;

/** What services keep beside their logs. */
const OWN_SETS: Readonly<Partial<Record<DatabaseName, MigrationSet>>> = { users: userMigrations };

const setsOf = ({ database, ownsLog }: Service): readonly MigrationSet[] => [
  ...(ownsLog ? [eventLogMigrations] : []),
  ...(OWN_SETS[database] ? [OWN_SETS[database]] : []),
];

async function setup(): Promise<void> {
  const settings = readSettings(process.env);
  if ('wrong' in settings) {
    process.stderr.write(`The set-up cannot start:\n${settings.wrong.map(line => `  ${line}\n`).join('')}`);
    process.exitCode = WRONG_SETTINGS;
    return;
  }
  const setups = settings.services.map(({ service, appUrl, ownerPassword }) => ({
    appUrl,
    owner: { name: `${decodeURIComponent(new URL(appUrl).pathname.slice(1))}_owner`, password: ownerPassword },
    sets: setsOf(service),
  }));
  const ran = await setUpDatabases(settings.adminUrl, setups);
  process.stdout.write(ran > 0 ? `databases are ready, ${ran} migrations ran\n` : 'databases are ready\n');
}

setup().catch((error: unknown) => {
  process.stderr.write(`The set-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
