// The programs of the shop and the environment of each: its own settings and secrets, nobody else's.
const { spawn } = require('node:child_process');
const { closeSync } = require('node:fs');
const { get } = require('node:http');
const { join } = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const { endProcess, isAlive } = require('../embedded/processes.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { SERVICES } = require('../services.cjs');

const NAMES = [...SERVICES.map(({ program }) => program), 'gateway'];
const PORT_OF = Object.fromEntries(NAMES.map(name => [name, 'GATEWAY_PORT']));
for (const { program, prefix } of SERVICES) PORT_OF[program] = `${prefix}_PORT`;
const DATABASE_OF = Object.fromEntries(SERVICES.map(({ program, database }) => [program, database]));
/** What the launcher is told for somebody in particular is not everybody's to see. */
const NOT_INHERITED =
  /(PASSWORD|SECRET|SEED|DATABASE_URL|MONGO_URL)(_FILE)?$|^(PORT|HOST|NATS_URL(_FILE)?|NODE_CHANNEL_FD|npm_.*)$/;

/** Of glibc: threads share arenas, and freed memory goes back to the system. */
const MEMORY = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '65536' };

const SMALL_START = ['--require', join(__dirname, 'small-start.cjs')];

/** Where a program is reached from this machine. */
function urlOf(name, { ports, host }) {
  const address = name !== 'gateway' || ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${address.includes(':') ? `[${address}]` : address}:${ports[PORT_OF[name]]}`;
}

/** What the stack opens: `[{name, port, host}]`; servers outside need no port here. */
const portsOf = ({ ports, host, databaseUrls, natsUrl }) => [
  ...NAMES.map(name => ({
    name: PORT_OF[name],
    port: ports[PORT_OF[name]],
    host: name === 'gateway' ? host : '127.0.0.1',
  })),
  ...[
    'GATEWAY_ADMIN_PORT',
    ...(Object.values(databaseUrls).every(Boolean) ? [] : ['POSTGRES_PORT']),
    ...(natsUrl ? [] : ['NATS_PORT']),
  ].map(name => ({ name, port: ports[name], host: '127.0.0.1' })),
];

/** What speaks to this machine goes to it directly, whatever proxy the environment names for the rest. */
function withoutProxy(env) {
  if (!Object.keys(env).some(name => /^(https?|all)_proxy$/i.test(name) && env[name])) return {};
  const others = (env.no_proxy || env.NO_PROXY || '').split(',').map(text => text.trim());
  const list = [...new Set([...others.filter(Boolean), '127.0.0.1', 'localhost', '::1'])].join(',');
  return { NO_PROXY: list, no_proxy: list };
}

const defined = values => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** `databases`: URL by database name; `nats`: `{url, seeds}`. */
function environmentOf(name, settings, { databases, nats, admin }, env = process.env) {
  const inherited = Object.fromEntries(Object.entries(env).filter(([key]) => !NOT_INHERITED.test(key)));
  const common = {
    ...inherited,
    ...withoutProxy(env),
    NODE_ENV: 'production',
    ...MEMORY,
    // Newer versions of Node keep compiled code there and start faster.
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? join(settings.dataDir, 'compile-cache'),
    PORT: String(settings.ports[PORT_OF[name]]),
    HOST: name === 'gateway' ? settings.host : '127.0.0.1',
    LOG_LEVEL: settings.logLevel,
    PUBLIC_URL: settings.publicUrl,
    USERS_URL: urlOf('users', settings),
  };
  if (name === 'gateway')
    return defined({
      ...common,
      GATEWAY_ADMIN_PORT: String(settings.ports.GATEWAY_ADMIN_PORT),
      CORS_ORIGINS: settings.corsOrigins,
      ...Object.fromEntries(SERVICES.map(({ prefix, program }) => [`${prefix}_URL`, urlOf(program, settings)])),
    });
  return defined({
    ...common,
    DATABASE_URL: databases[DATABASE_OF[name]],
    NATS_URL: nats.url,
    NATS_NKEY_SEED: nats.seeds[name],
    NATS_CA_FILE: settings.natsCaFile,
    ...(name === 'users' && { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password }),
    ...(name === 'user-orders-query' && { READ_STORE: settings.readStore, MONGO_URL: settings.mongoUrl }),
  });
}

/** Answer of `/readyz`: undefined when ready, else what is wrong. */
const troubleAt = url =>
  new Promise(done => {
    const request = get(`${url}/readyz`, { agent: false, timeout: 2000 }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', chunk => (body += chunk));
      response.once('end', () => done(response.statusCode === 200 ? undefined : body.slice(0, 500) || 'not ready'));
    });
    request.once('error', error => done(error.message));
    request.once('timeout', () => request.destroy(new Error('no answer within 2 s')));
  });

async function untilReady(url, pid, waiting) {
  let trouble = await troubleAt(url);
  for (let told = Date.now(); trouble !== undefined && isAlive(pid); trouble = await troubleAt(url)) {
    if (Date.now() - told > 15_000) {
      told = Date.now();
      waiting(trouble);
    }
    await pause(25);
  }
  // It ended: that is not for this to tell.
  if (trouble !== undefined) await new Promise(() => {});
}

const mainOf = name => join(ROOT, 'dist/apps', name, 'main.js');

/** Its output goes straight into the log called `as`. */
function spawnProgram(name, env, logs, as = name) {
  const log = logs.open(as);
  const child = spawn(process.execPath, [...SMALL_START, mainOf(name)], {
    cwd: ROOT,
    env,
    // Ctrl-C in the terminal reaches the launcher only, which stops one after the other.
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  return child;
}

/** What is known of the program that `child` runs. `spawned` is told the process's number. */
function startedProgram(child, { url, spawned, waiting }) {
  if (child.pid) spawned(child.pid);
  return { child, pid: child.pid, ready: untilReady(url, child.pid, waiting), stop: () => endProcess(child.pid) };
}

module.exports = {
  DATABASE_OF,
  NAMES,
  PORT_OF,
  SMALL_START,
  environmentOf,
  mainOf,
  portsOf,
  spawnProgram,
  startedProgram,
  urlOf,
};
