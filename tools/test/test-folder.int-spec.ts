/** However a test run ends, nothing of it stays behind. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { eventually } from '@foldline/testing';

/** A run that starts one process, detached as the servers are, mounts a disk where it may, and waits. */
const RUN = `
  const { TestFolder } = require(${JSON.stringify(resolve(__dirname, 'test-folder.cjs'))});
  const { spawn, spawnSync } = require('node:child_process');
  const { mkdirSync } = require('node:fs');
  const folder = new TestFolder();
  const env = { ...process.env, ...folder.env };
  mkdirSync(folder.path + '/disk');
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path + '/disk'], { stdio: 'ignore' });
  const started = spawn('sleep', ['600'], { env, detached: true, stdio: 'ignore' });
  console.log(JSON.stringify({ path: folder.path, pid: started.pid }));
  setInterval(() => undefined, 1000);
`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'a run ended by %s leaves neither a process nor a folder',
  async signal => {
    const run = spawn(process.execPath, ['-e', RUN], { stdio: ['ignore', 'pipe', 'inherit'] });
    const told = await new Promise<string>(done => run.stdout.once('data', (chunk: Buffer) => done(chunk.toString())));
    const { path, pid } = JSON.parse(told) as { path: string; pid: number };
    expect([isAlive(pid), existsSync(path)]).toEqual([true, true]);
    run.kill(signal);
    await eventually(() => expect([isAlive(pid), existsSync(path)]).toEqual([false, false]), { timeout: 20_000 });
  },
);
