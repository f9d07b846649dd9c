// Tries the shop on other versions of Node, from the registry: a whole start, a sign-up and a stop; one that is too old is refused.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import tools from '../services.cjs';
import { freePort } from './free-port.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const REFUSED = '18.20.8';
const TRIED = ['22.22.0', '24.21.0'];
const PORTS = ['GATEWAY', 'GATEWAY_ADMIN', ...tools.SERVICES.map(({ prefix }) => prefix), 'POSTGRES', 'NATS'];
const START = join(ROOT, 'tools/start.mjs');

const work = mkdtempSync(join(tmpdir(), 'foldline-nodes-'));
const fail = message => {
  throw new Error(message);
};

/** The program itself comes as a package of its own for each system: nothing is run to install it. */
function fetchNode(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(work, version);
  const args = [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    `${name}@${version}`,
  ];
  const { status, stderr } = spawnSync('npm', args, { encoding: 'utf8' });
  if (status !== 0) fail(`Node ${version} could not be fetched:\n${stderr}`);
  return join(prefix, 'node_modules', name, 'bin/node');
}

async function tryShop(node, version) {
  const dataDir = join(work, `data ${version}`);
  const env = { ...process.env, FOLDLINE_DATA: dataDir };
  for (const name of PORTS) env[`${name}_PORT`] = await freePort();
  const shop = spawn(node, [START], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [shop.stdout, shop.stderr]) stream.on('data', chunk => (output += chunk));
  const ended = new Promise(done => shop.once('exit', done));
  try {
    const runFile = join(dataDir, 'run.json');
    for (const end = Date.now() + 180_000; !existsSync(runFile); await pause(100))
      if (Date.now() > end || shop.exitCode !== null) fail(`Node ${version} did not start the shop:\n${output}`);
    const { gateway } = JSON.parse(readFileSync(runFile, 'utf8'));
    const { status } = await fetch(`${gateway}/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'bo@example.com', password: 'a-long-enough-passphrase', displayName: 'Bo' }),
    });
    if (status !== 201) fail(`on Node ${version} a sign-up was answered with ${status}`);
  } finally {
    shop.kill('SIGTERM');
  }
  const code = await ended;
  if (code !== 0) fail(`on Node ${version} the shop ended with ${code}:\n${output}`);
}

try {
  const old = spawnSync(fetchNode(REFUSED), [START], { encoding: 'utf8' });
  if (old.status !== 78 || !/needs Node 20\.19/.test(old.stderr))
    fail(`Node ${REFUSED} was not refused with 78 but ended with ${old.status}: ${old.stderr}`);
  console.log(`Node ${REFUSED} is refused, with what to do`);
  for (const version of TRIED) {
    await tryShop(fetchNode(version), version);
    console.log(`Node ${version} runs the shop`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
