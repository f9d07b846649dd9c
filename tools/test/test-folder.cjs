// Everything that a test run makes or starts lies below one folder or carries its name, so that nothing of it stays behind.
const { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { endProcess, isAlive } = require('../embedded/processes.cjs');

const MARK = 'FOLDLINE_TEST_RUN';

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

class TestFolder {
  constructor() {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'foldline-')));
    // The database server may run as another user; it passes through.
    chmodSync(this.path, 0o711);
    this.env = { TMPDIR: this.path, [MARK]: this.path };
  }

  /** Processes of this run that are still there, as far as the system tells (Linux). */
  processes() {
    const pids = read('/proc/self/stat') ? readdirSync('/proc').filter(name => /^\d+$/.test(name)) : [];
    return pids
      .map(Number)
      .filter(pid => pid !== process.pid && isAlive(pid))
      .map(pid => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim() }))
      .filter(
        ({ pid, command }) =>
          command.includes(this.path) || read(`/proc/${pid}/environ`).includes(`${MARK}=${this.path}`),
      );
  }

  /** Ends them and gives what they were. */
  async endProcesses() {
    const left = this.processes();
    await Promise.all(left.map(({ pid }) => endProcess(pid, ['SIGKILL'], 2000)));
    return left.map(({ pid, command }) => `  ${pid} ${command.slice(0, 150)}`);
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }
}

module.exports = { TestFolder };
