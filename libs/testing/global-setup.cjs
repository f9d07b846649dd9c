// One PostgreSQL, one nats-server and, where the machine has one, one MongoDB for all tests of a run, in a folder of their own, on free ports.
const { mkdtempSync, chmodSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

/** All at once, so that they are different ones. */
async function freePorts(count) {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise((done, failed) => {
          const server = createServer().once('error', failed);
          server.listen(0, '127.0.0.1', () => done(server));
        }),
    ),
  );
  const ports = servers.map(server => server.address().port);
  await Promise.all(servers.map(server => new Promise(done => server.close(done))));
  return ports;
}

module.exports = async () => {
  if (global.foldlineServers) return;
  const { startPostgres } = require('../../tools/embedded/postgres.cjs');
  const { startNats } = require('../../tools/embedded/nats.cjs');
  const { findNats } = require('../../tools/embedded/nats-binary.cjs');
  const { findMongo } = require('../../test/mongo/find-mongo.cjs');
  const { startMongo } = require('../../test/mongo/start-mongo.cjs');
  const { TestFolder } = require('../../tools/test/test-folder.cjs');
  // Jest by itself, not through `npm test`: what is left when it is cut off must be ended all the same.
  const own = TestFolder.isWithin() ? undefined : new TestFolder();
  Object.assign(process.env, own?.env);
  const folder = mkdtempSync(join(tmpdir(), 'foldline-test-'));
  chmodSync(folder, 0o755);
  const stops = [];
  const binDir = resolve(__dirname, '../../.foldline/bin');
  process.env.TEST_NATS_BIN = findNats({ binDir });
  const mongo = findMongo({ binDir });
  if (mongo) process.env.TEST_MONGO = JSON.stringify(mongo);
  const ports = await freePorts(3);
  const postgres = async () => {
    if (process.env.TEST_POSTGRES_URL) return;
    const server = await startPostgres({
      dataDir: join(folder, 'postgres'),
      port: ports[0],
      password: 'test',
      logFile: join(folder, 'postgres.log'),
      fast: true,
    });
    process.env.TEST_POSTGRES_URL = server.url;
    stops.push(server.stop);
  };
  const nats = async () => {
    if (process.env.TEST_NATS_URL) return;
    const server = await startNats({
      bin: process.env.TEST_NATS_BIN,
      port: ports[1],
      storeDir: join(folder, 'nats'),
      configFile: join(folder, 'nats.conf'),
      logFile: join(folder, 'nats.log'),
    });
    process.env.TEST_NATS_URL = server.url;
    stops.push(server.stop);
  };
  const mongoDb = async () => {
    if (!mongo || process.env.TEST_MONGO_URL) return;
    const at = { port: ports[2], dataDir: join(folder, 'mongo'), logFile: join(folder, 'mongo.log') };
    const server = mongo.kind === 'url' ? mongo : await startMongo(mongo, at);
    process.env.TEST_MONGO_URL = server.url;
    if (server.stop) stops.push(server.stop);
  };
  global.foldlineServers = { folder, stops, own };
  // Making the data folder of PostgreSQL keeps this process waiting: the slow starter first.
  await Promise.all([mongoDb(), nats(), postgres()]);
};
