// How much room there is and who uses it.
const { existsSync, lstatSync, readdirSync, statfsSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** Bytes below a path; what vanishes or may not be looked at meanwhile counts nothing. */
function sizeOf(path) {
  try {
    const state = lstatSync(path);
    if (!state.isDirectory()) return state.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}

/** Bytes free to this user where `path` is, or would be. */
function freeAt(path) {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = statfsSync(there);
  return bavail * bsize;
}

function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [count, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

module.exports = { bytes, freeAt, sizeOf };
