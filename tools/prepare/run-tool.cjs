// Runs a built tool in this very process: a second one would only add its start to every call.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { build } = require('./build.cjs');
const { install } = require('./install.cjs');
const { ROOT } = require('./root.cjs');
const { usualFolder } = require('../start/data-folder.cjs');

const MAINS = {
  demo: 'dist/tools/demo/main.js',
  replay: 'dist/tools/replay/main.js',
  backup: 'dist/tools/backup/main.js',
  events: 'dist/tools/events/main.js',
  keys: 'dist/tools/keys/main.js',
  bench: 'dist/bench/main.js',
  chaos: 'dist/test/chaos/main.js',
};

/** Standard output belongs to the tool. */
const say = line => process.stderr.write(`foldline: ${line}\n`);

function runTool(name, args) {
  const main = MAINS[name] && join(ROOT, MAINS[name]);
  if (!main) {
    say(`there is no tool "${name ?? ''}"; there are: ${Object.keys(MAINS).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  try {
    install(say);
    build(say);
    if (!existsSync(main)) throw new Error(`${MAINS[name]} was not built.`);
  } catch (error) {
    say(error.message);
    process.exitCode = 1;
    return;
  }
  process.env.FOLDLINE_DATA ??= usualFolder();
  process.setSourceMapsEnabled(true);
  process.argv = [process.argv[0], main, ...args];
  require('./late-phones.cjs');
  require(main);
}

module.exports = { runTool };
