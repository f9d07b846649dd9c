// What an earlier run left behind when it was killed: found by the marks it wrote down, and stopped before anything starts.
const { existsSync, readFileSync, rmSync } = require('node:fs');
const { join } = require('node:path');
const { endProcess, isSameProcess, processMark } = require('../embedded/processes.cjs');
const { writePrivate } = require('./private-file.cjs');

class StartedProcesses {
  constructor(dataDir) {
    this.file = join(dataDir, 'processes.json');
    this.marks = {};
  }

  note(name, pid) {
    this.marks[name] = processMark(pid);
    writePrivate(this.file, this.marks);
  }

  forget() {
    rmSync(this.file, { force: true });
  }

  /** Names of those that were still running. Broker and database go last. */
  async stopOld() {
    const left = existsSync(this.file) ? Object.entries(JSON.parse(readFileSync(this.file, 'utf8'))) : [];
    const running = left.filter(([, mark]) => isSameProcess(mark));
    const isServer = ([name]) => name === 'postgres' || name === 'nats';
    await Promise.all(
      running.filter(entry => !isServer(entry)).map(([, { pid }]) => endProcess(pid, ['SIGTERM', 'SIGKILL'], 3000)),
    );
    await Promise.all(
      running
        .filter(isServer)
        .map(([name, { pid }]) => endProcess(pid, name === 'postgres' ? ['SIGINT', 'SIGQUIT', 'SIGKILL'] : undefined)),
    );
    this.forget();
    return running.map(([name]) => name);
  }
}

module.exports = { StartedProcesses };
