/** The replay command, as operators run it; FOLDLINE_DATA names the shop. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

/** Gives its last line, which is JSON; rejects where it says that something is wrong. */
export const replay = (...args: string[]): Promise<string> => replayWith({}, ...args);

/** The same with further settings in the environment. */
export function replayWith(env: Readonly<Record<string, string>>, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, [resolve('dist/tools/replay/main.js'), ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  return new Promise((done, failed) =>
    child.once('close', code =>
      code === 0 ? done(out.trim().split('\n').at(-1)!) : failed(new Error(`replay ${args[0]} ended with ${code}`)),
    ),
  );
}
