/** What every service's database has: the list of migrations and the settings. */
import migrationsSql from './001-migrations.sql';
import settingsSql from './002-settings.sql';
import { numbered, type MigrationSet } from './migration';

export const serviceMigrations: MigrationSet = {
  name: 'service',
  migrations: numbered(['migrations', migrationsSql], ['settings', settingsSql]),
  grants: `
    grant usage on schema service to :app;
    grant select, insert, update, delete on all tables in schema service to :app;
    revoke insert, update, delete on service.migrations from :app;
  `,
};
