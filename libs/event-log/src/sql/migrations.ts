/** The event log's migration set: one SQL object per file, in the order they need each other. */
import { numbered, type MigrationSet } from '@foldline/postgres';
import logHead from './001-log-head.sql';
import events from './002-events.sql';
import commands from './003-commands.sql';
import claims from './004-claims.sql';
import snapshots from './005-snapshots.sql';
import stepCheckpoints from './006-step-checkpoints.sql';
import parked from './007-parked.sql';
import repeated from './008-repeated.sql';
import outdated from './009-outdated.sql';
import contested from './010-contested.sql';
import overtaken from './011-overtaken.sql';
import settle from './012-settle.sql';
import append from './013-append.sql';
import saveSnapshots from './014-save-snapshots.sql';
import purgeCommands from './015-purge-commands.sql';
import appendHeadFirst from './016-append-head-first.sql';
import appendByPlace from './017-append-by-place.sql';
import grants from './grants.sql';

export const eventLogMigrations: MigrationSet = {
  name: 'event-log',
  migrations: numbered(
    ['log-head', logHead],
    ['events', events],
    ['commands', commands],
    ['claims', claims],
    ['snapshots', snapshots],
    ['step-checkpoints', stepCheckpoints],
    ['parked', parked],
    ['repeated', repeated],
    ['outdated', outdated],
    ['contested', contested],
    ['overtaken', overtaken],
    ['settle', settle],
    ['append', append],
    ['save-snapshots', saveSnapshots],
    ['purge-commands', purgeCommands],
    ['append-head-first', appendHeadFirst],
    ['append-by-place', appendByPlace],
  ),
  grants,
};
