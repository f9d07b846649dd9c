// Outlives a test run, however that ends: when the pipe from it closes, ends what it left running and removes its folder.
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync, rmSync } = require('node:fs');
const { endMarked } = require('./marked-processes.cjs');

const [folder] = process.argv.slice(2);

// A terminal's Ctrl-C reaches us too; our work begins when the run is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

/** Disks of a run's own, which only a system with /proc mounts for it; the innermost first. */
function unmountBelow(path) {
  const mounts = existsSync('/proc/self/mounts') ? readFileSync('/proc/self/mounts', 'utf8').split('\n') : [];
  const places = mounts.map(line => line.split(' ')[1]).filter(place => place?.startsWith(`${path}/`));
  for (const place of places.reverse()) spawnSync('umount', [place], { stdio: 'ignore' });
}

process.stdin.resume().once('close', async () => {
  await endMarked(folder);
  unmountBelow(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});
