// Follows docs/your-own-service.md word by word on a copy of the sources: writes its files, applies its changes, runs its commands.
// With --changes-only nothing is checked, started or asked: whether its changes still fit the sources is known within seconds.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const GUIDE = 'docs/your-own-service.md';
const START_MS = 300_000;
const LEFT_OUT = process.argv.includes('--changes-only') ? ['sh check', 'sh start', 'sh shop'] : [];

const work = realpathSync(mkdtempSync(join(tmpdir(), 'foldline-guide-')));
const copy = join(work, 'shop');
const dataDir = join(work, 'data');
const fail = message => {
  throw new Error(message);
};

function run(command, args, { input, cwd = copy, env } = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    env,
    input,
    // A shell whose input is a pipe takes itself for one at the other end of a network.
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, output: `${stdout}${stderr}`, stdout };
}

/** What git knows of, and what it would take: nothing that is built or installed. */
const sourcesIn = folder => {
  const { status, stdout, output } = run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: folder,
  });
  if (status !== 0) fail(`git cannot list the sources:\n${output}`);
  return stdout.split('\0').filter(path => path && path !== 'node_modules' && existsSync(join(folder, path)));
};

function makeCopy() {
  for (const path of sourcesIn(ROOT)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(ROOT, path), join(copy, path));
  }
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(copy, 'node_modules'));
  if (existsSync(join(ROOT, '.foldline/bin')))
    cpSync(join(ROOT, '.foldline/bin'), join(copy, '.foldline/bin'), { recursive: true });
  if (run('git', ['init', '--quiet']).status !== 0) fail('git cannot make a repository of the copy');
}

/** Digest by path of every source in the copy. */
const digests = () =>
  new Map(
    sourcesIn(copy).map(path => [
      path,
      createHash('sha256')
        .update(readFileSync(join(copy, path)))
        .digest('hex'),
    ]),
  );

const changedSince = before => {
  const now = digests();
  return [...new Set([...before.keys(), ...now.keys()])].filter(path => before.get(path) !== now.get(path));
};

/** `{line, info, text}` for each fenced block and each mark, in their order. */
function stepsOf(markdown) {
  const found = markdown.matchAll(/^```(\S.*)\n([^]*?)^```$|^<!-- (at most \d+ files|no more files) -->$/gm);
  return [...found].map(match => ({
    line: markdown.slice(0, match.index).split('\n').length,
    info: match[1] ?? match[3],
    text: match[2],
  }));
}

async function ownEnvironment() {
  const { owners, readers } = JSON.parse(readFileSync(join(copy, 'libs/contracts/services.json'), 'utf8'));
  const names = ['GATEWAY', 'GATEWAY_ADMIN', 'REVIEWS', 'POSTGRES', 'NATS', ...Object.keys({ ...owners, ...readers })];
  const env = { ...process.env, FOLDLINE_DATA: dataDir };
  for (const name of new Set(names.map(text => text.toUpperCase()))) env[`${name}_PORT`] = await freePort();
  return env;
}

let shop;
async function startShop(text, env) {
  shop = spawn('bash', ['-c', `exec ${text.trim()}`], {
    cwd: copy,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [shop.stdout, shop.stderr]) stream.on('data', chunk => (output += chunk));
  const runFile = join(dataDir, 'run.json');
  for (const end = Date.now() + START_MS; !existsSync(runFile); await pause(200))
    if (Date.now() > end || shop.exitCode !== null) fail(`the shop did not start:\n${output}`);
}

async function stopShop() {
  if (!shop || shop.exitCode !== null) return;
  const ended = new Promise(done => shop.once('exit', done));
  process.kill(-shop.pid, 'SIGTERM');
  await ended;
}

/** Gives what a command printed; throws with the line of the guide. */
function shell(text, env) {
  const { status, output } = run('bash', ['-euo', 'pipefail', '-c', text], { env });
  if (status !== 0) fail(`ended with ${status}:\n${text}\n${output}`);
  return output;
}

function apply(text) {
  const { status, output } = run('git', ['apply', '--whitespace=nowarn', '-'], { input: text });
  if (status !== 0) fail(`does not apply:\n${output}\n${text}`);
}

let limited;
async function follow({ info, text }, env) {
  const [, most] = /^at most (\d+) files$/.exec(info) ?? [];
  const [, file] = / file=(\S+)$/.exec(info) ?? [];
  if (most) limited = { most: Number(most), before: digests() };
  else if (info === 'no more files') {
    const changed = changedSince(limited.before);
    if (changed.length > limited.most)
      fail(`touches ${changed.length} files, not ${limited.most}:\n${changed.join('\n')}`);
    console.log(`        ${changed.length} files: ${changed.join(', ')}`);
  } else if (file) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    writeFileSync(join(copy, file), text);
  } else if (info === 'diff') apply(text);
  else if (info === 'sh start') await startShop(text, env);
  else if (info === 'sh' || info === 'sh check' || info === 'sh shop') {
    const output = shell(text, env);
    if (info === 'sh shop') console.log(output.replace(/^/gm, '        ').trimEnd());
  } else fail(`nobody knows what to do with a block of ${info}`);
}

try {
  makeCopy();
  const env = await ownEnvironment();
  for (const step of stepsOf(readFileSync(join(copy, GUIDE), 'utf8'))) {
    if (LEFT_OUT.includes(step.info)) continue;
    const began = Date.now();
    await follow(step, env).catch(error => fail(`${GUIDE}:${step.line}: ${step.info} ${error.message}`));
    console.log(`ok      ${GUIDE}:${step.line} ${step.info} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  }
  console.log(LEFT_OUT.length > 0 ? 'The changes of the guide fit the sources.' : 'The guide works as it stands.');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stopShop();
  rmSync(work, { recursive: true, force: true });
}
