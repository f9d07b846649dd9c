// Everything that a test run makes or starts lies below one folder or carries its name, so that nothing of it stays behind.
const { spawn } = require('node:child_process');
const { chmodSync, mkdtempSync, realpathSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { MARK, endMarked } = require('./marked-processes.cjs');

class TestFolder {
  constructor() {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'foldline-')));
    // The database server may run as another user; it passes through.
    chmodSync(this.path, 0o711);
    this.env = { TMPDIR: this.path, [MARK]: this.path };
    // In a group of its own, so that who kills the run's group leaves it alone.
    this.guard = spawn(process.execPath, [join(__dirname, 'guard.cjs'), this.path], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.guard.unref();
    this.guard.stdin.unref?.();
  }

  /** True inside another run, whose folder and guard hold for this one too. */
  static isWithin(env = process.env) {
    return env[MARK] !== undefined;
  }

  /** Ends what still runs and gives what it was. */
  async endProcesses() {
    const left = await endMarked(this.path);
    return left.map(({ pid, command }) => `  ${pid} ${command.slice(0, 150)}`);
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

module.exports = { TestFolder };
