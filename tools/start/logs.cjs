// Log files of the stack: written by each process itself, so that a frozen or killed launcher stops no service.
const {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
} = require('node:fs');
const { join } = require('node:path');

const LIMIT_BYTES = 10 * 1024 * 1024;
const KEPT = 3;
const CHECK_MS = 10_000;

class Logs {
  constructor(dataDir) {
    this.folder = join(dataDir, 'logs');
    this.names = new Set();
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    setInterval(() => this.rotate(), CHECK_MS).unref();
  }

  path(name) {
    this.names.add(name);
    return join(this.folder, `${name}.log`);
  }

  /** A descriptor that appends: after a file was emptied, the next line is its first. */
  open(name) {
    this.rotate();
    return openSync(this.path(name), 'a', 0o600);
  }

  /** Full files are copied and emptied, since their writers keep them open. */
  rotate() {
    for (const name of this.names) {
      const path = join(this.folder, `${name}.log`);
      if (!existsSync(path) || statSync(path).size < LIMIT_BYTES) continue;
      for (let n = KEPT - 1; n > 0; n -= 1)
        if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
      copyFileSync(path, `${path}.1`);
      truncateSync(path, 0);
    }
  }

  /** The last lines that a process wrote since it was started at `from` bytes. */
  tail(name, lines = 8, from = 0) {
    if (!existsSync(this.path(name))) return '';
    const bytes = readFileSync(this.path(name));
    return bytes
      .subarray(bytes.length < from ? 0 : from)
      .toString('utf8')
      .trimEnd()
      .split('\n')
      .slice(-lines)
      .join('\n');
  }

  size(name) {
    return existsSync(this.path(name)) ? statSync(this.path(name)).size : 0;
  }
}

module.exports = { Logs };
