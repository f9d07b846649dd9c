// Outlives a test run, however that ends: when the pipe from it closes, ends what it left running and removes its folder.
const { rmSync } = require('node:fs');
const { endMarked } = require('./marked-processes.cjs');

const [folder] = process.argv.slice(2);

// A terminal's Ctrl-C reaches us too; our work begins when the run is gone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

process.stdin.resume().once('close', async () => {
  await endMarked(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});
