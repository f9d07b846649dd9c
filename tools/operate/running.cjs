// Which processes belong to a data folder: the launcher by its lock, the others by the marks it wrote down.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { isSameProcess } = require('../embedded/processes.cjs');

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'EACCES')
      throw new Error(`This user may not read ${file}. Run this as the user who started the shop.`, { cause: error });
    return undefined;
  }
}

/** `{launcher?: pid, processes: {name: pid}, run?}`: what lives; `run` is what the launcher wrote when it was ready. */
function running(dataDir) {
  const lock = readJson(join(dataDir, 'start.lock'));
  const marks = readJson(join(dataDir, 'processes.json')) ?? {};
  const alive = Object.entries(marks).filter(([, mark]) => isSameProcess(mark));
  return {
    launcher: lock && isSameProcess(lock) ? lock.pid : undefined,
    processes: Object.fromEntries(alive.map(([name, { pid }]) => [name, pid])),
    run: readJson(join(dataDir, 'run.json')),
  };
}

module.exports = { running };
