/** However a run of the suite ends, nothing of it stays behind: it breaks things, and is itself not spared. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '@foldline/testing';

const ROOT = resolve(__dirname, '../..');
const { MARK, markedProcesses } = require('../../tools/test/marked-processes.cjs') as {
  MARK: string;
  markedProcesses(folder: string): readonly { readonly command: string }[];
};
const START_MS = 240_000;

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'a run ended by %s leaves neither servers nor programs nor folders',
  async signal => {
    const place = realpathSync(mkdtempSync(join(tmpdir(), 'foldline-killed-')));
    const env: NodeJS.ProcessEnv = { ...process.env, TMPDIR: place };
    // Else it would be a part of this run, which cleans up for it.
    delete env[MARK];
    const main = join(ROOT, 'dist/test/chaos/main.js');
    const run = spawn(process.execPath, [main, '--faults', 'none', '--out', join(place, 'out')], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      await new Promise<void>((done, failed) => {
        let said = '';
        run.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('calls a second')) done();
        });
        run.once('close', () => failed(new Error(`the run ended by itself: ${said}`)));
      });
      const [folder] = readdirSync(place).filter(name => name !== 'out');
      const running = () => markedProcesses(join(place, folder!)).map(({ command }) => command);
      // The gateway and four services, PostgreSQL and nats-server at least.
      expect(running().length).toBeGreaterThanOrEqual(7);
      run.kill(signal);
      await eventually(() => expect([running(), readdirSync(place)]).toEqual([[], ['out']]), { timeout: 60_000 });
    } finally {
      run.kill('SIGKILL');
      rmSync(place, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    }
  },
  START_MS,
);
