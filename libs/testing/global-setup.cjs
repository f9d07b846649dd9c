// One PostgreSQL, one nats-server and, where the machine has one, one MongoDB for all tests of a run, in a folder of their own, on free ports.
const { mkdtempSync, chmodSync } = require('node:fs');
const { createServer } = require('node:net');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');

const freePort = () =>
  new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

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
  if (!process.env.TEST_POSTGRES_URL) {
    const postgres = await startPostgres({
      dataDir: join(folder, 'postgres'),
      port: await freePort(),
      password: 'test',
      logFile: join(folder, 'postgres.log'),
      fast: true,
    });
    process.env.TEST_POSTGRES_URL = postgres.url;
    stops.push(postgres.stop);
  }
  if (!process.env.TEST_NATS_URL) {
    const nats = await startNats({
      bin: process.env.TEST_NATS_BIN,
      port: await freePort(),
      storeDir: join(folder, 'nats'),
      configFile: join(folder, 'nats.conf'),
      logFile: join(folder, 'nats.log'),
    });
    process.env.TEST_NATS_URL = nats.url;
    stops.push(nats.stop);
  }
  if (mongo && !process.env.TEST_MONGO_URL) {
    const server =
      mongo.kind === 'url'
        ? mongo
        : await startMongo(mongo, {
            port: await freePort(),
            dataDir: join(folder, 'mongo'),
            logFile: join(folder, 'mongo.log'),
          });
    process.env.TEST_MONGO_URL = server.url;
    if (server.stop) stops.push(server.stop);
  }
  global.foldlineServers = { folder, stops, own };
};
