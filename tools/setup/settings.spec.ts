import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICES } from '@foldline/contracts';
import { readSettings } from './settings';

const right = {
  SETUP_ADMIN_URL: 'postgres://admin:secret-a@h:1/postgres',
  ...Object.fromEntries(
    SERVICES.flatMap(({ prefix: x }) => [
      [`${x}_DATABASE_URL`, `postgres://${x}_app:secret-${x}@h:1/foldline_${x}`],
      [`${x}_OWNER_PASSWORD`, `secret-owner-${x}`],
    ]),
  ),
};

describe('settings of the set-up', () => {
  it('are read from the environment', () => {
    expect(readSettings(right)).toMatchObject({ services: { length: SERVICES.length } });
  });

  it('may be secrets in files, whose last line end does not count', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'setup-')), 'secret');
    writeFileSync(file, 'from a file\n');
    const { USERS_OWNER_PASSWORD: _, ...rest } = right as Record<string, string>;
    expect(readSettings({ ...rest, USERS_OWNER_PASSWORD_FILE: file })).toMatchObject({
      services: expect.arrayContaining([expect.objectContaining({ ownerPassword: 'from a file' })]),
    });
    expect(readSettings({ ...right, USERS_OWNER_PASSWORD_FILE: file })).toMatchObject({ wrong: { length: 1 } });
    expect(readSettings({ ...rest, USERS_OWNER_PASSWORD_FILE: '/no/such' })).toMatchObject({ wrong: { length: 1 } });
  });

  it('that are wrong are all listed, without a secret', () => {
    const read = readSettings({
      ...right,
      SETUP_ADMIN_URL: 'mysql://admin:secret-a@h/x',
      USERS_DATABASE_URL: 'postgres://users_app@h:1/foldline_users',
      PRODUCTS_OWNER_PASSWORD: '',
      QUERY_DATABASE_URL: 'secret-not-a-url',
    });
    if (!('wrong' in read)) throw new Error('taken for right');
    expect(read.wrong).toHaveLength(4);
    for (const [i, name] of [
      'SETUP_ADMIN_URL',
      'USERS_DATABASE_URL',
      'PRODUCTS_OWNER_PASSWORD',
      'QUERY_DATABASE_URL',
    ].entries())
      expect(read.wrong[i]).toContain(name);
    expect(read.wrong.join()).not.toContain('secret');
  });

  it('never give two services one database', () => {
    expect(
      readSettings({ ...right, QUERY_DATABASE_URL: right.SETUP_ADMIN_URL, USERS_DATABASE_URL: right.SETUP_ADMIN_URL }),
    ).toMatchObject({
      wrong: [expect.stringContaining('share a database')],
    });
  });
});
