/** Settings are taken as written or refused by name, all at once, and no value is ever shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commonSettings, storeSettings } from './common-settings';
import { boolean, duration, integer, listOf, oneOf, port, secret, text, url, type Parser } from './parsers';
import { ConfigError, optional, optionalSecret, readConfig, secretSetting, setting } from './read-config';

const read = <Value>(parser: Parser<Value>, value: string): Value =>
  readConfig({ NAME: setting(parser) }, { NAME: value }).NAME;
const errorsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.errors;
    throw error;
  }
  return [];
};

describe('is refused as', () => {
  it.each([
    '',
    ' ',
    ' 1',
    '1 ',
    '0x10',
    '1e3',
    '+1',
    '-1',
    '1.0',
    '01',
    '1_000',
    '1,000',
    '100',
    'NaN',
    'Infinity',
    '٣',
    '1\n',
  ])('a whole number from 1 to 99: %j', value =>
    expect(errorsOf(() => read(integer(1, 99), value))).toEqual(['NAME must be a whole number from 1 to 99']),
  );
  it.each(['0', '70000', '-1', '', '80a'])('a port: %j', value =>
    expect(errorsOf(() => read(port, value))).toHaveLength(1),
  );
  it.each(['yes', 'no', '1', '0', 'TRUE', 'true ', 'on', ''])('true or false: %j', value =>
    expect(errorsOf(() => read(boolean, value))).toEqual(['NAME must be true or false']),
  );
  it.each(['Info', 'info ', '', 'warning', 'constructor'])('one of a list: %j', value =>
    expect(errorsOf(() => read(oneOf(['info', 'warn']), value))).toEqual(['NAME must be one of info, warn']),
  );
  it.each(['10', 's', '1.5s', '-1s', '10 s', '1e3ms', '49h', '999ms', '10S'])('a time of 1 s to 48 h: %j', value =>
    expect(errorsOf(() => read(duration(1000, 172_800_000), value))).toHaveLength(1),
  );
  it.each(['', 'host', 'http://', 'ftp://a', ' http://a', 'http://a\n', 'http://a b', 'http://u:p@ss@:80:80/'])(
    'a URL: %j',
    value => expect(errorsOf(() => read(url('http', 'https'), value))).toHaveLength(1),
  );
  it.each([
    '',
    'short',
    'changeme',
    'changeme1234',
    'ChangeMe',
    'password',
    'secretsecret',
    'twelve-letters\n',
    ' twelve-letters',
  ])('a secret of 12: %j', value => expect(errorsOf(() => read(secret(12), value))).toHaveLength(1));
  it.each(['', ' a', 'a ', 'a\nb', 'a\u0000b', 'abcdef'])('text of 1 to 5: %j', value =>
    expect(errorsOf(() => read(text(1, 5), value))).toHaveLength(1),
  );
});

it('what is right is taken as it is', () => {
  expect(read(integer(0, 99), '0')).toBe(0);
  expect(read(port, '65535')).toBe(65_535);
  expect(read(boolean, 'false')).toBe(false);
  expect(read(duration(0, 1e9), '250ms')).toBe(250);
  expect(read(duration(0, 1e9), '5m')).toBe(300_000);
  expect(read(url('postgres'), 'postgres://u:p%40ss@host:5432/db')).toBe('postgres://u:p%40ss@host:5432/db');
  expect(read(listOf(integer(1, 9)), '1, 2,3')).toEqual([1, 2, 3]);
  expect(read(listOf(integer(1, 9)), '')).toEqual([]);
});

it('every error is told at once, by name, and no value', () => {
  const settings = { ...commonSettings, ...storeSettings };
  const errors = errorsOf(() =>
    readConfig(settings, {
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'hunter2 is the password',
      NODE_ENV: 'prod',
    }),
  );
  expect(errors.map(error => error.split(' ')[0]).sort()).toEqual(['DATABASE_URL', 'LOG_LEVEL', 'NODE_ENV', 'PORT']);
  expect(errors.join()).not.toMatch(/70000|loud|hunter2|prod\b/);
});

it('what is not set has its default, is left out, or is missed by name', () => {
  const settings = { A: setting(port, 80), B: optional(port), C: setting(port), D: secretSetting(secret(1)) };
  expect(errorsOf(() => readConfig(settings, {}))).toEqual(['C is not set', 'D is not set (nor is D_FILE)']);
  expect(readConfig(settings, { C: '1', D: 'x' })).toEqual({ A: 80, B: undefined, C: 1, D: 'x' });
});

describe('a secret from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (content: string): string => {
    const path = join(folder, 'secret');
    writeFileSync(path, content);
    return path;
  };
  const settings = { S: optionalSecret(secret(5)) };

  it('loses the one line end that editors add, and no more', () => {
    expect(readConfig(settings, { S_FILE: file('value-1\n') })).toEqual({ S: 'value-1' });
    expect(readConfig(settings, { S_FILE: file('value-1\r\n') })).toEqual({ S: 'value-1' });
    expect(errorsOf(() => readConfig(settings, { S_FILE: file('value-1\n\n') }))).toHaveLength(1);
  });
  it('that is not there, or is named beside the value, is an error', () => {
    expect(errorsOf(() => readConfig(settings, { S_FILE: join(folder, 'none') }))).toEqual([
      'S_FILE cannot be read (ENOENT): name a file that this process may read',
    ]);
    expect(errorsOf(() => readConfig(settings, { S: 'value-1', S_FILE: file('x') }))).toEqual([
      'S and S_FILE are both set: keep one of them',
    ]);
  });
  it('is not read for what is no secret', () => {
    expect(readConfig({ A: optional(text()) }, { A_FILE: file('value') })).toEqual({ A: undefined });
  });
});

it('settings that are each right and do not fit together are refused', () => {
  const settings = { PROBE: setting(duration(1, 1e6)), RELEASE: setting(duration(1, 1e6)) };
  const agreement = [
    ({ PROBE, RELEASE }: { PROBE: number; RELEASE: number }) =>
      PROBE < RELEASE ? undefined : 'PROBE must be shorter than RELEASE',
  ];
  expect(errorsOf(() => readConfig(settings, { PROBE: '5s', RELEASE: '2s' }, agreement))).toEqual([
    'PROBE must be shorter than RELEASE',
  ]);
  expect(readConfig(settings, { PROBE: '1s', RELEASE: '2s' }, agreement)).toEqual({ PROBE: 1000, RELEASE: 2000 });
});
