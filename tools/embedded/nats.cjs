// A real nats-server with JetStream, as a process of its own.
const { spawn } = require('node:child_process');
const { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } = require('node:fs');
const { connect } = require('node:net');
const { endProcess, until } = require('./processes.cjs');

/** A server answers with INFO as soon as it takes connections. */
function answers(port) {
  return new Promise(done => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = result => {
      socket.destroy();
      done(result);
    };
    socket.once('data', chunk => end(chunk.toString().startsWith('INFO')));
    socket.once('error', () => end(false));
    socket.setTimeout(500, () => end(false));
  });
}

/** Without users: for tests of what does not concern rights. */
const openConfig = ({ port, storeDir }) =>
  `host: 127.0.0.1\nport: ${port}\nmax_payload: 1MB\njetstream { store_dir: ${JSON.stringify(storeDir)}, max_file_store: 20GB }\n`;

/** Starts `bin` with the text of a configuration; `spawned` is told the process's number at once. Gives `{url, pid, port, storeDir, child, stop()}`. */
async function startNats({
  bin,
  port,
  storeDir,
  config = openConfig({ port, storeDir }),
  configFile,
  logFile,
  spawned = () => {},
}) {
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  writeFileSync(configFile, config, { mode: 0o600 });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(bin, ['-c', configFile], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  if (child.pid) spawned(child.pid);
  let failed;
  child.once('error', error => (failed = error));
  const up = await until(async () => failed || child.exitCode !== null || (await answers(port)), 20_000);
  if (!up || failed || child.exitCode !== null) {
    const tail = readFileSync(logFile, 'utf8').split('\n').slice(-6).join('\n');
    throw new Error(
      `nats-server did not start on port ${port}: ${failed?.message ?? ''}\n${tail}\nThe whole log: ${logFile}`,
    );
  }
  // It may ignore SIGTERM while its disk is full.
  return {
    url: `nats://127.0.0.1:${port}`,
    pid: child.pid,
    port,
    storeDir,
    child,
    stop: () => endProcess(child.pid, ['SIGTERM', 'SIGKILL'], 5000),
  };
}

module.exports = { openConfig, startNats };
