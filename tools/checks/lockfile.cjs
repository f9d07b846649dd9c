// The lockfile names packages and digests, no addresses: it installs from whatever registry a machine uses.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');

/** Names of packages whose entry says where it was downloaded. */
function withAddress(lockfile) {
  return Object.entries(lockfile.packages)
    .filter(([, { resolved, link }]) => !link && resolved !== undefined)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

if (require.main === module) {
  for (const file of ['package-lock.json', 'bench/package-lock.json']) {
    const found = withAddress(JSON.parse(readFileSync(join(ROOT, file), 'utf8')));
    if (found.length === 0) continue;
    console.error(`${file} holds download addresses of: ${found.join(', ')}`);
    console.error('Take them out with: npm install --package-lock-only --omit-lockfile-registry-resolved');
    process.exitCode = 1;
  }
}

module.exports = { withAddress };
