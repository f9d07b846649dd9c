// A real PostgreSQL server with durable settings, on 127.0.0.1 only, without a socket folder.
const { spawn, spawnSync } = require('node:child_process');
const {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { join } = require('node:path');
const { giveTo, unprivileged } = require('./account.cjs');
const { findPostgres } = require('./postgres-binaries.cjs');
const { commandOf, endProcess, isAlive, until } = require('./processes.cjs');

/** Fast shutdown first; immediate shutdown recovers from the log at the next start. */
const STOP_SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGKILL'];

/** Nothing of the launcher's own settings and secrets; UTC, whatever the machine's zone. */
const environment = libraries => ({ PATH: process.env.PATH, ...libraries, LC_ALL: 'C', TZ: 'UTC' });

/** Made beside its place and moved there when complete: a data folder that exists is a whole one. */
function initialise({ bin, libraries, run, dataDir, password, fast }) {
  const [making, passwordFile] = [`${dataDir}.new`, `${dataDir}.password`];
  const options = { ...run.options, env: environment(libraries), cwd: '/', encoding: 'utf8' };
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const path of [making, passwordFile]) giveTo(run.owner, path);
  const initdb = join(bin, 'initdb');
  const version = Number(/(\d+)/.exec(spawnSync(initdb, ['--version'], options).stdout)?.[1] ?? 0);
  const locale = version >= 17 ? ['--locale-provider=builtin', '--locale=C.UTF-8'] : ['--locale=C.UTF-8'];
  const account = ['-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const [command, ...args] = [...run.prefix, initdb, '-D', making, '-E', 'UTF8', ...account, ...locale];
  const { status, stderr, error } = spawnSync(command, fast ? [...args, '--no-sync'] : args, options);
  rmSync(passwordFile, { force: true });
  if (status !== 0) throw new Error(`initdb could not make ${dataDir}: ${error?.message ?? ''}\n${stderr}`);
  renameSync(making, dataDir);
}

/** Pid of the server that holds the data folder, if one does. */
function holderOf(dataDir) {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  // The number may belong to another program by now, even to another PostgreSQL.
  if (isAlive(pid) && commandOf(pid).includes(dataDir)) return pid;
  rmSync(file, { force: true });
  return undefined;
}

const isReady = dataDir => {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim() === 'ready';
  } catch {
    return false;
  }
};

/**
 * Starts the server on `dataDir` (made on first use). A server left over from a launcher that was killed is stopped first.
 * `fast`: for throw-away test data only, no waiting for the disk when the folder is made.
 * `spawned` is told the process's number at once. Gives `{url, pid, dataDir, child, from, stop()}`; `url` is the superuser's.
 */
async function startPostgres({
  dataDir,
  port,
  password,
  logFile,
  linksDir = `${dataDir}.links`,
  settings = {},
  fast = false,
  env = process.env,
  spawned = () => {},
}) {
  const { bin, env: libraries, from } = findPostgres({ env, linksDir });
  const run = unprivileged(join(bin, 'postgres'), dataDir, libraries);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    if (existsSync(dataDir))
      throw new Error(
        `${dataDir} is there, but it is not PostgreSQL's, or this user may not read it. Move it away, or start as the user who made it.`,
      );
    initialise({ bin, libraries, run, dataDir, password, fast });
  }
  giveTo(run.owner, dataDir);
  const leftOver = holderOf(dataDir);
  if (leftOver) await endProcess(leftOver, STOP_SIGNALS);
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
  const options = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '2GB',
    checkpoint_timeout: '15min',
    wal_compression: 'on',
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_line_prefix: '%m [%p] %q%a ',
    max_prepared_transactions: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...args] = [...run.prefix, join(bin, 'postgres'), '-D', dataDir, ...flags];
  const log = openSync(logFile, 'a', 0o600);
  // A group of its own: Ctrl-C in the terminal must reach the launcher only, which stops the services first.
  const child = spawn(command, args, {
    ...run.options,
    env: environment(libraries),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid) spawned(child.pid);
  let failed;
  child.once('error', error => (failed = error));
  const ended = () => failed || child.exitCode !== null || child.signalCode !== null;
  await until(() => ended() || isReady(dataDir), 60_000, 10);
  if (!isReady(dataDir)) {
    const tail = readFileSync(logFile, 'utf8').split('\n').slice(-6).join('\n');
    throw new Error(
      `PostgreSQL did not start on port ${port}: ${failed?.message ?? ''}\n${tail}\nThe whole log: ${logFile}`,
    );
  }
  return {
    url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`,
    pid: child.pid,
    dataDir,
    child,
    from,
    stop: () => endProcess(child.pid, STOP_SIGNALS),
  };
}

module.exports = { startPostgres };
