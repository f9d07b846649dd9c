// Passwords and keys of the containers: made up once, then dealt out so that each container is given its own folder only.
const { randomBytes } = require('node:crypto');
const { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { makeNatsKeys, natsConfig } = require('../embedded/nats-config.cjs');
const { DATABASES, SERVICES } = require('../services.cjs');

const made = () => randomBytes(24).toString('base64url');

const madeForDatabases = () => Object.fromEntries(DATABASES.map(name => [name, made()]));

/** As a whole or not at all; readable by whoever is given the folder, which may be another user in another image. */
function write(path, text) {
  writeFileSync(`${path}.new`, text);
  chmodSync(`${path}.new`, 0o444);
  renameSync(`${path}.new`, path);
}

function keptOrMade(file) {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '{}';
  const { app, owner, nats, ...others } = JSON.parse(before);
  const kept = {
    postgres: made(),
    mongo: made(),
    admin: made().slice(0, 20),
    ...others,
    // A service that came to the shop later gets secrets of its own; those of the others stay.
    app: { ...madeForDatabases(), ...app },
    owner: { ...madeForDatabases(), ...owner },
    nats: makeNatsKeys(nats),
  };
  if (!isDeepStrictEqual(kept, JSON.parse(before))) write(file, JSON.stringify(kept));
  return kept;
}

/** What each folder holds, by file name. */
function dealt(kept, { ADMIN_PASSWORD, READ_STORE }) {
  const url = name => `postgres://${name}_app:${kept.app[name]}@postgres:5432/foldline_${name}`;
  const admin = ADMIN_PASSWORD || kept.admin;
  const store = {
    'read-store': READ_STORE || 'postgres',
    'mongo-url': `mongodb://foldline:${kept.mongo}@mongo:27017/foldline_query?authSource=admin`,
  };
  const more = { users: { 'admin-password': admin }, query: store };
  const services = SERVICES.map(({ database, program }) => [
    database,
    { 'database-url': url(database), 'nats-seed': kept.nats[program].seed, ...more[database] },
  ]);
  return {
    setup: Object.fromEntries([
      ['admin-url', `postgres://postgres:${kept.postgres}@postgres:5432/postgres`],
      ...DATABASES.flatMap(name => [
        [`${name}-database-url`, url(name)],
        [`${name}-owner-password`, kept.owner[name]],
      ]),
    ]),
    ...Object.fromEntries(services),
    tools: {
      'admin-password': admin,
      'nats-seed': kept.nats.tools.seed,
      ...store,
      ...Object.fromEntries(
        DATABASES.flatMap(name => [
          [`${name}-database-url`, url(name)],
          [`${name}-owner-password`, kept.owner[name]],
        ]),
      ),
    },
    postgres: { password: kept.postgres },
    mongo: { password: kept.mongo },
    nats: { 'nats.conf': natsConfig({ host: '0.0.0.0', port: 4222, storeDir: '/data', users: kept.nats }) },
  };
}

/** Repeating it changes nothing but the broker's rights and what `env` says anew. */
function makeSecrets(folder, env) {
  mkdirSync(join(folder, 'setup'), { recursive: true });
  const kept = keptOrMade(join(folder, 'setup/kept.json'));
  for (const [name, files] of Object.entries(dealt(kept, env))) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) write(join(folder, name, file), text);
  }
}

module.exports = { makeSecrets };
