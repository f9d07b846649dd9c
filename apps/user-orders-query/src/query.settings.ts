/** What can be set about the query service. */
import { commonSettings, integer, oneOf, setting, storeSettings, type ConfigOf } from '@foldline/service-kit';

export const querySettings = {
  ...commonSettings,
  ...storeSettings,
  READ_STORE: setting(oneOf(['postgres']), 'postgres'),
  /** `off`: every answer is put together from rows; the answers are the same. */
  READ_PAGES: setting(oneOf(['on', 'off']), 'on'),
  READ_CONNECTIONS: setting(integer(1, 50), 4),
};

export type QueryConfig = ConfigOf<typeof querySettings>;
