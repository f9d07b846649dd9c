// What `npm run lint` and `npm test` look at before any test runs: each is a name and a command.
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');

const module_ = path => join(ROOT, 'node_modules', path);

const LINTS = {
  format: [module_('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  'import rules': [
    module_('dependency-cruiser/bin/dependency-cruise.mjs'),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'err',
    'apps',
    'libs',
    'tools',
    'test',
    'bench',
  ],
  'client types': [join(ROOT, 'libs/client/generate.mjs'), '--check'],
  lockfile: [join(__dirname, 'lockfile.cjs')],
  eslint: [module_('eslint/bin/eslint.js'), '--max-warnings', '0', '.'],
};
const CHECKS = { ...LINTS, types: [module_('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'] };

const SIDE_BY_SIDE = 2;

function runCheck(name, command, say) {
  const began = Date.now();
  return new Promise(done => {
    const child = spawn(process.execPath, command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', chunk => (output += chunk));
    child.once('close', code => {
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      say(code === 0 ? `ok      ${name} (${seconds} s)` : `FAILED  ${name} (${seconds} s)\n${output.trim()}`);
      done(code === 0);
    });
  });
}

/** Runs them two at a time; gives how many passed and failed. */
async function runChecks(checks, say) {
  const waiting = Object.entries(checks);
  const outcomes = [];
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) outcomes.push(await runCheck(...next, say));
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  const passed = outcomes.filter(Boolean).length;
  return { passed, failed: outcomes.length - passed };
}

module.exports = { CHECKS, LINTS, runChecks };
