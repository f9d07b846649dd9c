// A real PostgreSQL server with durable settings, on 127.0.0.1 only, without a socket folder.
const { spawn, spawnSync } = require('node:child_process');
const {
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  closeSync,
} = require('node:fs');
const { join } = require('node:path');
const { unprivileged } = require('./account.cjs');
const { findPostgres } = require('./postgres-binaries.cjs');
const { commandOf, endProcess, isAlive, until } = require('./processes.cjs');

/** Fast shutdown first; immediate shutdown recovers from the log at the next start. */
const STOP_SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGKILL'];

function own(path, { uid, gid }) {
  if (uid !== undefined && statSync(path).uid !== uid) chownSync(path, uid, gid);
}

function initialise({ bin, env, run, dataDir, password, fast }) {
  const passwordFile = `${dataDir}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  own(passwordFile, run.options);
  const version = Number(
    /(\d+)/.exec(
      spawnSync(join(bin, 'initdb'), ['--version'], { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout,
    )?.[1] ?? 0,
  );
  const locale = version >= 17 ? ['--locale-provider=builtin', '--locale=C.UTF-8'] : ['--locale=C.UTF-8'];
  const [command, ...args] = [
    ...run.prefix,
    join(bin, 'initdb'),
    '-D',
    dataDir,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    ...locale,
    ...(fast ? ['--no-sync'] : []),
  ];
  const { status, stderr } = spawnSync(command, args, {
    ...run.options,
    env: { ...process.env, ...env, LC_ALL: 'C' },
    cwd: '/',
    encoding: 'utf8',
  });
  rmSync(passwordFile, { force: true });
  if (status !== 0) throw new Error(`initdb could not make ${dataDir}:\n${stderr}`);
}

/** Pid of the server that holds the data folder, if one does. */
function holderOf(dataDir) {
  const file = join(dataDir, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (isAlive(pid) && /postgres/.test(commandOf(pid) || 'postgres')) return pid;
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
 * Gives `{url, pid, dataDir, child, from, stop()}`; `url` is the superuser's.
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
}) {
  const { bin, env: libraries, from } = findPostgres({ env, linksDir });
  const run = unprivileged(join(bin, 'postgres'));
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    rmSync(dataDir, { recursive: true, force: true });
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    own(dataDir, run.options);
    initialise({ bin, env: libraries, run, dataDir, password, fast });
  }
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
    ...settings,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...args] = [...run.prefix, join(bin, 'postgres'), '-D', dataDir, ...flags];
  const log = openSync(logFile, 'a', 0o600);
  // A group of its own: Ctrl-C in the terminal must reach the launcher only, which stops the services first.
  const child = spawn(command, args, {
    ...run.options,
    env: { ...process.env, ...libraries, LC_ALL: 'C' },
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let failed;
  child.once('error', error => (failed = error));
  await until(() => failed || child.exitCode !== null || isReady(dataDir), 60_000, 10);
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
