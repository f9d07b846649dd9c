// Looks at the machine itself: Node, system, memory, disk, clock, folder, proxies.
const {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { freemem, totalmem } = require('node:os');
const { dirname, join } = require('node:path');
const { currentSystem, supportOf } = require('../prepare/support.cjs');
const { isOldNode } = require('../prepare/node-version.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { bytes, freeAt } = require('./disk.cjs');

const ok = found => ({ state: 'ok', found });
const warning = (found, cure) => ({ state: 'warning', found, cure });
const error = (found, cure) => ({ state: 'error', found, cure });

const GB = 1e9;

const node = () => {
  const found = `${process.versions.node} (${process.execPath})`;
  return isOldNode(process.versions.node)
    ? error(`${found} is too old`, 'Install Node 20.19 or newer from https://nodejs.org or with your version manager.')
    : ok(found);
};

const system = () => {
  const { name, state, cure } = supportOf(currentSystem());
  if (state === 'supported') return ok(name);
  return state === 'impossible' ? error(`${name} is not supported`, cure) : warning(`${name} was never tried`, cure);
};

const memory = () => {
  const found = `${bytes(freemem())} free of ${bytes(totalmem())}`;
  return totalmem() < 1.5 * GB
    ? warning(found, 'The shop uses about 1 GB. Stop other programs, or use a larger machine.')
    : ok(found);
};

const disk = ({ dataDir }) => {
  const free = freeAt(dataDir);
  const found = `${bytes(free)} free for ${dataDir}`;
  const cure = 'Free some space, or set FOLDLINE_DATA to a folder on another disk.';
  if (free < 0.5 * GB) return error(found, cure);
  return free < 3 * GB ? warning(found, cure) : ok(found);
};

const clock = ({ dataDir }) => {
  const seen = [join(ROOT, 'package-lock.json'), join(dataDir, 'secrets.json'), join(dataDir, 'run.json')]
    .filter(existsSync)
    .map(path => statSync(path).mtimeMs);
  const now = new Date();
  return Math.max(...seen) > now.getTime() + 60_000
    ? error(
        `${now.toISOString()}, but files here were written later than that`,
        'Set the clock (timedatectl set-ntp true), else sessions end too early or too late.',
      )
    : ok(now.toISOString());
};

/** Tried in the folder itself, or in the one that it would be made in. */
const folder = ({ dataDir }) => {
  let there = dataDir;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const cure = 'Set FOLDLINE_DATA to a folder of yours on a local disk.';
  try {
    accessSync(there, constants.W_OK);
  } catch {
    return error(`${there} may not be written by this user`, `Start as the user who made it. Or: ${cure}`);
  }
  const secrets = join(dataDir, 'secrets.json');
  if (existsSync(secrets) && (statSync(secrets).mode & 0o077) !== 0)
    return error(`${secrets} can be read by others`, `chmod 600 ${secrets}`);
  const work = mkdtempSync(join(there, '.doctor-'));
  try {
    writeFileSync(join(work, 'a'), '', { mode: 0o600 });
    if ((statSync(work).mode & 0o777) !== 0o700 || (statSync(join(work, 'a')).mode & 0o777) !== 0o600)
      return error(`${there} cannot keep a file private: its file system knows no modes`, cure);
    linkSync(join(work, 'a'), join(work, 'b'));
  } catch {
    return error(`${there} is on a file system without hard links`, cure);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return ok(dataDir);
};

const isLocal = /(^|,)\s*(127\.0\.0\.1|localhost|\*)\s*(,|$)/i;

const proxy = () => {
  const set = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].filter(
    name => process.env[name],
  );
  if (set.length === 0) return ok('none set');
  return isLocal.test(process.env.no_proxy ?? process.env.NO_PROXY ?? '')
    ? ok(`${set.join(', ')}; 127.0.0.1 is left out`)
    : warning(
        `${set.join(', ')} would also be used for calls to this machine (curl, Node with NODE_USE_ENV_PROXY)`,
        'export NO_PROXY=127.0.0.1,localhost no_proxy=127.0.0.1,localhost',
      );
};

const environment = () =>
  process.env.NODE_OPTIONS
    ? warning(
        `NODE_OPTIONS is set to "${process.env.NODE_OPTIONS}", and every service gets it`,
        'If something behaves oddly, unset it and start again.',
      )
    : ok('NODE_OPTIONS is not set');

module.exports = { node, system, memory, disk, folder, clock, proxy, environment };
