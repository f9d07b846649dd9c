import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const { isAlive, processMark } = require('../embedded/processes.cjs');

// The tools alone, as in a fresh clone: no packages beside them.
const clone = realpathSync(mkdtempSync(join(tmpdir(), 'foldline operate ')));
const dataDir = join(clone, 'data');
const children: ChildProcess[] = [];

beforeAll(() => {
  for (const name of ['operate', 'operate.mjs', 'prepare', 'embedded', 'start', 'services.cjs'])
    cpSync(resolve(__dirname, '..', name), join(clone, 'tools', name), { recursive: true });
  for (const name of ['package-lock.json', 'libs/contracts/services.json'])
    cpSync(resolve(__dirname, '../..', name), join(clone, name), { recursive: true });
});
beforeEach(() => mkdirSync(dataDir));
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});
afterAll(() => rmSync(clone, { recursive: true }));

const operate = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(clone, 'tools/operate.mjs'), ...args], {
    encoding: 'utf8',
    timeout: 25_000,
    env: { PATH: process.env.PATH, FOLDLINE_DATA: dataDir, ...env },
  });

async function program(source: string): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', `${source};setInterval(()=>{},1e3);console.log('up')`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child as ChildProcess & { pid: number };
}
const holdLock = (pid: number) => writeFileSync(join(dataDir, 'start.lock'), JSON.stringify(processMark(pid)));
const made = () => {
  for (const name of ['postgres', 'nats', 'logs']) mkdirSync(join(dataDir, name));
  for (const name of ['secrets.json', 'mine.txt']) writeFileSync(join(dataDir, name), '{}', { mode: 0o600 });
};

it('stop asks the launcher and waits until it is gone', async () => {
  const launcher = await program("process.on('SIGTERM',()=>setTimeout(()=>process.exit(0),300))");
  holdLock(launcher.pid);
  const ended = once(launcher, 'exit');
  const { status, stderr } = operate(['stop']);
  expect([status, stderr]).toEqual([0, expect.stringContaining('stopped')]);
  expect(await ended).toEqual([0, null]);
});

it('stop ends what a killed launcher left, and no process that only has its number', async () => {
  const [left, stranger] = [await program(''), await program('')];
  const marks = { users: processMark(left.pid), orders: { ...processMark(stranger.pid), mark: 'another time' } };
  writeFileSync(join(dataDir, 'processes.json'), JSON.stringify(marks));
  const ended = once(left, 'exit');
  expect(operate(['stop'])).toMatchObject({ status: 0, stderr: expect.stringMatching(/left: users\n/) });
  await ended;
  expect(isAlive(stranger.pid)).toBe(true);
  expect(operate(['stop'])).toMatchObject({ status: 0, stderr: expect.stringContaining('nothing runs') });
});

it('reset touches nothing without --yes or while something runs, and then only what the shop made', async () => {
  made();
  expect(operate(['reset'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--yes') });
  const launcher = await program('');
  holdLock(launcher.pid);
  expect(operate(['reset', '--yes'])).toMatchObject({ status: 1, stderr: expect.stringContaining('npm stop') });
  expect(existsSync(join(dataDir, 'postgres'))).toBe(true);
  const ended = once(launcher, 'exit');
  launcher.kill('SIGKILL');
  await ended;
  expect(operate(['reset', '--yes'])).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('left alone: mine.txt'),
  });
  expect(['postgres', 'nats', 'logs', 'secrets.json'].filter(name => existsSync(join(dataDir, name)))).toEqual([]);
  expect(existsSync(join(dataDir, 'mine.txt'))).toBe(true);
});

it('status says that nothing runs, and ends with 1', () => {
  const { status, stdout } = operate(['status', '--json']);
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ state: 'stopped', launcher: null, processes: [] });
});

it('the doctor names what would stop the shop, with its cure', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  made();
  const port = String((server.address() as AddressInfo).port);
  const { status, stdout } = operate(['doctor', '--json'], { USERS_PORT: port, NATS_SERVER_BIN: '/usr/bin/false' });
  server.close();
  expect(status).toBe(1);
  const found = Object.fromEntries(JSON.parse(stdout).findings.map((one: { name: string }) => [one.name, one]));
  expect(found.ports).toMatchObject({ state: 'error', found: expect.stringContaining(`USERS_PORT ${port} is used`) });
  expect(found.nats).toMatchObject({ state: 'error', found: expect.stringContaining('NATS_SERVER_BIN') });
  expect(found.node.state).toBe('ok');
});

it('the doctor tells wrong settings and others who may read the secrets', () => {
  made();
  rmSync(join(dataDir, 'secrets.json'));
  writeFileSync(join(dataDir, 'secrets.json'), '{}', { mode: 0o644 });
  expect(operate(['doctor'])).toMatchObject({ status: 1, stdout: expect.stringContaining('chmod 600') });
  const wrong = operate(['doctor'], { GATEWAY_PORT: 'http' });
  expect(wrong).toMatchObject({ status: 1, stdout: expect.stringContaining('GATEWAY_PORT must be') });
});

it('a reader that leaves early, and no terminal or input at all, make no noise', () => {
  const command = `"${process.execPath}" "${join(clone, 'tools/operate.mjs')}" doctor <&- | true; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', command], {
    encoding: 'utf8',
    timeout: 25_000,
    env: { PATH: process.env.PATH, FOLDLINE_DATA: dataDir },
  });
  expect(stdout.trim()).toMatch(/^[01]$/);
  expect(stderr).not.toMatch(/EPIPE|Error|at /);
});

it('wrong usage ends with 2 and touches nothing', () => {
  expect(operate(['reset', '--yse']).status).toBe(2);
  expect(operate(['burn']).status).toBe(2);
  expect(operate(['status', '--help'])).toMatchObject({ status: 0, stdout: expect.stringContaining('Usage:') });
});
