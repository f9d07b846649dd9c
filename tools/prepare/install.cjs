// Installs the packages of the lockfile where they are missing or of another lockfile.
const { spawnSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, statSync, utimesSync } = require('node:fs');
const { join } = require('node:path');
const { awaitLock } = require('./lock-file.cjs');
const { ROOT } = require('./root.cjs');

const WANTED = join(ROOT, 'package-lock.json');
/** npm writes it as the last act of an installation. */
const INSTALLED = join(ROOT, 'node_modules/.package-lock.json');

const packagesOf = file => JSON.parse(readFileSync(file, 'utf8')).packages;

function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  if (statSync(INSTALLED).mtimeMs >= statSync(WANTED).mtimeMs) return true;
  const installed = packagesOf(INSTALLED);
  const same = Object.entries(packagesOf(WANTED)).every(
    ([path, { version, optional }]) =>
      path === '' || (installed[path] ? installed[path].version === version : optional),
  );
  const now = new Date();
  if (same) utimesSync(INSTALLED, now, now);
  return same;
}

/** npm as it was started with, else the one on the path. */
function npm(args, options) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js')
    ? spawnSync(process.execPath, [script, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** `say` is told what takes long. Throws with the end of npm's output when it fails. */
function install(say) {
  if (isInstalled()) return;
  mkdirSync(join(ROOT, '.foldline'), { recursive: true });
  const lock = awaitLock(join(ROOT, '.foldline/install.lock'), say, 'installing packages');
  try {
    if (isInstalled()) return;
    say('installing packages (npm ci); the first time this takes a minute');
    const { status, stdout, stderr, error } = npm(['ci', '--include=dev', '--no-audit', '--no-fund'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    if (status === 0) return;
    const tail = `${stdout ?? ''}${stderr ?? ''}`.trim().split('\n').slice(-15).join('\n');
    throw new Error(`npm ci failed${error ? ` (${error.message})` : ''}:\n${tail}\nRun "npm ci" to see all of it.`);
  } finally {
    lock.release();
  }
}

module.exports = { install };
