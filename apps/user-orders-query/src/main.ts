/** Starts the query service. */
import { runService } from '@foldline/service-kit';
import { composeQuery } from './query.module';
import { querySettings } from './query.settings';

void runService('user-orders-query', querySettings, composeQuery);
