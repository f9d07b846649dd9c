/** Makes each service's database, roles and tables; safe to run again, and with nothing to do it does nothing. */
import { eventLogMigrations } from '@foldline/event-log';
import { setUpDatabases, type MigrationSet } from '@foldline/postgres';
import { userMigrations } from '../../apps/users/src/migrations';
import { readSettings, type ServiceName } from './settings';

/** EX_CONFIG of sysexits.h: something is wrong that a restart will not mend. */
const WRONG_SETTINGS = 78;

const SETS: Readonly<Record<ServiceName, readonly MigrationSet[]>> = {
  USERS: [eventLogMigrations, userMigrations],
  PRODUCTS: [eventLogMigrations],
  ORDERS: [eventLogMigrations],
  QUERY: [],
};

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
    sets: SETS[service],
  }));
  const ran = await setUpDatabases(settings.adminUrl, setups);
  process.stdout.write(ran > 0 ? `databases are ready, ${ran} migrations ran\n` : 'databases are ready\n');
}

setup().catch((error: unknown) => {
  process.stderr.write(`The set-up failed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
