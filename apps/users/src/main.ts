/** Starts the users service. */
import { runService } from '@foldline/service-kit';
import { composeUsers } from './users.module';
import { usersSettings } from './users.settings';

void runService('users', usersSettings, composeUsers);
