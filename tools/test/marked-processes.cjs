// The processes of a test run: they carry its mark in their environment, or name its folder in their command.
const { readdirSync, readFileSync } = require('node:fs');
const { spawnSync } = require('node:child_process');
const { endProcess, isAlive } = require('../embedded/processes.cjs');

const MARK = 'FOLDLINE_TEST_RUN';

/** What is killed may have been starting something. */
const ROUNDS = 10;

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** `[{pid, command, env}]` of everything that runs; where there is no /proc, without the environment. */
function everything() {
  if (read('/proc/self/stat'))
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(pid => ({
        pid: Number(pid),
        command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim(),
        env: read(`/proc/${pid}/environ`),
      }));
  const { stdout } = spawnSync('ps', ['-Ao', 'pid=,command='], { encoding: 'utf8' });
  return (stdout ?? '').split('\n').flatMap(line => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid ? [{ pid: Number(pid), command, env: '' }] : [];
  });
}

/** Without this process, and without the guard, which ends by itself. */
const markedProcesses = folder =>
  everything().filter(
    ({ pid, command, env }) =>
      pid !== process.pid &&
      !command.includes('guard.cjs') &&
      (command.includes(folder) || env.split('\0').includes(`${MARK}=${folder}`)) &&
      isAlive(pid),
  );

/** Ends them at once, and what they started meanwhile; gives what they were. */
async function endMarked(folder) {
  const ended = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const left = markedProcesses(folder);
    if (left.length === 0) break;
    ended.push(...left);
    await Promise.all(left.map(({ pid }) => endProcess(pid, ['SIGKILL'], 2000)));
  }
  return ended;
}

module.exports = { MARK, endMarked, markedProcesses };
