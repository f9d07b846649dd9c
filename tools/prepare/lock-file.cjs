// One process at a time: a lock that outlives neither a crash nor a reboot.
const { linkSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const { isSameProcess, processMark } = require('../embedded/processes.cjs');

function read(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Takes the lock: `{release()}`, or `{holder: pid}` while another process lives that has it. */
function takeLock(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(processMark(process.pid)), { mode: 0o600 });
  try {
    for (;;) {
      try {
        // A link is made or not made at once: nobody ever reads half a lock.
        linkSync(mine, path);
        return { release: () => read(path)?.pid === process.pid && rmSync(path, { force: true }) };
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = read(path);
      if (holder && isSameProcess(holder)) return { holder: holder.pid };
      removeStale(path, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Moves it away first, so that of two that find it stale only one removes it, and a fresh one is put back. */
function removeStale(path, stale) {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    if (read(aside)?.mark !== stale?.mark) linkSync(aside, path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Waits for its turn; `say` is told for whom. */
function awaitLock(path, say, what) {
  let lock = takeLock(path);
  if (lock.holder) say(`process ${lock.holder} is ${what} here; waiting for it`);
  // Nothing else happens meanwhile, so the thread itself may wait.
  for (const cell = new Int32Array(new SharedArrayBuffer(4)); lock.holder; lock = takeLock(path))
    Atomics.wait(cell, 0, 0, 100);
  return lock;
}

module.exports = { awaitLock, takeLock };
