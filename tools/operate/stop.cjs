// `npm stop`: asks the launcher to stop everything in order; where it was killed, does so in its place.
const { isAlive, until } = require('../embedded/processes.cjs');
const { StartedProcesses } = require('../start/leftovers.cjs');
const { running } = require('./running.cjs');

/** Longer than the launcher takes for everything, each at its deadline. */
const PATIENCE_MS = 60_000;

async function stop({ dataDir }, { say }) {
  const { launcher, processes } = running(dataDir);
  if (launcher === undefined) {
    if (Object.keys(processes).length === 0) {
      say(`nothing runs on ${dataDir}`);
      return 0;
    }
    const left = await new StartedProcesses(dataDir).stopOld();
    say(`stopped what an earlier run left: ${left.join(', ')}`);
    return 0;
  }
  try {
    process.kill(launcher, 'SIGTERM');
  } catch (error) {
    if (error.code === 'EPERM')
      throw new Error(`This user may not stop process ${launcher}. Run "npm stop" as the user who started it.`, {
        cause: error,
      });
  }
  say(`stopping (process ${launcher})`);
  if (await until(() => !isAlive(launcher), PATIENCE_MS, 50)) {
    say('stopped');
    return 0;
  }
  say(
    `process ${launcher} still runs after ${PATIENCE_MS / 1000} s; its logs say why. To end it at once: kill -9 ${launcher}; npm stop`,
  );
  return 1;
}

module.exports = { stop };
