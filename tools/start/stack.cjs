// Brings the servers and programs up in the order they need each other, keeps them up, and takes them down in reverse.
const { rmSync } = require('node:fs');
const { join } = require('node:path');
const { findNats } = require('../embedded/nats-binary.cjs');
const { natsConfig } = require('../embedded/nats-config.cjs');
const { startNats } = require('../embedded/nats.cjs');
const { startPostgres } = require('../embedded/postgres.cjs');
const { ROOT } = require('../prepare/root.cjs');
const { DATABASES } = require('../services.cjs');
const { writePrivate } = require('./private-file.cjs');
const { NAMES, environmentOf, portsOf, spawnProgram, startedProgram, urlOf } = require('./programs.cjs');
const { assertFree } = require('./ports.cjs');
const { embeddedUrl, setUpDatabases } = require('./set-up.cjs');
const { Supervised } = require('./supervised.cjs');

class Stack {
  /** `spares`: of the programs that are being worked on. */
  constructor({ settings, secrets, logs, started, say, spares }) {
    Object.assign(this, { settings, secrets, logs, started, say, spares });
    this.runFile = join(settings.dataDir, 'run.json');
    this.all = [];
    this.isUp = false;
    this.ownsPostgres = Object.values(settings.databaseUrls).some(url => url === undefined);
    this.ownsNats = settings.natsUrl === undefined;
  }

  async start() {
    await assertFree(portsOf(this.settings));
    const servers = [...(this.ownsPostgres ? [this.postgres()] : []), ...(this.ownsNats ? [this.nats()] : [])];
    await Promise.all(servers.map(server => server.start()));
    if (this.ownsPostgres) await setUpDatabases(this.embedded());
    this.say(`starting ${NAMES.join(', ')}`);
    await Promise.all(NAMES.map(name => this.program(name).start()));
    this.isUp = true;
    return this.writeRunFile();
  }

  /** Gateway first, then the services, then what they stand on. */
  async stop() {
    this.isUp = false;
    rmSync(this.runFile, { force: true });
    const is = (...names) => this.all.filter(({ name }) => names.includes(name));
    for (const group of [is('gateway'), is(...NAMES.slice(0, -1)), is('nats'), is('PostgreSQL')])
      await Promise.all(group.map(supervised => supervised.stop()));
    this.started.forget();
  }

  supervise(name, logName, launch) {
    let from = 0;
    const supervised = new Supervised({
      name,
      launch: () => {
        from = this.logs.size(logName);
        return launch();
      },
      say: this.say,
      changed: () => this.isUp && this.writeRunFile(),
      logged: () => this.logs.tail(logName, 6, from),
      logFile: this.logs.path(logName),
    });
    this.all.push(supervised);
    return supervised;
  }

  postgres() {
    const { dataDir, ports } = this.settings;
    return this.supervise('PostgreSQL', 'postgres', async () => {
      const server = await startPostgres({
        dataDir: join(dataDir, 'postgres'),
        port: ports.POSTGRES_PORT,
        password: this.secrets.postgres,
        logFile: this.logs.path('postgres'),
        linksDir: join(dataDir, 'postgres-links'),
        spawned: pid => this.started.note('postgres', pid),
      });
      return { ...server, ready: Promise.resolve() };
    });
  }

  nats() {
    const { dataDir, ports } = this.settings;
    const bin = findNats({ binDir: join(ROOT, '.foldline/bin'), say: this.say });
    const storeDir = join(dataDir, 'nats');
    return this.supervise('nats', 'nats', async () => {
      const server = await startNats({
        bin,
        port: ports.NATS_PORT,
        storeDir,
        config: natsConfig({ port: ports.NATS_PORT, storeDir, users: this.secrets.nats }),
        configFile: join(dataDir, 'nats.conf'),
        logFile: this.logs.path('nats'),
        spawned: pid => this.started.note('nats', pid),
      });
      return { ...server, ready: Promise.resolve() };
    });
  }

  /** `as`, `url`, `own`: of another process of it, the name of its log, its address and what it is set otherwise. */
  program(name, { as = name, url = urlOf(name, this.settings), own = {} } = {}) {
    const common = environmentOf(name, this.settings, {
      databases: this.databaseUrls(),
      nats: { url: this.natsUrl(), seeds: this.seeds() },
      admin: this.secrets.admin,
    });
    const env = { ...common, ...own };
    const spares = this.spares?.has(name) ? this.spares : undefined;
    return this.supervise(name, as, async () =>
      startedProgram(spares ? spares.take(name, env) : spawnProgram(name, env, this.logs, as), {
        url,
        spawned: pid => this.started.note(as, pid),
        waiting: trouble => this.say(`${name} is not ready yet: ${trouble}`),
      }),
    );
  }

  programs(names) {
    return this.all.filter(({ name }) => names.includes(name));
  }

  natsUrl() {
    return this.settings.natsUrl ?? `nats://127.0.0.1:${this.settings.ports.NATS_PORT}`;
  }

  /** Of the embedded broker; an outside one has users of its own, named in its URL or by `..._NATS_NKEY_SEED`. */
  seeds() {
    if (!this.ownsNats) return this.settings.natsSeeds;
    return Object.fromEntries(Object.entries(this.secrets.nats).map(([name, { seed }]) => [name, seed]));
  }

  embedded() {
    return { port: this.settings.ports.POSTGRES_PORT, secrets: this.secrets };
  }

  databaseUrls() {
    return Object.fromEntries(
      DATABASES.map(name => [name, this.settings.databaseUrls[name] ?? embeddedUrl(name, this.embedded())]),
    );
  }

  writeRunFile() {
    const pidOf = wanted => this.all.find(({ name }) => name === wanted)?.pid;
    const services = Object.fromEntries(
      NAMES.map(name => [name, { url: urlOf(name, this.settings), pid: pidOf(name) }]),
    );
    const { dataDir } = this.settings;
    const run = {
      gateway: services.gateway.url,
      services,
      postgres: { urls: this.databaseUrls(), pid: pidOf('PostgreSQL'), dataDir: join(dataDir, 'postgres') },
      readStore: this.settings.readStore,
      ...(this.settings.mongoUrl && { mongo: { url: this.settings.mongoUrl } }),
      nats: { url: this.natsUrl(), pid: pidOf('nats'), storeDir: join(dataDir, 'nats') },
      admin: this.secrets.admin,
    };
    writePrivate(this.runFile, run);
    return run;
  }
}

module.exports = { Stack };
