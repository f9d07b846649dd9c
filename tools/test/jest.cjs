// Runs jest and counts.
const { spawn } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');

/** Gives `{passed, failed, skipped}`; a file that does not even load is one failure. */
async function runJest(kinds, { rest, folder, workers }) {
  const report = join(folder.path, `jest-${kinds.join('-')}.json`);
  const args = [
    join(ROOT, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    ...kinds,
    `--maxWorkers=${workers}`,
    '--passWithNoTests',
    '--json',
    `--outputFile=${report}`,
    `--cacheDirectory=${join(ROOT, 'node_modules/.cache/jest')}`,
    ...(process.env.CI ? ['--ci'] : []),
    ...(rest.length > 0 ? ['--testPathPatterns', ...rest] : []),
  ];
  const env = { ...process.env, ...folder.env };
  // Its report on standard output is for machines; people read standard error.
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const code = await new Promise(done => child.once('close', done));
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  return { passed: numPassedTests, failed: failed || (code === 0 ? 0 : 1), skipped: numPendingTests };
}

module.exports = { runJest };
