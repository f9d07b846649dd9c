// The steps of `npm test`; ends with one line that counts what passed and failed.
const { join } = require('node:path');
const { CHECKS, runChecks } = require('../checks/checks.cjs');
const { findNats } = require('../embedded/nats-binary.cjs');
const { findMongo } = require('../../test/mongo/find-mongo.cjs');
const { build } = require('../prepare/build.cjs');
const { install } = require('../prepare/install.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { JestRun } = require('./jest.cjs');
const { TestFolder } = require('./test-folder.cjs');

/** What `npm test` runs; `long` is for build servers, and for whoever changes replay or the tools. */
const KINDS = ['unit', 'int', 'e2e'];
const ALL_KINDS = [...KINDS, 'long'];
/** These start whole shops: not beside what counts milliseconds. */
const JOURNEYS = ['e2e', 'long'];
/** As many files at a time. Those with a server or two wait for it a good part of their time; a shop keeps a core busy. */
const WORKERS = { journeys: 2, others: 3 };
const LIMIT_MINUTES = 20;
const say = line => console.log(line);

/** `--only unit|int|e2e|long` picks a kind; what else is given goes to jest, such as a path. */
function readArguments(args) {
  const at = args.indexOf('--only');
  if (at < 0) return { kinds: KINDS, rest: args, all: args.length === 0 };
  const only = args[at + 1];
  if (!ALL_KINDS.includes(only))
    throw Object.assign(new Error(`--only takes one of ${ALL_KINDS.join(', ')}`), { exitCode: 2 });
  return { kinds: [only], rest: args.toSpliced(at, 2), all: false };
}

function readLimit(text = process.env.TEST_LIMIT_MINUTES ?? String(LIMIT_MINUTES)) {
  if (/^[0-9]+(\.[0-9]+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw Object.assign(new Error('TEST_LIMIT_MINUTES must be a number of minutes'), { exitCode: 78 });
}

/** Thrown when the run is cut off; `why` is for people. */
class CutOff extends Error {}

class TestRun {
  constructor(args) {
    Object.assign(this, readArguments(args));
    this.limit = readLimit();
    this.folder = new TestFolder();
    // What the checks and the build start belongs to the run as well.
    Object.assign(process.env, this.folder.env);
    this.counts = [];
  }

  async steps() {
    const { kinds, rest, all, folder } = this;
    install(say);
    const binDir = join(ROOT, '.foldline/bin');
    if (kinds.some(kind => kind !== 'unit')) {
      findNats({ binDir, say });
      findMongo({ binDir, fetch: true, say });
    }
    const isJourney = kind => JOURNEYS.includes(kind);
    // The first checks run while the build does: neither keeps all cores busy.
    const checks = all ? runChecks(CHECKS, say) : undefined;
    if (kinds.some(isJourney)) build(say);
    if (checks) this.counts.push(await checks);
    const groups = { others: kinds.filter(kind => !isJourney(kind)), journeys: kinds.filter(isJourney) };
    for (const [name, group] of Object.entries(groups)) {
      if (group.length === 0 || this.isCut) continue;
      this.jest = new JestRun(group, { rest, folder, workers: WORKERS[name] });
      const counts = await this.jest.run();
      if (this.isCut) return;
      this.counts.push(counts);
      this.jest = undefined;
    }
  }

  /** Rejects at a signal, or when the time is up. */
  cutOff() {
    return new Promise((_, failed) => {
      for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }))
        process.once(signal, () =>
          failed(Object.assign(new CutOff(`stopped by ${signal}`), { exitCode: 128 + number })),
        );
      const late = `stopped after ${this.limit} minutes; TEST_LIMIT_MINUTES gives a slower machine more`;
      setTimeout(() => failed(new CutOff(late)), this.limit * 60_000).unref();
    });
  }

  /** Gives the exit code; the last line counts. */
  async run() {
    let exitCode;
    try {
      await Promise.race([this.steps(), this.cutOff()]);
    } catch (error) {
      this.isCut = true;
      exitCode = error.exitCode ?? 1;
      const { running = [], ...counted } = this.jest?.counts() ?? {};
      const at = running.length > 0 ? `; these were running:\n${running.map(file => `  ${file}`).join('\n')}` : '';
      say(`FAILED  ${error.message}${at}`);
      this.counts.push(counted, { failed: 1 });
      await this.folder.endProcesses();
    }
    const left = await this.folder.endProcesses();
    if (left.length > 0) {
      say(`FAILED  these processes were left running, and were ended now:\n${left.join('\n')}`);
      this.counts.push({ failed: 1 });
    }
    this.folder.remove();
    const sum = key => this.counts.reduce((total, count) => total + (count[key] ?? 0), 0);
    const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
    say(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
    return exitCode ?? (sum('failed') > 0 || sum('passed') === 0 ? 1 : 0);
  }
}

async function main(args) {
  try {
    process.exit(await new TestRun(args).run());
  } catch (error) {
    console.error(error.message);
    process.exit(error.exitCode ?? 1);
  }
}

module.exports = { main, readArguments };
