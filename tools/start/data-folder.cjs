// Where data is kept. A file system without modes (a Windows drive in WSL, a stick) can keep nothing private, and PostgreSQL refuses it.
const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, join } = require('node:path');
const { ROOT } = require('../prepare/root.cjs');

const NEAR = join(ROOT, '.foldline');
/** Names the other place, so that every command finds it. */
const POINTER = 'data-is-in';

/** Tried in the folder, or in the nearest one above it that is there. */
function keepsModes(folder) {
  let there = folder;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const work = mkdtempSync(join(there, '.modes-'));
  try {
    writeFileSync(join(work, 'a'), '', { mode: 0o600 });
    return (statSync(work).mode & 0o777) === 0o700 && (statSync(join(work, 'a')).mode & 0o777) === 0o600;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The folder of this checkout's data where FOLDLINE_DATA names none. */
function usualFolder(near = NEAR) {
  try {
    return readFileSync(join(near, POINTER), 'utf8').trim() || near;
  } catch {
    return near;
  }
}

const stateFolder = env => env.XDG_STATE_HOME || join(homedir(), '.local/state');

/**
 * A folder for `dataDir` that can be private: itself, or, where nobody chose it, one in the user's home.
 * `say` is told of another place. Throws where FOLDLINE_DATA names a folder that cannot keep anything private.
 */
function privateFolder(dataDir, { say, env = process.env, near = NEAR, keeps = keepsModes }) {
  if (keeps(dataDir)) return dataDir;
  const cannot = `${dataDir} cannot keep a file private: its file system knows no modes`;
  if (env.FOLDLINE_DATA !== undefined)
    throw Object.assign(new Error(`${cannot}. Set FOLDLINE_DATA to a folder of yours on a local disk.`), {
      exitCode: 78,
    });
  const id = createHash('sha256').update(near).digest('hex').slice(0, 12);
  const other = join(stateFolder(env), 'foldline', id);
  mkdirSync(other, { recursive: true, mode: 0o700 });
  if (!keeps(other))
    throw Object.assign(new Error(`${cannot}, nor can ${other}. Set FOLDLINE_DATA.`), { exitCode: 78 });
  mkdirSync(near, { recursive: true });
  writeFileSync(join(near, POINTER), `${other}\n`);
  say(`${cannot}; the data is kept in ${other} instead`);
  return other;
}

module.exports = { keepsModes, privateFolder, usualFolder };
