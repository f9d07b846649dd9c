// Starts the server that find-mongo found, as a process of its own on a port of its own.
const { spawn, spawnSync } = require('node:child_process');
const { closeSync, mkdirSync, openSync, readFileSync } = require('node:fs');
const { connect } = require('node:net');
const { join } = require('node:path');
const { endProcess, until } = require('../../tools/embedded/processes.cjs');

const answers = port =>
  new Promise(done => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = result => {
      socket.destroy();
      done(result);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });

/** Small and quick to start: it serves tests, one at a time. */
const JAVA = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

function commandOf(found, { port, dataDir, durable }) {
  if (found.kind === 'mongod') return ['mongod', '--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', dataDir];
  if (found.kind === 'docker')
    return ['docker', 'run', '--rm', '--name', `foldline-test-${port}`, '-p', `127.0.0.1:${port}:27017`, found.image];
  const file = durable ? [join(dataDir, 'store.mv')] : [];
  return ['java', ...JAVA, '-cp', join(found.jars, '*'), join(__dirname, 'Launcher.java'), String(port), ...file];
}

/** `durable`: keeps its data in `dataDir` over a kill, as far as the server does. Gives `{url, pid, stop()}`. */
async function startMongo(found, { port, dataDir, logFile, durable = false }) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const [command, ...args] = commandOf(found, { port, dataDir, durable });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  let failed;
  child.once('error', error => (failed = error));
  const up = await until(async () => failed || child.exitCode !== null || (await answers(port)), 60_000);
  if (!up || failed || child.exitCode !== null) {
    const tail = readFileSync(logFile, 'utf8').split('\n').slice(-6).join('\n');
    throw new Error(
      `${command} did not start on port ${port}: ${failed?.message ?? ''}\n${tail}\nThe whole log: ${logFile}`,
    );
  }
  return {
    url: `mongodb://127.0.0.1:${port}/`,
    pid: child.pid,
    stop: () => {
      if (found.kind === 'docker')
        spawnSync('docker', ['stop', '-t', '1', `foldline-test-${port}`], { stdio: 'ignore' });
      return endProcess(child.pid, ['SIGTERM', 'SIGKILL'], 5000);
    },
  };
}

module.exports = { startMongo };
