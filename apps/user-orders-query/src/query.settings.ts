/** What can be set about the query service. */
import { PARTITION_COUNTS, parsePartition, type Partition } from '@foldline/contracts';
import {
  commonSettings,
  integer,
  oneOf,
  optional,
  optionalSecret,
  Refusal,
  setting,
  storeSettings,
  url,
  type ConfigOf,
  type Parser,
} from '@foldline/service-kit';

const partition: Parser<Partition> = text =>
  parsePartition(text) ?? new Refusal(`must be like 1/2, one of ${PARTITION_COUNTS.join(', ')} partitions`);

export const querySettings = {
  ...commonSettings,
  ...storeSettings,
  READ_STORE: setting(oneOf(['postgres', 'mongo']), 'postgres'),
  /** Where READ_STORE is mongo; names the database in its path. */
  MONGO_URL: optionalSecret(url('mongodb', 'mongodb+srv')),
  /** `off`: every answer is put together from rows; the answers are the same. Only PostgreSQL keeps pages. */
  READ_PAGES: setting(oneOf(['on', 'off']), 'on'),
  READ_CONNECTIONS: setting(integer(1, 50), 4),
  /** Which users this process keeps, such as `1/2`; each partition has a database of its own. Absent: all of them. */
  READ_PARTITION: optional(partition),
};

export type QueryConfig = ConfigOf<typeof querySettings>;
