// Passwords and keys of the embedded stack: made up once, kept in the data folder for its owner only.
const { randomBytes } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { writePrivate } = require('./private-file.cjs');

const DATABASES = ['users', 'products', 'orders', 'query'];
const made = () => randomBytes(24).toString('base64url');

function makeSecrets() {
  // From a package, which is installed by now.
  const { makeNatsKeys } = require('../embedded/nats-config.cjs');
  return {
    postgres: made(),
    databases: Object.fromEntries(DATABASES.map(name => [name, { app: made(), owner: made() }])),
    nats: makeNatsKeys(),
    admin: { email: 'admin@foldline.example', password: made().slice(0, 20) },
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
  const secrets = kept ? JSON.parse(readFileSync(file, 'utf8')) : makeSecrets();
  const login = { email: admin.email ?? secrets.admin.email, password: admin.password ?? secrets.admin.password };
  const changed = !kept || login.email !== secrets.admin.email || login.password !== secrets.admin.password;
  const now = { ...secrets, admin: login };
  if (changed) writePrivate(file, now);
  return now;
}

module.exports = { DATABASES, keepSecrets };
