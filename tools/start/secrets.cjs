// Passwords and keys of the embedded stack: made up once, kept in the data folder for its owner only.
const { randomBytes } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { DATABASES } = require('../services.cjs');
const { writePrivate } = require('./private-file.cjs');

const made = () => randomBytes(24).toString('base64url');

const madeForDatabases = () => Object.fromEntries(DATABASES.map(name => [name, { app: made(), owner: made() }]));

function makeSecrets() {
  // From a package, which is installed by now.
  const { makeNatsKeys } = require('../embedded/nats-config.cjs');
  return {
    postgres: made(),
    databases: madeForDatabases(),
    nats: makeNatsKeys(),
    admin: { email: 'admin@foldline.example', password: made().slice(0, 20) },
  };
}

/** A service that came to the shop later gets secrets of its own; those of the others stay. */
function completed(secrets) {
  const { makeNatsKeys } = require('../embedded/nats-config.cjs');
  return {
    ...secrets,
    databases: { ...madeForDatabases(), ...secrets.databases },
    nats: makeNatsKeys(secrets.nats),
  };
}

/** What is kept, with the admin's login as `admin` gives it, if it does. */
function keepSecrets(dataDir, admin) {
  const file = join(dataDir, 'secrets.json');
  const kept = existsSync(file);
  if (!kept && existsSync(join(dataDir, 'postgres')))
    throw new Error(
      `${file} is missing, and without it nothing in ${dataDir} can be opened. Put it back, or remove ${dataDir} to begin anew.`,
    );
  const before = kept ? readFileSync(file, 'utf8') : '';
  const secrets = kept ? completed(JSON.parse(before)) : makeSecrets();
  const login = { email: admin.email ?? secrets.admin.email, password: admin.password ?? secrets.admin.password };
  const now = { ...secrets, admin: login };
  if (!kept || !isDeepStrictEqual(now, JSON.parse(before))) writePrivate(file, now);
  return now;
}

module.exports = { completed, keepSecrets };
