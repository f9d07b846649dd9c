/** Starts the users service. */
import { runService } from '@foldline/service-kit';
import { composeUsers } from './users.module';
import { adminIsWhole, usersSettings } from './users.settings';

void runService('users', usersSettings, composeUsers, [adminIsWhole]);
