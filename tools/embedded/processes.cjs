// Small truths about processes: alive or a zombie, what they are, and how they are brought to an end.
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
    return '';
  }
}

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

module.exports = { isAlive, commandOf, until, endProcess };
