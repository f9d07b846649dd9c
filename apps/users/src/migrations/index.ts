/** What the users service keeps beside its log. */
import { numbered, type MigrationSet } from '@foldline/postgres';
import credentials from './001-credentials.sql';
import sessions from './002-sessions.sql';
import refreshTokens from './003-refresh-tokens.sql';
import limits from './004-limits.sql';

export const userMigrations: MigrationSet = {
  name: 'users',
  migrations: numbered(
    ['credentials', credentials],
    ['sessions', sessions],
    ['refresh-tokens', refreshTokens],
    ['limits', limits],
  ),
  grants: `grant select, insert, update, delete
     on service.credentials, service.sessions, service.refresh_tokens, service.tries to :app;`,
};
