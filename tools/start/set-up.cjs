// Databases, roles and tables of the embedded server; repeating it changes nothing.
const { spawn } = require('node:child_process');
const { join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');
const { DATABASES } = require('../services.cjs');

/** Address of a service's database on the embedded server, by its own role or by the owner of its tables. */
function embeddedUrl(name, { port, secrets }, role = 'app') {
  const user = role === 'owner' ? `foldline_${name}_owner` : `${name}_app`;
  return `postgres://${user}:${secrets.databases[name][role]}@127.0.0.1:${port}/foldline_${name}`;
}

async function setUpDatabases({ port, secrets }) {
  const url = `postgres://postgres:${secrets.postgres}@127.0.0.1:${port}/postgres`;
  const each = DATABASES.flatMap(name => [
    [`${name.toUpperCase()}_DATABASE_URL`, embeddedUrl(name, { port, secrets })],
    [`${name.toUpperCase()}_OWNER_PASSWORD`, secrets.databases[name].owner],
  ]);
  await runBuilt('dist/tools/setup/main.js', [], { SETUP_ADMIN_URL: url, ...Object.fromEntries(each) }).catch(error => {
    throw new Error(`The databases could not be set up:\n${error.message}`);
  });
}

/** Runs a built program with this environment alone; gives what it printed, rejects with what it printed. */
async function runBuilt(main, args, env) {
  const child = spawn(process.execPath, [join(ROOT, main), ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', chunk => (output += chunk));
  const code = await new Promise(done => child.once('close', done));
  if (code !== 0) throw new Error(output.trim());
  return output.trim();
}

module.exports = { embeddedUrl, runBuilt, setUpDatabases };
