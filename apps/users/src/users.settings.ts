/** The settings of the users service. */
import {
  commonSettings,
  integer,
  isEmail,
  optional,
  optionalSecret,
  Refusal,
  secret,
  setting,
  type Agreement,
  type ConfigOf,
  type Parser,
} from '@foldline/service-kit';
import { writingSettings } from '@foldline/service-runtime';
import { LEAD_MS } from './credentials/key-rotation';

const email: Parser<string> = value => (isEmail(value) ? value : new Refusal('must be an e-mail address'));

export const usersSettings = {
  ...commonSettings,
  ...writingSettings,
  ADMIN_EMAIL: optional(email),
  ADMIN_PASSWORD: optionalSecret(secret(12)),
  SIGN_IN_PER_ACCOUNT: setting(integer(1, 1_000_000), 10),
  SIGN_IN_PER_ADDRESS: setting(integer(1, 1_000_000), 100),
  SIGN_UP_PER_ADDRESS: setting(integer(1, 1_000_000), 100),
  REFRESH_PER_ADDRESS: setting(integer(1, 1_000_000), 600),
  /** A session that is not refreshed for so long is over. */
  SESSION_IDLE_HOURS: setting(integer(1, 8760), 168),
  SESSION_HOURS: setting(integer(1, 87_600), 720),
  /** How often a replica looks for keys that another has added or withdrawn: well before a new key signs. */
  SIGNING_KEYS_EVERY_MS: setting(integer(100, LEAD_MS / 2), 5000),
  /** What the limits above count over. */
  LIMIT_WINDOW_SECONDS: setting(integer(1, 3600), 60),
};

/** One without the other would leave a shop without an admin, and nobody told. */
export const adminIsWhole: Agreement<typeof usersSettings> = ({ ADMIN_EMAIL, ADMIN_PASSWORD }) =>
  (ADMIN_EMAIL === undefined) === (ADMIN_PASSWORD === undefined)
    ? undefined
    : 'ADMIN_EMAIL and ADMIN_PASSWORD belong together: set both or neither';

export type UsersConfig = ConfigOf<typeof usersSettings>;
