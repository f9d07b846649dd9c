// The steps of `npm start`, each told in one line, and the end of it in good order.
const { chmodSync, mkdirSync, rmSync, statSync } = require('node:fs');
const { join } = require('node:path');
const { build } = require('../prepare/build.cjs');
const { install } = require('../prepare/install.cjs');
const { takeLock } = require('../prepare/lock-file.cjs');
const { privateFolder } = require('./data-folder.cjs');
const { readSettings } = require('./settings.cjs');

const say = line => console.log(`foldline: ${line}`);

/** Two of one Ctrl-C: the terminal sends it to npm and to us, and npm passes it on. */
const SAME_PRESS_MS = 1500;

function openDataDir(dataDir) {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
    // Others may pass through, not look: the database server runs as another user where we are root.
    if (process.getuid?.() === 0 && (statSync(dataDir).mode & 0o001) === 0) chmodSync(dataDir, 0o711);
    const lock = takeLock(join(dataDir, 'start.lock'));
    if (lock.holder)
      throw new Error(
        `Foldline already runs on ${dataDir} (process ${lock.holder}). Stop it there with Ctrl-C, or set FOLDLINE_DATA and other ports to run a second one.`,
      );
    return lock;
  } catch (error) {
    if (error.code === 'EACCES' || error.code === 'EPERM')
      throw new Error(
        `This user may not write ${dataDir}. Start as the user who made it, or set FOLDLINE_DATA to another folder.`,
        { cause: error },
      );
    throw error;
  }
}

/** Calls `stop` once at the first signal, and ends at once at a second one. */
function onSignals(stop) {
  let first;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      first ??= Date.now();
      if (Date.now() - first > SAME_PRESS_MS) process.exit(1);
      stop();
    });
}

/** npm starts us through a shell, which keeps a SIGTERM for npm to itself: when that shell is gone, we go too. */
function onShellGone(stop) {
  if (!['start', 'dev'].includes(process.env.npm_lifecycle_event)) return;
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) stop();
  }, 500).unref();
}

/** `dev`: names of the services to be worked on, none for all; undefined runs the shop as it is. */
async function run({ dev } = {}) {
  const began = Date.now();
  const settings = readSettings();
  settings.dataDir = privateFolder(settings.dataDir, { say });
  const lock = openDataDir(settings.dataDir);
  let stack;
  let development;
  let stopping;
  const stop = code => {
    stopping ??= (async () => {
      await development?.();
      if (stack?.all.length) {
        say('stopping');
        await stack.stop();
        say('stopped');
      }
      lock.release();
      process.exit(code);
    })();
    return stopping;
  };
  onSignals(() => void stop(0));
  onShellGone(() => void stop(0));
  try {
    rmSync(join(settings.dataDir, 'run.json'), { force: true });
    install(say);
    build(say);
    // What follows may use packages.
    const { keepSecrets } = require('./secrets.cjs');
    const { Logs } = require('./logs.cjs');
    const { Stack } = require('./stack.cjs');
    const { StartedProcesses } = require('./leftovers.cjs');
    const { summary } = require('./summary.cjs');
    const debuggers = dev && require('./development.cjs').debuggerPorts(dev);
    const { Spares } = require('./spares.cjs');
    const started = new StartedProcesses(settings.dataDir);
    const left = await started.stopOld();
    if (left.length > 0) say(`stopped what an earlier run left: ${left.join(', ')}`);
    const secrets = keepSecrets(settings.dataDir, settings.admin);
    const logs = new Logs(settings.dataDir);
    const spares = debuggers && new Spares(debuggers, logs);
    stack = new Stack({ settings, secrets, logs, started, say, spares });
    const run = await stack.start();
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    const admin = `http://127.0.0.1:${settings.ports.GATEWAY_ADMIN_PORT}/metrics`;
    console.log(
      summary({
        run,
        postgresPort: settings.ports.POSTGRES_PORT,
        publicUrl: settings.publicUrl,
        admin,
        dataDir: settings.dataDir,
        logFolder: logs.folder,
        seconds,
      }),
    );
    if (debuggers) development = require('./development.cjs').develop(stack, spares, say);
  } catch (error) {
    if (stopping) return stopping;
    console.error(`foldline: ${error.message}`);
    await stop(error.exitCode ?? 1);
  }
}

/** Errors are for people; a stack trace only where nobody expected one. */
async function main(options) {
  process.on('uncaughtException', error => {
    console.error(error);
    process.exit(1);
  });
  await run(options).catch(error => {
    console.error(`foldline: ${error.message}`);
    process.exitCode = error.exitCode ?? 1;
  });
}

module.exports = { main };
