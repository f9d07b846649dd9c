/** The settings that every service has. */
import { integer, oneOf, port, secret, text, url } from './parsers';
import { optional, optionalSecret, secretSetting, setting } from './read-config';

export const commonSettings = {
  /** Changes nothing here; a misspelt one would change the libraries that read it. */
  NODE_ENV: optional(oneOf(['production', 'development', 'test'])),
  PORT: setting(port),
  HOST: setting(text(), '127.0.0.1'),
  LOG_LEVEL: setting(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal']), 'info'),
  /** Where clients reach the gateway: problem types and links start with it. */
  PUBLIC_URL: setting(url('http', 'https'), 'http://127.0.0.1:8080'),
  TOKEN_ISSUER: setting(text(), 'foldline'),
  BODY_LIMIT_BYTES: setting(integer(1024, 10_485_760), 65_536),
  /** Requests being answered at once; more are told to come back. */
  MAX_OPEN_REQUESTS: setting(integer(1, 1_000_000), 4096),
  /** Between SIGTERM and the end of taking requests, so that a router can notice. */
  SHUTDOWN_DELAY_MS: setting(integer(0, 60_000), 0),
  SHUTDOWN_DEADLINE_MS: setting(integer(100, 120_000), 10_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(url('http', 'https')),
};

/** Of services that have a database and speak NATS. */
export const storeSettings = {
  DATABASE_URL: secretSetting(url('postgres', 'postgresql')),
  NATS_URL: setting(text(1, 2000), 'nats://127.0.0.1:4222'),
  NATS_NKEY_SEED: optionalSecret(secret(50)),
  NATS_CA_FILE: optional(text()),
  /** Where the users service answers for its key set when NATS does not. */
  USERS_URL: setting(url('http', 'https'), 'http://127.0.0.1:8081'),
};
