// A program of which everything but its own code is loaded: it waits to be told to go on, and ends with whoever would tell it.
const { readFileSync } = require('node:fs');
const inspector = require('node:inspector');
const { createRequire } = require('node:module');

const main = process.argv[2];

/** The packages that a bundle leaves outside; one that cannot be loaded is the program's to complain of. */
function loadPackages() {
  const load = createRequire(main);
  const outside = readFileSync(main, 'utf8').matchAll(/\brequire\("([^"./][^"]*)"\)/g);
  for (const name of new Set(Array.from(outside, ([, name]) => name))) {
    try {
      load(name);
    } catch {
      continue;
    }
  }
}

process.once('message', ({ debuggerPort }) => {
  process.removeAllListeners('disconnect');
  process.disconnect();
  inspector.open(debuggerPort, '127.0.0.1');
  process.argv.splice(1, 2, main);
  require(main);
});
process.once('disconnect', () => process.exit(0));
loadPackages();
