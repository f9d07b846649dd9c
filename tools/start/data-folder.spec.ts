import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { keepsModes, privateFolder, usualFolder } = require('./data-folder.cjs');
const { environmentOf } = require('./programs.cjs');
const { readSettings } = require('./settings.cjs');

const work = mkdtempSync(join(tmpdir(), 'foldline-folder-'));
afterAll(() => rmSync(work, { recursive: true }));

it('a folder that keeps modes is taken, and left as it was', () => {
  const dataDir = join(work, 'not', 'there', 'yet');
  expect(keepsModes(dataDir)).toBe(true);
  expect(privateFolder(dataDir, { say: () => undefined, env: {} })).toBe(dataDir);
  expect(existsSync(join(work, 'not'))).toBe(false);
});

describe('where the file system knows no modes', () => {
  const near = join(work, 'checkout');
  const keeps = (folder: string) => !folder.startsWith(near);

  it('another place is taken and told, and every command finds it again', () => {
    const said: string[] = [];
    const env = { XDG_STATE_HOME: join(work, 'state') };
    expect(usualFolder(near)).toBe(near);
    const other = privateFolder(near, { say: (line: string) => said.push(line), env, near, keeps });
    expect(other.startsWith(join(work, 'state', 'foldline'))).toBe(true);
    expect(said.join()).toContain(`the data is kept in ${other} instead`);
    expect(usualFolder(near)).toBe(other);
  });

  it('a folder that somebody chose is refused, with what to do', () => {
    const attempt = () => privateFolder(near, { say: () => undefined, env: { FOLDLINE_DATA: near }, near, keeps });
    expect(attempt).toThrow(/knows no modes. Set FOLDLINE_DATA/);
  });
});

describe('a proxy in the environment', () => {
  const secrets = { databases: {}, nats: { url: 'nats://127.0.0.1:1', seeds: {} }, admin: {} };
  const childEnvironment = (env: Record<string, string>) => environmentOf('users', readSettings({}), secrets, env);

  it('is not used by the services for calls to this machine', () => {
    const env = childEnvironment({ HTTPS_PROXY: 'http://proxy.example:3128', NO_PROXY: 'intranet.example' });
    for (const name of ['NO_PROXY', 'no_proxy']) expect(env[name]).toBe('intranet.example,127.0.0.1,localhost,::1');
    expect(env.HTTPS_PROXY).toBe('http://proxy.example:3128');
  });

  it('that is not there changes nothing', () => {
    expect(childEnvironment({ NO_PROXY: 'x' }).NO_PROXY).toBe('x');
    expect(childEnvironment({}).NO_PROXY).toBeUndefined();
  });
});
