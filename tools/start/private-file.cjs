// JSON that only its owner may read, replaced as a whole: a reader sees the old or the new, never half.
const { renameSync, writeFileSync, rmSync } = require('node:fs');

function writePrivate(path, value) {
  const next = `${path}.${process.pid}.new`;
  rmSync(next, { force: true });
  writeFileSync(next, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(next, path);
}

module.exports = { writePrivate };
