// Looks at what the shop stands on: packages, PostgreSQL, nats-server, ports.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { unprivileged } = require('../embedded/account.cjs');
const { findPostgres } = require('../embedded/postgres-binaries.cjs');
const { knownNats, waysToFetch } = require('../embedded/nats-binary.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { assertFree } = require('../start/ports.cjs');
const { portsOf } = require('../start/programs.cjs');

const ok = found => ({ state: 'ok', found });

const error = (found, cure) => ({ state: 'error', found, cure });

const versionOf = (path, env = {}) =>
  spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000, env: { PATH: process.env.PATH, ...env } });

const packages = () =>
  existsSync(join(ROOT, 'node_modules/.package-lock.json'))
    ? ok('installed')
    : ok('not installed yet: "npm start" does it');

const postgres = ({ databaseUrls, dataDir }) => {
  if (Object.values(databaseUrls).every(Boolean)) return ok('outside (..._DATABASE_URL)');
  if (!process.env.PG_BIN && !existsSync(join(ROOT, 'node_modules')))
    return ok('comes with the packages, which are not installed yet');
  try {
    const { bin, env } = findPostgres({ linksDir: join(dataDir, 'postgres-links') });
    const { status, stdout, stderr } = versionOf(join(bin, 'postgres'), env);
    if (status !== 0)
      return error(
        `${join(bin, 'postgres')} does not run: ${stderr.trim()}`,
        'Install PostgreSQL 15 or newer and set PG_BIN to the folder that holds initdb.',
      );
    unprivileged(join(bin, 'postgres'), join(dataDir, 'postgres'), env);
    return ok(`${stdout.trim()} in ${bin}`);
  } catch (cause) {
    return error(cause.message);
  }
};

const nats = ({ natsUrl }) => {
  if (natsUrl) return ok('outside (NATS_URL)');
  try {
    const path = knownNats({ binDir: join(ROOT, '.foldline/bin') });
    if (path) return ok(`${versionOf(path).stdout.trim()} in ${path}`);
  } catch (cause) {
    return error(cause.message);
  }
  const ways = waysToFetch();
  return ways.length > 0
    ? ok(`not here yet: "npm start" fetches it from ${ways.join(' or ')}`)
    : error(
        'no nats-server, and no way to fetch one',
        'Install it (Debian, Ubuntu: apt install nats-server; macOS: brew install nats-server), or set NATS_SERVER_BIN.',
      );
};

const ports = async (settings, { launcher, processes }) => {
  if (launcher !== undefined || Object.keys(processes).length > 0) return ok('in use by this shop, which runs');
  try {
    const wanted = portsOf(settings);
    await assertFree(wanted);
    return ok(`${wanted.map(({ port }) => port).join(', ')} are free`);
  } catch (cause) {
    return error(cause.message);
  }
};

module.exports = { packages, postgres, nats, ports };
