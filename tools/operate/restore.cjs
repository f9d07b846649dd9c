// `npm run restore -- DIR`: a data folder made anew from a backup. It is filled beside its place and moved there when whole.
const { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { build } = require('../prepare/build.cjs');
const { install } = require('../prepare/install.cjs');
const { takeLock } = require('../prepare/lock-file.cjs');
const { DATABASES } = require('../services.cjs');

const MAIN = 'dist/tools/backup/main.js';

async function fill({ backup, making, port, dataDir }) {
  const { startPostgres } = require('../embedded/postgres.cjs');
  const { embeddedUrl, runBuilt, setUpDatabases } = require('../start/set-up.cjs');
  const { completed } = require('../start/secrets.cjs');
  const secrets = completed(JSON.parse(readFileSync(join(backup, 'secrets.json'), 'utf8')));
  const server = await startPostgres({
    dataDir: making,
    port,
    password: secrets.postgres,
    logFile: join(dataDir, 'restore.log'),
    linksDir: join(dataDir, 'postgres-links'),
  });
  try {
    await setUpDatabases({ port, secrets });
    const urls = DATABASES.map(name => [
      `${name.toUpperCase()}_OWNER_URL`,
      embeddedUrl(name, { port, secrets }, 'owner'),
    ]);
    return await runBuilt(MAIN, ['--load', backup], Object.fromEntries(urls));
  } finally {
    await server.stop();
  }
}

async function restore({ dataDir, ports }, { args: [given], say }) {
  if (given === undefined) {
    say('which backup? Usage: npm run -s restore -- DIR');
    return 2;
  }
  const backup = resolve(given);
  install(say);
  build(say);
  const { runBuilt } = require('../start/set-up.cjs');
  await runBuilt(MAIN, ['--check', backup], {});
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const lock = takeLock(join(dataDir, 'start.lock'));
  if (lock.holder) throw new Error(`The shop runs on ${dataDir} (process ${lock.holder}). Stop it first: npm stop`);
  const making = join(dataDir, 'postgres.restoring');
  try {
    const there = ['postgres', 'secrets.json', 'nats'].filter(name => existsSync(join(dataDir, name)));
    if (there.length > 0)
      throw new Error(
        `There is data in ${dataDir} (${there.join(', ')}), and a restore never overwrites any. Delete it first with "npm run -s reset -- --yes", or set FOLDLINE_DATA to another folder.`,
      );
    rmSync(making, { recursive: true, force: true });
    const told = await fill({ backup, making, port: ports.POSTGRES_PORT, dataDir });
    // In this order: without its secrets a database is not taken for a whole one.
    renameSync(making, join(dataDir, 'postgres'));
    copyFileSync(join(backup, 'secrets.json'), join(dataDir, 'secrets.json.new'));
    renameSync(join(dataDir, 'secrets.json.new'), join(dataDir, 'secrets.json'));
    rmSync(join(dataDir, 'restore.log'), { force: true });
    say(`restored ${told}`);
    say('read models are built anew at the next start: npm start');
    return 0;
  } finally {
    rmSync(making, { recursive: true, force: true });
    lock.release();
  }
}

module.exports = { restore };
