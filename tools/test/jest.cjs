// Runs jest and counts.
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');

const NONE = { passed: 0, failed: 0, skipped: 0, running: [] };

class JestRun {
  constructor(kinds, { rest, folder, workers }) {
    Object.assign(this, { kinds, rest, folder, workers });
    this.file = join(folder.path, `jest-${kinds.join('-')}.json`);
  }

  /** `{passed, failed, skipped, running}` so far; `running` names the files at work. */
  counts() {
    try {
      return JSON.parse(readFileSync(this.file, 'utf8'));
    } catch {
      return NONE;
    }
  }

  /** Gives the counts at the end. */
  async run() {
    const args = [
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      '--selectProjects',
      ...this.kinds,
      `--maxWorkers=${this.workers}`,
      '--passWithNoTests',
      // What a failed test leaves open must not hold the run up; processes left running still fail it (TestFolder).
      '--forceExit',
      '--reporters=default',
      `--reporters=${join(__dirname, 'count-reporter.cjs')}`,
      `--cacheDirectory=${join(ROOT, 'node_modules/.cache/jest')}`,
      ...(process.env.CI ? ['--ci'] : []),
      ...(this.rest.length > 0 ? ['--testPathPatterns', ...this.rest] : []),
    ];
    const env = { ...process.env, ...this.folder.env, FOLDLINE_TEST_COUNTS: this.file };
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const code = await new Promise(done => child.once('close', done));
    const counts = this.counts();
    return { ...counts, failed: counts.failed || (code === 0 ? 0 : 1) };
  }
}

module.exports = { JestRun };
