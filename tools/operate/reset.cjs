// `npm run reset -- --yes`: deletes what the stack made in its data folder, by name; anything else there is not ours.
const { existsSync, readdirSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { takeLock } = require('../prepare/lock-file.cjs');
const { running } = require('./running.cjs');

/** Not `bin`: a fetched nats-server is no data. */
const MADE = [
  'run.json',
  'processes.json',
  'postgres',
  'postgres.new',
  'postgres.password',
  'postgres.restoring',
  'restore.log',
  'postgres-links',
  'nats',
  'nats.conf',
  'logs',
  'compile-cache',
  // Last: without it the rest cannot be opened, so an interrupted reset never leaves a folder that looks whole.
  'secrets.json',
];

async function reset({ dataDir }, { yes, say }) {
  const there = existsSync(dataDir) ? MADE.filter(name => existsSync(join(dataDir, name))) : [];
  if (there.length === 0) {
    say(`there is no data in ${dataDir}`);
    return 0;
  }
  const refuseWhileRunning = () => {
    const { launcher, processes } = running(dataDir);
    const pids = [...(launcher ? [launcher] : []), ...Object.values(processes)];
    if (pids.length > 0) throw new Error(`The shop runs on ${dataDir} (process ${pids[0]}). Stop it first: npm stop`);
  };
  refuseWhileRunning();
  if (!yes) {
    say(
      `this deletes every event, read model, log and secret in ${dataDir}:\n  ${there.join(', ')}\nTo do it: npm run -s reset -- --yes`,
    );
    return 2;
  }
  const lock = takeLock(join(dataDir, 'start.lock'));
  try {
    if (lock.holder) throw new Error(`Process ${lock.holder} works on ${dataDir}. Stop it first: npm stop`);
    for (const name of there) rmSync(join(dataDir, name), { recursive: true, force: true, maxRetries: 3 });
  } finally {
    lock.release?.();
  }
  const rest = readdirSync(dataDir).filter(name => name !== 'bin' && !name.startsWith('start.lock'));
  say(`deleted ${there.join(', ')} in ${dataDir}${rest.length > 0 ? `; left alone: ${rest.join(', ')}` : ''}`);
  return 0;
}

module.exports = { reset };
