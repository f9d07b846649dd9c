// PostgreSQL refuses to run as root. Finds the unprivileged account it runs as instead, without making one.
const { spawnSync } = require('node:child_process');
const { chownSync, existsSync, readdirSync, readFileSync, statSync } = require('node:fs');
const { dirname, join } = require('node:path');

const NAMES = ['postgres', 'nobody'];

function passwd(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(entry => entry.startsWith(`${name}:`));
  if (!line) return undefined;
  const [, , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

const canEnter = (folder, options) => spawnSync('sh', ['-c', 'cd "$1"', 'sh', folder], options).status === 0;

/**
 * How to start a server that must not be root: a command prefix, spawn options, and who must own its data folder.
 * `libraries`: environment that the executable finds its libraries by, if it needs any.
 */
function unprivileged(executable, dataDir, libraries = {}) {
  if (process.getuid?.() !== 0) return { prefix: [], options: {} };
  const account = NAMES.map(passwd).find(Boolean);
  if (!account)
    throw new Error('Running as root, and neither "postgres" nor "nobody" exists. Start Foldline as an ordinary user.');
  const options = { uid: account.uid, gid: account.gid };
  const env = { ...process.env, ...libraries };
  const reaches =
    spawnSync(executable, ['--version'], { ...options, env }).status === 0 && canEnter(dirname(dataDir), options);
  if (reaches) return { prefix: [], options, owner: options };
  // Below a folder that only root may enter (such as root's home) another account finds nothing: a user namespace gives
  // the server that account's number while the files stay root's.
  const prefix = ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`];
  if (spawnSync(prefix[0], [...prefix.slice(1), executable, '--version'], { env }).status === 0)
    return { prefix, options: {}, owner: { uid: 0, gid: 0 } };
  throw new Error(
    `The account "${account.name}" cannot reach ${executable} and ${dirname(dataDir)}: a folder above is closed to others. Move the project to a folder that others may enter, or start it as an ordinary user.`,
  );
}

/** Hands a folder and all in it to its owner; nothing to do when it is theirs already. */
function giveTo(owner, path) {
  if (!owner || !existsSync(path)) return;
  const state = statSync(path);
  if (state.uid === owner.uid) return;
  if (state.isDirectory())
    for (const { name, parentPath, path: folder } of readdirSync(path, { withFileTypes: true, recursive: true }))
      chownSync(join(parentPath ?? folder, name), owner.uid, owner.gid);
  // Last, so that one that was interrupted is done again.
  chownSync(path, owner.uid, owner.gid);
}

module.exports = { unprivileged, giveTo };
