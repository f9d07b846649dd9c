import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const { takeLock } = require('../prepare/lock-file.cjs');

const folder = mkdtempSync(join(tmpdir(), 'foldline start '));
afterAll(() => rmSync(folder, { recursive: true }));

const start = (env: Record<string, string>) =>
  spawnSync(process.execPath, [resolve(__dirname, '../start.mjs')], {
    cwd: tmpdir(),
    encoding: 'utf8',
    timeout: 20_000,
    env: { PATH: process.env.PATH, FOLDLINE_DATA: folder, ...env },
  });

it('wrong settings end the start with 78 before anything is touched', () => {
  const nowhere = join(folder, 'never made');
  const { status, stderr } = start({ FOLDLINE_DATA: nowhere, GATEWAY_PORT: 'http', READ_STORE: 'paper' });
  expect(status).toBe(78);
  expect(stderr).toMatch(/GATEWAY_PORT must be[^]*READ_STORE must be one of postgres, mongo/);
  expect(existsSync(nowhere)).toBe(false);
});

it('a second start on the same data says who runs there', () => {
  const lock = takeLock(join(folder, 'start.lock'));
  const { status, stderr } = start({});
  lock.release();
  expect(status).toBe(1);
  expect(stderr).toContain(`already runs on ${folder} (process ${process.pid})`);
});
