// What `npm start` can be told by the environment. Every error is found at once, by name; values are never shown.
const { accessSync, constants, readFileSync, statSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');
const { DATABASES, SERVICES } = require('../services.cjs');
const { usualFolder } = require('./data-folder.cjs');

const PORTS = {
  GATEWAY_PORT: 8080,
  ...Object.fromEntries(SERVICES.map(({ prefix, port }) => [`${prefix}_PORT`, port])),
  GATEWAY_ADMIN_PORT: 8090,
  POSTGRES_PORT: 15432,
  NATS_PORT: 14222,
};
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

class SettingsError extends Error {
  constructor(errors) {
    const count = errors.length === 1 ? 'is an error' : `are ${errors.length} errors`;
    super(`There ${count} in the settings:\n${errors.map(error => `  - ${error}`).join('\n')}`);
    this.exitCode = 78;
  }
}

function isUrl(text, protocols) {
  try {
    return protocols.includes(new URL(text).protocol.slice(0, -1));
  } catch {
    return false;
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const rules = {
  port: text =>
    /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535 ? undefined : 'must be a port from 1 to 65535',
  oneOf: values => text => (values.includes(text) ? undefined : `must be one of ${values.join(', ')}`),
  plain: text => (text !== '' && text === text.trim() ? undefined : 'must not be empty or have blanks around it'),
  host: text => (/^[A-Za-z0-9.:-]+$/.test(text) ? undefined : 'must be an address such as 127.0.0.1 or 0.0.0.0'),
  url: protocols => text =>
    isUrl(text, protocols)
      ? undefined
      : `must be a URL starting with ${protocols.map(name => `${name}://`).join(' or ')}`,
  origins: text =>
    text.split(',').every(origin => isUrl(origin.trim(), ['http', 'https']) && new URL(origin).origin === origin.trim())
      ? undefined
      : 'must be origins such as https://shop.example, separated by commas',
  natsUrls: text =>
    text.split(',').every(server => isUrl(server.trim(), ['nats', 'tls']))
      ? undefined
      : 'must be URLs starting with nats:// or tls://, separated by commas',
  seed: text => (/^SU[A-Z2-7]{56}$/.test(text) ? undefined : 'must be the seed of a user nkey (SU...)'),
  email: text => (/^[^@\s]+@[^@\s]+$/.test(text) ? undefined : 'must be an e-mail address'),
  folderWith: program => text =>
    isProgram(join(text, program)) ? undefined : `must be the folder that holds ${program}`,
  program: text => (isProgram(text) ? undefined : 'must be the path of a program that this user may run'),
  password: text =>
    text.length >= 12 && !/[\r\n]/.test(text) ? undefined : 'must be at least 12 characters on one line',
};

/** Settings of `env`, checked; throws a SettingsError that lists what is wrong. */
function readSettings(env = process.env) {
  const errors = [];
  const read = (name, rule, fallback) => {
    const text = env[name];
    if (text === undefined) return fallback;
    const wrong = rule(text);
    if (wrong) errors.push(`${name} ${wrong}`);
    return text;
  };
  const secret = (name, rule) => {
    const file = env[`${name}_FILE`];
    if (file === undefined) return read(name, rule);
    if (env[name] !== undefined) errors.push(`${name} and ${name}_FILE are both set: keep one of them`);
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      const wrong = rule(text);
      if (wrong) errors.push(`${name}_FILE names a file whose content ${wrong}`);
      return text;
    } catch (error) {
      errors.push(`${name}_FILE cannot be read (${error.code}): name a file that you may read`);
      return undefined;
    }
  };

  const ports = Object.fromEntries(
    Object.entries(PORTS).map(([name, fallback]) => [name, Number(read(name, rules.port, fallback))]),
  );
  const host = read('HOST', rules.host, '127.0.0.1');
  const settings = {
    dataDir: resolve(ROOT, read('FOLDLINE_DATA', rules.plain, usualFolder())),
    ports,
    host,
    publicUrl: read('PUBLIC_URL', rules.url(['http', 'https']), `http://127.0.0.1:${ports.GATEWAY_PORT}`),
    corsOrigins: env.CORS_ORIGINS === '' ? undefined : read('CORS_ORIGINS', rules.origins),
    logLevel: read('LOG_LEVEL', rules.oneOf(LEVELS), 'info'),
    readStore: read('READ_STORE', rules.oneOf(['postgres', 'mongo']), 'postgres'),
    mongoUrl: secret('MONGO_URL', rules.url(['mongodb', 'mongodb+srv'])),
    admin: { email: read('ADMIN_EMAIL', rules.email), password: secret('ADMIN_PASSWORD', rules.password) },
    databaseUrls: Object.fromEntries(
      DATABASES.map(name => [
        name,
        secret(`${name.toUpperCase()}_DATABASE_URL`, rules.url(['postgres', 'postgresql'])),
      ]),
    ),
    natsUrl: secret('NATS_URL', rules.natsUrls),
    natsSeeds: Object.fromEntries(
      SERVICES.map(({ program, prefix }) => [program, secret(`${prefix}_NATS_NKEY_SEED`, rules.seed)]),
    ),
    natsCaFile: read('NATS_CA_FILE', rules.plain),
  };
  read('PG_BIN', rules.folderWith('initdb'));
  read('NATS_SERVER_BIN', rules.program);
  if (settings.readStore === 'mongo' && !settings.mongoUrl && !env.MONGO_URL_FILE)
    errors.push(
      'READ_STORE is mongo, but neither MONGO_URL nor MONGO_URL_FILE is set: set one of them, as mongodb://host:27017/read',
    );
  if (settings.readStore === 'mongo' && settings.mongoUrl && !/^[^/]+\/\/[^/]+\/[^?]/.test(settings.mongoUrl))
    errors.push('MONGO_URL must name the database in its path, as mongodb://host:27017/read');
  const byPort = {};
  for (const [name, port] of Object.entries(ports)) (byPort[port] ??= []).push(name);
  for (const [port, names] of Object.entries(byPort))
    if (names.length > 1 && port !== 'NaN')
      errors.push(`${names.join(' and ')} are the same port: give each one of its own`);
  if (errors.length > 0) throw new SettingsError(errors);
  return settings;
}

module.exports = { PORTS, SettingsError, readSettings };
