// The steps of `npm test`; ends with one line that counts what passed and failed.
const { join } = require('node:path');
const { CHECKS, runChecks } = require('../checks/checks.cjs');
const { findNats } = require('../embedded/nats-binary.cjs');
const { findMongo } = require('../../test/mongo/find-mongo.cjs');
const { build } = require('../prepare/build.cjs');
const { install } = require('../prepare/install.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { runJest } = require('./jest.cjs');
const { TestFolder } = require('./test-folder.cjs');

const KINDS = ['unit', 'int', 'e2e'];
const say = line => console.log(line);

/** `--only unit|int|e2e` picks a kind; what else is given goes to jest, such as a path. */
function readArguments(args) {
  const at = args.indexOf('--only');
  if (at < 0) return { kinds: KINDS, rest: args, all: args.length === 0 };
  const only = args[at + 1];
  if (!KINDS.includes(only)) throw Object.assign(new Error(`--only takes one of ${KINDS.join(', ')}`), { exitCode: 2 });
  return { kinds: [only], rest: args.toSpliced(at, 2), all: false };
}

async function run(args, folder) {
  const { kinds, rest, all } = readArguments(args);
  install(say);
  const binDir = join(ROOT, '.foldline/bin');
  if (kinds.some(kind => kind !== 'unit')) {
    findNats({ binDir, say });
    findMongo({ binDir, fetch: true, say });
  }
  if (kinds.includes('e2e')) build(say);
  const counts = all ? [await runChecks(CHECKS, say)] : [];
  // Journeys start whole shops, so they have the machine for themselves.
  for (const group of [kinds.filter(kind => kind !== 'e2e'), kinds.filter(kind => kind === 'e2e')])
    if (group.length > 0) counts.push(await runJest(group, { rest, folder, workers: group.includes('e2e') ? 1 : 2 }));
  const left = await folder.endProcesses();
  if (left.length > 0) {
    say(`FAILED  these processes were left running, and were ended now:\n${left.join('\n')}`);
    counts.push({ passed: 0, failed: 1 });
  }
  const sum = key => counts.reduce((total, count) => total + (count[key] ?? 0), 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  say(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  return sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
}

async function main(args) {
  const folder = new TestFolder();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(
      signal,
      () =>
        void folder
          .endProcesses()
          .then(() => folder.remove())
          .finally(() => process.exit(130)),
    );
  try {
    process.exitCode = await run(args, folder);
  } catch (error) {
    console.error(error.message);
    process.exitCode = error.exitCode ?? 1;
  } finally {
    folder.remove();
  }
}

module.exports = { main, readArguments };
