// Finds a server for the tests of the read model on MongoDB: a real one where there is one, else one that speaks its protocol.
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } = require('node:fs');
const { join } = require('node:path');

const JARS = new Map(
  readFileSync(join(__dirname, 'jars.sha256'), 'utf8')
    .trim()
    .split('\n')
    .map(line => line.split(/ +/).reverse()),
);
const IMAGE = 'mongo:8';

const runs = (command, args) => spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0;
const digestOf = file => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Every jar there with its digest, and no other. */
function areRight(folder) {
  try {
    const found = readdirSync(folder).filter(name => name.endsWith('.jar'));
    return found.length === JARS.size && found.every(name => digestOf(join(folder, name)) === JARS.get(name));
  } catch {
    return false;
  }
}

/** Maven carries the jars; their digests are pinned here. */
function fetchJars(folder, say) {
  if (areRight(folder)) return true;
  if (!runs('mvn', ['-v'])) return false;
  say('fetching mongo-java-server from Maven Central, for the tests of the read model on MongoDB');
  mkdirSync(join(folder, '..'), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const args = ['-q', '-B', '-f', join(__dirname, 'pom.xml'), 'dependency:copy-dependencies'];
    spawnSync('mvn', [...args, `-DoutputDirectory=${work}`], { stdio: 'ignore', timeout: 300_000 });
    if (!areRight(work)) return false;
    rmSync(folder, { recursive: true, force: true });
    renameSync(work, folder);
    return true;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const HOW =
  'Set MONGO_URL to a server of your own, or put mongod on the PATH, or pull the image mongo:8 where Docker runs, or install Java 17 and Maven';

/**
 * Gives `{kind: 'url' | 'mongod' | 'docker' | 'java', ...}`, or undefined where the machine has none of these; then
 * `say` is told how to get one, unless `env.REQUIRE_MONGO` is 1: then it throws. `fetch`: may fetch what is missing.
 */
function findMongo({ binDir, env = process.env, fetch = false, say = () => {} }) {
  if (env.MONGO_URL) return { kind: 'url', url: env.MONGO_URL };
  if (runs('mongod', ['--version'])) return { kind: 'mongod' };
  if (runs('docker', ['image', 'inspect', IMAGE])) return { kind: 'docker', image: IMAGE };
  const jars = join(binDir, 'mongo-java-server');
  if (runs('java', ['-version']) && (fetch ? fetchJars(jars, say) : areRight(jars))) return { kind: 'java', jars };
  if (env.REQUIRE_MONGO === '1') throw new Error(`REQUIRE_MONGO is 1, but there is no MongoDB to test with. ${HOW}.`);
  say(
    `The tests of the read model on MongoDB are not run: there is no server for them. ${HOW}; then run npm test again.`,
  );
  return undefined;
}

module.exports = { findMongo };
