/** The settings of the users service. */
import {
  commonSettings,
  integer,
  optional,
  optionalSecret,
  secret,
  setting,
  text,
  type ConfigOf,
} from '@foldline/service-kit';
import { writingSettings } from '@foldline/service-runtime';

export const usersSettings = {
  ...commonSettings,
  ...writingSettings,
  ADMIN_EMAIL: optional(text(3, 254)),
  ADMIN_PASSWORD: optionalSecret(secret(12)),
  SIGN_IN_PER_ACCOUNT: setting(integer(1, 1_000_000), 10),
  SIGN_IN_PER_ADDRESS: setting(integer(1, 1_000_000), 100),
  SIGN_UP_PER_ADDRESS: setting(integer(1, 1_000_000), 100),
};

export type UsersConfig = ConfigOf<typeof usersSettings>;
