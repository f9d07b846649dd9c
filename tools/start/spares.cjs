// For development: a process per program that has loaded its packages before a change asks for it; most of a start is that.
const { spawn } = require('node:child_process');
const { closeSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');
const { mainOf, SMALL_START } = require('./programs.cjs');

const PREPARED = join(__dirname, 'prepared.cjs');

class Spares {
  /** `debuggers`: the debugger's port by name of program. */
  constructor(debuggers, logs) {
    Object.assign(this, { debuggers, logs });
    this.waiting = new Map();
    this.environments = new Map();
  }

  has(name) {
    return name in this.debuggers;
  }

  /** The process that runs the program from now on. */
  take(name, env) {
    this.environments.set(name, env);
    const child = this.waiting.get(name) ?? this.start(name);
    this.waiting.delete(name);
    child.send({ debuggerPort: this.debuggers[name] });
    return child;
  }

  /** Has one at hand for the next `take` of a program that was taken before. */
  prepare(name) {
    if (this.waiting.has(name)) return;
    const child = this.start(name);
    this.waiting.set(name, child);
    child.once('exit', () => this.waiting.get(name) === child && this.waiting.delete(name));
  }

  end() {
    for (const child of this.waiting.values()) child.disconnect();
  }

  start(name) {
    const log = this.logs.open(name);
    const child = spawn(process.execPath, [...SMALL_START, PREPARED, mainOf(name)], {
      cwd: ROOT,
      env: this.environments.get(name),
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    return child;
  }
}

module.exports = { Spares };
