/** What can be set about the query service. */
import {
  commonSettings,
  integer,
  oneOf,
  optionalSecret,
  setting,
  storeSettings,
  url,
  type ConfigOf,
} from '@foldline/service-kit';

export const querySettings = {
  ...commonSettings,
  ...storeSettings,
  READ_STORE: setting(oneOf(['postgres', 'mongo']), 'postgres'),
  /** Where READ_STORE is mongo; names the database in its path. */
  MONGO_URL: optionalSecret(url('mongodb', 'mongodb+srv')),
  /** `off`: every answer is put together from rows; the answers are the same. Only PostgreSQL keeps pages. */
  READ_PAGES: setting(oneOf(['on', 'off']), 'on'),
  READ_CONNECTIONS: setting(integer(1, 50), 4),
};

export type QueryConfig = ConfigOf<typeof querySettings>;
