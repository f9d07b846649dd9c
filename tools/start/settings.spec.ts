import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { readSettings, PORTS } = require('./settings.cjs');

const messageOf = (env: Record<string, string>): string => {
  try {
    readSettings(env);
  } catch (error) {
    expect((error as { exitCode: number }).exitCode).toBe(78);
    return (error as Error).message;
  }
  throw new Error('was taken');
};

it('nothing set is a whole set of settings', () => {
  const settings = readSettings({});
  expect(settings.ports).toEqual(PORTS);
  expect(settings).toMatchObject({ host: '127.0.0.1', publicUrl: 'http://127.0.0.1:8080', readStore: 'postgres' });
});

it('every wrong setting is named at once, and no value is shown', () => {
  const message = messageOf({
    GATEWAY_PORT: '0x50',
    USERS_PORT: '70000',
    HOST: 'here and there',
    LOG_LEVEL: 'loud',
    READ_STORE: 'mongo',
    PUBLIC_URL: 'shop.example',
    CORS_ORIGINS: 'https://shop.example/path',
    ADMIN_EMAIL: 'nobody',
    ADMIN_PASSWORD: 'short',
    USERS_DATABASE_URL: 'mysql://somebody:hunter2@db',
    NATS_URL: 'amqp://x',
    FOLDLINE_DATA: ' ',
    PG_BIN: tmpdir(),
    NATS_SERVER_BIN: tmpdir(),
  });
  const names = message.match(/(?<=- )[A-Z_]+/g);
  expect(names?.sort()).toEqual(
    [
      'ADMIN_EMAIL',
      'ADMIN_PASSWORD',
      'CORS_ORIGINS',
      'FOLDLINE_DATA',
      'GATEWAY_PORT',
      'HOST',
      'LOG_LEVEL',
      'NATS_SERVER_BIN',
      'NATS_URL',
      'PG_BIN',
      'PUBLIC_URL',
      'READ_STORE',
      'USERS_DATABASE_URL',
      'USERS_PORT',
    ].sort(),
  );
  expect(message).not.toMatch(/hunter2|short|nobody@/);
});

it.each(['yes', ' 8080', '8080 ', '1e3', '-1', '', '0'])('a port written as %j is refused', text => {
  expect(messageOf({ NATS_PORT: text })).toContain('NATS_PORT must be a port');
});

it('a MongoDB without its database is refused, and only where the read model is kept there', () => {
  const MONGO_URL = 'mongodb://somebody:hunter2@127.0.0.1:27017/?authSource=admin';
  const message = messageOf({ READ_STORE: 'mongo', MONGO_URL });
  expect(message).toContain('MONGO_URL must name the database in its path, as mongodb://');
  expect(message).not.toContain('hunter2');
  expect(readSettings({ MONGO_URL }).readStore).toBe('postgres');
  const whole = MONGO_URL.replace('/?', '/read?');
  expect(readSettings({ READ_STORE: 'mongo', MONGO_URL: whole }).mongoUrl).toBe(whole);
});

it('two services on one port are refused', () => {
  expect(messageOf({ USERS_PORT: '9000', ORDERS_PORT: '9000' })).toContain('USERS_PORT and ORDERS_PORT');
});

describe('secrets in files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldline-settings-'));
  const file = join(folder, 'secret');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read without the line end', () => {
    writeFileSync(file, 'a long enough passphrase\n');
    expect(readSettings({ ADMIN_PASSWORD_FILE: file }).admin.password).toBe('a long enough passphrase');
  });

  it('are refused when missing, or given twice', () => {
    expect(messageOf({ ADMIN_PASSWORD_FILE: join(folder, 'none') })).toContain('ADMIN_PASSWORD_FILE cannot be read');
    expect(messageOf({ ADMIN_PASSWORD_FILE: file, ADMIN_PASSWORD: 'another passphrase' })).toContain('both set');
  });
});
