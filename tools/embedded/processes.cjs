// Small truths about processes: alive or a zombie, what they are, and how they are brought to an end.
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');

/** False for a process that is gone, and for one that ended but was not reaped yet. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/** The command a process runs, or '' where the system does not tell. */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout?.trim() ?? '';
  }
}

/** When it started, in this boot: a number that was given to another process since does not pass for it. */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout?.trim() ?? '';
  }
}

/** What tells this process from any other, to be written down: `{pid, mark}`. */
const processMark = pid => ({ pid, mark: startOf(pid) });

const isSameProcess = ({ pid, mark }) => isAlive(pid) && startOf(pid) === mark;

async function until(condition, timeoutMs, everyMs = 20) {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await pause(everyMs)) if (await condition()) return true;
  return Boolean(await condition());
}

/** Sends each signal in turn and waits `graceMs` after it; resolves true when the process has ended. */
async function endProcess(pid, signals = ['SIGTERM', 'SIGKILL'], graceMs = 10_000) {
  for (const signal of signals) {
    if (!isAlive(pid)) return true;
    try {
      process.kill(pid, signal);
    } catch {
      return true;
    }
    if (await until(() => !isAlive(pid), graceMs)) return true;
  }
  return !isAlive(pid);
}

module.exports = { isAlive, commandOf, processMark, isSameProcess, until, endProcess };
