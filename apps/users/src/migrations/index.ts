/** What the users service keeps beside its log. */
import { numbered, type MigrationSet } from '@foldline/postgres';
import credentials from './001-credentials.sql';

export const userMigrations: MigrationSet = {
  name: 'users',
  migrations: numbered(['credentials', credentials]),
  grants: 'grant select, insert, update, delete on service.credentials to :app;',
};
