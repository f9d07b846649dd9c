// PostgreSQL refuses to run as root. Finds the unprivileged account it runs as instead, without making one.
const { spawnSync } = require('node:child_process');
const { readFileSync } = require('node:fs');

const NAMES = ['postgres', 'nobody'];

function passwd(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(entry => entry.startsWith(`${name}:`));
  if (!line) return undefined;
  const [, , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Spawn options and a command prefix for a server that must not be root; empty for an ordinary user. */
function unprivileged(executable) {
  if (process.getuid?.() !== 0) return { prefix: [], options: {} };
  const account = NAMES.map(passwd).find(Boolean);
  if (!account)
    throw new Error('Running as root, and neither "postgres" nor "nobody" exists. Start Foldline as an ordinary user.');
  const options = { uid: account.uid, gid: account.gid };
  if (spawnSync(executable, ['--version'], options).status === 0) return { prefix: [], options, account };
  // Below a folder that only root may enter (such as root's home) another account finds nothing: a user namespace gives
  // the server that account's number while the files stay root's.
  const prefix = ['unshare', '--user', `--map-user=${account.uid}`, `--map-group=${account.gid}`];
  if (spawnSync(prefix[0], [...prefix.slice(1), executable, '--version']).status === 0) return { prefix, options: {} };
  throw new Error(
    `The account "${account.name}" cannot run ${executable}: a folder above it is closed to others. Move the project to a folder that others may enter, or start it as an ordinary user.`,
  );
}

module.exports = { unprivileged };
